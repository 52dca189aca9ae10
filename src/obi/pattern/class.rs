//! Classes of a regular expression of Go: what stands between square brackets.

use super::{
    Rest,
    escape::{Escape, escape},
};

const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];
const OPEN: &str = "a class is not closed by ]";
/// Nothing that is named is longer, and so much is looked ahead.
const LONGEST: usize = 32;

/// The first bracket is gone.
pub(super) fn class(rest: &mut Rest<'_>, ours: &mut String) -> Result<(), String> {
    ours.push('[');
    ours.extend(rest.next_if_eq(&'^'));
    let mut is_first = true;
    loop {
        let next = rest.next().ok_or(OPEN)?;
        if next == ']' && !is_first {
            ours.push(']');
            return Ok(());
        }
        is_first = false;
        match item(next, rest)? {
            Item::Set(set) => ours.push_str(&set),
            Item::Character(low) => range(low, rest, ours)?,
        }
    }
}

enum Item {
    Set(String),
    Character(char),
}

fn item(next: char, rest: &mut Rest<'_>) -> Result<Item, String> {
    if next == '['
        && rest.peek() == Some(&':')
        && let Some(name) = named(rest)?
    {
        return Ok(Item::Set(name));
    }
    if next != '\\' {
        return Ok(Item::Character(next));
    }
    match escape(rest)? {
        Escape::Character(it) => Ok(Item::Character(it)),
        set @ Escape::Set(..) => Ok(Item::Set(set.outside())),
        Escape::Assertion(_) => Err("a class holds characters only".to_owned()),
    }
}

/// A character, or the first of a range. A line before the end of the class is itself.
fn range(low: char, rest: &mut Rest<'_>, ours: &mut String) -> Result<(), String> {
    ours.push_str(&code(low));
    let mut ahead = rest.clone();
    if ahead.next() != Some('-') || matches!(ahead.next(), Some(']') | None) {
        return Ok(());
    }
    rest.next();
    let high = match rest.next().ok_or(OPEN)? {
        '\\' => match escape(rest)? {
            Escape::Character(it) => it,
            _ => return Err("a range ends with a character".to_owned()),
        },
        other => other,
    };
    if high < low {
        return Err(format!("{low}-{high} goes from the higher to the lower"));
    }
    ours.push('-');
    ours.push_str(&code(high));
    Ok(())
}

fn code(character: char) -> String {
    format!("\\x{{{:x}}}", u32::from(character))
}

/// `[:alpha:]`, of which the first bracket is gone; nothing where it is none.
fn named(rest: &mut Rest<'_>) -> Result<Option<String>, String> {
    let ahead: String = rest.clone().take(LONGEST).collect();
    let Some((inside, _)) = ahead.split_once(":]") else { return Ok(None) };
    // The colon before may be the one behind.
    let Some(inside) = inside.strip_prefix(':') else { return Ok(None) };
    let (not, name) = inside.strip_prefix('^').map_or(("", inside), |it| ("^", it));
    if !NAMED.contains(&name) {
        return Err(format!("Go has no class [:{inside}:]"));
    }
    rest.nth(inside.chars().count() + 2);
    Ok(Some(format!("[:{not}{name}:]")))
}

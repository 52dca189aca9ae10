//! Regular expressions of Go, as ones of ours. The two libraries have one father; where they differ, Go's word is written out.

use super::{Rest, class::class, escape::escape, literal};

/// Go counts no higher.
const MOST: u32 = 1000;
/// No count is longer, and so much is looked ahead.
const LONGEST: usize = 32;

pub(super) fn to_ours(written: &str) -> Result<String, String> {
    let mut rest = written.chars().peekable();
    let mut ours = String::new();
    let mut was_repeated = false;
    while let Some(next) = rest.next() {
        let repetition = repetition(next, &mut rest)?;
        let is_repeated = repetition.is_some();
        if is_repeated && was_repeated {
            return Err("a repetition follows on a repetition".to_owned());
        }
        match repetition {
            Some(repetition) => ours.push_str(&repetition),
            None => piece(next, &mut rest, &mut ours)?,
        }
        was_repeated = is_repeated;
    }
    Ok(ours)
}

/// `*`, `+?`, `{2,3}`, if it is one.
fn repetition(next: char, rest: &mut Rest<'_>) -> Result<Option<String>, String> {
    let mut repetition = match next {
        '*' | '+' | '?' => next.to_string(),
        '{' => match count(rest)? {
            Some(count) => count,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    repetition.extend(rest.next_if_eq(&'?'));
    Ok(Some(repetition))
}

fn piece(next: char, rest: &mut Rest<'_>, ours: &mut String) -> Result<(), String> {
    match next {
        '\\' if rest.next_if_eq(&'Q').is_some() => quoted(rest, ours),
        '\\' => ours.push_str(&escape(rest)?.outside()),
        '[' => class(rest, ours)?,
        '(' if rest.next_if_eq(&'?').is_some() => group(rest, ours)?,
        '^' | '$' | '.' | '|' | '(' | ')' => ours.push(next),
        other => ours.push_str(&literal(other)),
    }
    Ok(())
}

/// To `\E`, or to the end.
fn quoted(rest: &mut Rest<'_>, ours: &mut String) {
    while let Some(next) = rest.next() {
        if next == '\\' && rest.next_if_eq(&'E').is_some() {
            return;
        }
        ours.push_str(&literal(next));
    }
}

/// What follows on `(?`: flags, or a name, which counts for nothing here.
fn group(rest: &mut Rest<'_>, ours: &mut String) -> Result<(), String> {
    const NONE: &str = "Go has no such group";
    let flags: String = std::iter::from_fn(|| rest.next_if(|it| "imsU-".contains(*it))).collect();
    match rest.next().ok_or("a group is not closed")? {
        end @ (':' | ')') if flags.matches('-').count() < 2 && !flags.ends_with('-') => {
            // No flags at all are none of ours.
            let flags = if flags.is_empty() && end == ')' { ":" } else { &flags };
            ours.push_str("(?");
            ours.push_str(flags);
            ours.push(end);
            Ok(())
        }
        'P' if flags.is_empty() && rest.next_if_eq(&'<').is_some() => named(rest, ours),
        '<' if flags.is_empty() => named(rest, ours),
        _ => Err(NONE.to_owned()),
    }
}

/// Two may have one name.
fn named(rest: &mut Rest<'_>, ours: &mut String) -> Result<(), String> {
    let name: String = rest.by_ref().take_while(|it| *it != '>').collect();
    if name.is_empty() || !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') {
        return Err(format!("{name} is no name of a group"));
    }
    ours.push('(');
    Ok(())
}

/// `{2}`, `{2,}`, `{2,3}`, of which the first brace is gone; anything else is no count.
fn count(rest: &mut Rest<'_>) -> Result<Option<String>, String> {
    let ahead: String = rest.clone().take(LONGEST).collect();
    let Some((inside, _)) = ahead.split_once('}') else { return Ok(None) };
    let (least, most) = inside.split_once(',').map_or((inside, ""), |it| it);
    if !is_number(least) || !(most.is_empty() || is_number(most)) {
        return Ok(None);
    }
    let is_high = |it: &str| !it.is_empty() && it.parse::<u32>().map_or(true, |it| it > MOST);
    if is_high(least) || is_high(most) {
        return Err(format!("Go counts to {MOST}"));
    }
    rest.nth(inside.chars().count());
    Ok(Some(format!("{{{inside}}}")))
}

/// One that begins with a zero and goes on is none for Go.
fn is_number(text: &str) -> bool {
    let are_digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    are_digits && (text.len() == 1 || !text.starts_with('0'))
}

//! Globs as gobwas/glob reads them without separators. Unlike those of a shell, `*` and `?` meet slashes too, a class is one range or
//! one set of characters and never both, `^` in it is a character like any other, and what is not closed is closed at the end.

use super::{Rest, literal};

pub(super) fn to_regex(glob: &str) -> Result<String, String> {
    let mut rest = glob.chars().peekable();
    let mut regex = String::new();
    let mut depth = 0_usize;
    while let Some(next) = rest.next() {
        match next {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let class = class(&mut rest).map_err(|it| format!("{glob} is no glob: {it}"))?;
                regex.push_str(&class);
            }
            '{' => {
                depth += 1;
                regex.push_str("(?:");
            }
            ',' if depth > 0 => regex.push('|'),
            '}' if depth > 0 => {
                depth -= 1;
                regex.push(')');
            }
            // What stands behind it is itself; at the end it is nothing.
            '\\' => regex.extend(rest.next().map(literal)),
            other => regex.push_str(&literal(other)),
        }
    }
    regex.push_str(&")".repeat(depth));
    Ok(regex)
}

/// What stands between square brackets, the first of which is gone.
pub(super) fn class(rest: &mut Rest<'_>) -> Result<String, &'static str> {
    const OPEN: &str = "a class is not closed by ]";
    let is_not = rest.next_if_eq(&'!').is_some();
    let not = if is_not { "^" } else { "" };
    let first = rest.next().ok_or(OPEN)?;
    if rest.next_if_eq(&'-').is_some() {
        let last = rest.next().ok_or(OPEN)?;
        if rest.next() != Some(']') {
            return Err("a class holds one range, or characters: write {[a-z],[0-9]} for [a-z0-9]");
        }
        if last < first {
            return Err("a range goes from the lower to the higher");
        }
        return Ok(format!("[{not}{}-{}]", literal(first), literal(last)));
    }
    let mut characters = String::new();
    let mut next = Some(first);
    loop {
        match next.ok_or(OPEN)? {
            ']' if characters.is_empty() => return Err("a class is empty"),
            ']' => return Ok(format!("[{not}{characters}]")),
            '\\' => characters.push_str(&literal(rest.next().ok_or(OPEN)?)),
            other => characters.push_str(&literal(other)),
        }
        next = rest.next();
    }
}

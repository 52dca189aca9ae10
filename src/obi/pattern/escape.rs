//! What stands behind a backslash in a regular expression of Go.

use super::{Rest, literal};

pub(super) enum Escape {
    Character(char),
    /// What stands in a class for it, and whether it is all but that.
    Set(String, bool),
    Assertion(&'static str),
}

impl Escape {
    pub(super) fn outside(self) -> String {
        match self {
            Self::Character(it) => literal(it),
            Self::Set(it, not) => format!("[{}{it}]", if not { "^" } else { "" }),
            Self::Assertion(it) => it.to_owned(),
        }
    }
}

pub(super) fn escape(rest: &mut Rest<'_>) -> Result<Escape, String> {
    let next = rest.next().ok_or("nothing follows on the last backslash")?;
    let set = |it: &str, not: bool| Escape::Set(it.to_owned(), not);
    Ok(match next {
        'd' | 'D' => set("0-9", next == 'D'),
        's' | 'S' => set(r"\t\n\f\r\x20", next == 'S'),
        'w' | 'W' => set("0-9A-Za-z_", next == 'W'),
        'p' | 'P' => return property(rest, next == 'P'),
        'b' => Escape::Assertion(r"(?-u:\b)"),
        'B' => Escape::Assertion(r"\B"),
        'A' => Escape::Assertion(r"\A"),
        'z' => Escape::Assertion(r"\z"),
        'a' => Escape::Character('\u{7}'),
        'f' => Escape::Character('\u{c}'),
        'n' => Escape::Character('\n'),
        'r' => Escape::Character('\r'),
        't' => Escape::Character('\t'),
        'v' => Escape::Character('\u{b}'),
        'x' => Escape::Character(hexadecimal(rest)?),
        '0'..='7' => Escape::Character(octal(next, rest)?),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => Escape::Character(other),
        other => return Err(format!(r"Go has no \{other}")),
    })
}

/// `\pL`, `\p{Greek}`, `\p{^Greek}`.
fn property(rest: &mut Rest<'_>, mut not: bool) -> Result<Escape, String> {
    let first = rest.next().ok_or(r"nothing follows on \p")?;
    let mut name = first.to_string();
    if first == '{' {
        name = braced(rest)?;
        if let Some(inverted) = name.strip_prefix('^') {
            not = !not;
            name = inverted.to_owned();
        }
    }
    Ok(Escape::Set(format!(r"\p{{{name}}}"), not))
}

/// `\x4a`, `\x{4a}`.
fn hexadecimal(rest: &mut Rest<'_>) -> Result<char, String> {
    let is_braced = rest.next_if_eq(&'{').is_some();
    let digits = if is_braced { braced(rest)? } else { rest.by_ref().take(2).collect() };
    let is_whole = if is_braced { !digits.is_empty() } else { digits.len() == 2 };
    let are_digits = is_whole && digits.bytes().all(|it| it.is_ascii_hexdigit());
    let code = are_digits.then(|| u32::from_str_radix(&digits, 16).ok()).flatten();
    code.and_then(char::from_u32).ok_or_else(|| format!(r"\x{digits} is no character"))
}

/// To the brace that closes.
fn braced(rest: &mut Rest<'_>) -> Result<String, String> {
    let mut inside = String::new();
    for next in rest.by_ref() {
        if next == '}' {
            return Ok(inside);
        }
        inside.push(next);
    }
    Err("a brace is not closed".to_owned())
}

/// Up to three digits. One alone would refer back, unless it is a zero.
fn octal(first: char, rest: &mut Rest<'_>) -> Result<char, String> {
    let is_octal = |it: &char| ('0'..='7').contains(it);
    if first != '0' && !rest.peek().is_some_and(is_octal) {
        return Err(format!(r"\{first} refers back, which Go does not have"));
    }
    let mut digits = first.to_string();
    digits.extend(rest.next_if(is_octal));
    digits.extend(rest.next_if(is_octal));
    let code = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32);
    code.ok_or_else(|| format!(r"\{digits} is no character"))
}

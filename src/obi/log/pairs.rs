//! `key=value "another key"="a value in quotes"`, as Go writes it.

/// All pairs, and whether there is nothing else.
pub(super) fn pairs(text: &str) -> (Vec<(String, String)>, bool) {
    let (mut pairs, mut is_clean) = (Vec::new(), true);
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, behind) = word(rest, &[' ', '=']);
        if let Some(value) = behind.strip_prefix('=').filter(|_| !key.is_empty()) {
            let (value, behind) = word(value, &[' ']);
            pairs.push((key, value));
            rest = behind.trim_start();
        } else {
            is_clean = false;
            rest = behind.trim_start_matches([' ', '=']);
        }
    }
    (pairs, is_clean)
}

/// What is in the quotes with which the text begins, or what comes before one of the ends; and what comes after it.
pub(super) fn word<'a>(text: &'a str, ends: &[char]) -> (String, &'a str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
        return (word.to_owned(), rest);
    };
    let mut is_escaped = false;
    let end = quoted.find(|it| {
        let ends = it == '"' && !is_escaped;
        is_escaped = it == '\\' && !is_escaped;
        ends
    });
    match end {
        Some(end) => (unescaped(&quoted[..end]), quoted.get(end + 1..).unwrap_or_default()),
        None => (unescaped(quoted), ""),
    }
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, behind) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        rest = escape(behind.strip_prefix('\\').unwrap_or_default(), &mut bytes);
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Puts what stands behind a backslash, and gives what follows it. What is no escape is kept.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        bytes.push(b'\\');
        return text;
    };
    let rest = characters.as_str();
    let digits = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    let number = rest.get(..digits).and_then(|it| u32::from_str_radix(it, 16).ok());
    match (first, number) {
        ('x', Some(byte)) => bytes.push(u8::try_from(byte).unwrap_or(b'?')),
        ('u' | 'U', Some(number)) => put(char::from_u32(number).unwrap_or('\u{fffd}'), bytes),
        ('n', _) => bytes.push(b'\n'),
        ('t', _) => bytes.push(b'\t'),
        ('r', _) => bytes.push(b'\r'),
        ('"' | '\\', _) => put(first, bytes),
        _ => {
            bytes.push(b'\\');
            put(first, bytes);
            return rest;
        }
    }
    rest.get(digits..).unwrap_or_default()
}

fn put(character: char, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

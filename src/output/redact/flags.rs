//! Secrets behind a command line's flag: `--token x`, `["--password", "x"]`, and both as items of a list in YAML.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    names::{Secrecy, secrecy},
    spans::Spans,
    values::is_secret,
};

static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|\\n|[\s"'`\[(,])--?(?<flag>[A-Za-z][\w-]*)["'\\]*(?:,\s*|\\?[ \t]+|\\[ \t]*\r?\n\s*|(?:\r?\n|\\+n)[ \t+]*-[ \t]+)["'\\]*(?<value>[^\s"'`]+)"#)
        .expect("a constant")
});

pub(super) fn find(text: &str, spans: &mut Spans) {
    let mut place = 0;
    while let Some(captures) = text.get(place..).and_then(|it| FLAG.captures(it)) {
        let (Some(flag), Some(value)) = (captures.name("flag"), captures.name("value")) else {
            return;
        };
        let secrecy = secrecy(flag.as_str());
        let word = value.as_str().trim_end_matches([',', ')', ']', ';']);
        if is_value(word) && secrecy != Secrecy::None && is_secret(word, secrecy) {
            spans.push(place + value.start()..place + value.start() + word.len());
        }
        // A value may be the next flag.
        place += flag.end();
    }
}

/// Whether the flag before this element of a command line is the name of a secret, and this is its value.
pub(super) fn is_value_of(flag: &str, value: &str) -> bool {
    let secrecy = secrecy(flag);
    flag.starts_with('-') && !flag.contains('=') && is_value(value) && is_secret(value, secrecy)
}

fn is_value(value: &str) -> bool {
    !value.starts_with('-') && !value.starts_with("[redacted") && !value.starts_with("${{")
}

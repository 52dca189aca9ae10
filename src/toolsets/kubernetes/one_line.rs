//! What others wrote, as one line in which nothing hides.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

/// Escape sequences, and characters that nobody sees or that end a line.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?:\x1b\[|\x{9b}) [0-?]* [\ -/]* [@-~]
        | \x1b\] [^\x07\x1b]* (?:\x07|\x1b\\)?
        | \x1b [\ -/]* [0-~]
        | (?<end>[\r\n\x{85}\x{2028}\x{2029}]+)
        | [\p{Cc}\p{Cf}--\t]",
    )
    .expect("a constant")
});

/// A line that could end in the middle could pass for one of another pod. What is hidden goes before anything looks at
/// the line, so that it can split neither a secret nor a word.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|it| matches!(it, b' '..=b'~' | b'\t')) {
        return Cow::Borrowed(text);
    }
    HIDDEN.replace_all(
        text.trim_end_matches('\r'),
        |it: &Captures<'_>| {
            if it.name("end").is_some() { " " } else { "" }
        },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_in_a_line_ends_it_or_hides_in_it() {
        let line = "\u{1b}[1;31mERR\u{1b}[0mOR\u{200b} \u{202e}a\u{1b}]0;title\u{7}b\r10%\r20%\u{2028}c\u{0}\td\r";
        assert_eq!(one_line(line), "ERROR ab 10% 20% c\td");
    }

    #[test]
    fn other_languages_stay_as_they_are() {
        let line = "支付服务 결제 Größe — “quoted” 🚀";
        assert_eq!(one_line(line), line);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_becomes_one_line(wild in any::<String>()) {
            let line = one_line(&wild);
            prop_assert!(!line.contains(['\n', '\r', '\u{1b}', '\u{202e}', '\u{2028}']), "{line:?}");
        }
    }
}

//! Lines without their secrets, redacted as the one text that they are: a private key goes over many lines.

use std::borrow::Cow;

use crate::output::Redactor;

/// How much of what came before is looked at together with new lines.
const BEFORE: usize = 8 * 1024;

/// Redacts a log piece by piece as if it were whole.
#[derive(Default)]
pub(super) struct Redaction {
    before: Vec<String>,
}

impl Redaction {
    /// What is left of each line; none for lines that are inside a secret.
    pub(super) fn next(&mut self, redactor: &Redactor, lines: Vec<String>) -> Vec<Option<String>> {
        let known = self.before.len();
        let mut all = std::mem::take(&mut self.before);
        all.extend(lines);
        let redacted = redact(redactor, &all).split_off(known);
        self.before = last(all);
        redacted
    }
}

fn last(mut lines: Vec<String>) -> Vec<String> {
    let mut bytes = 0;
    let fits = lines.iter().rev().take_while(|it| {
        bytes += it.len() + 1;
        bytes <= BEFORE
    });
    let kept = fits.count();
    lines.drain(..lines.len() - kept);
    lines
}

fn redact(redactor: &Redactor, lines: &[String]) -> Vec<Option<String>> {
    let text = lines.join("\n");
    match redactor.text(&text) {
        Cow::Borrowed(_) => lines.iter().cloned().map(Some).collect(),
        Cow::Owned(redacted) => {
            let aligned = Alignment::lines(&text, &redacted);
            let mut found = aligned.unwrap_or_else(|| in_order(&redacted));
            found.resize(lines.len(), None);
            found
        }
    }
}

/// Whatever else went wrong, nothing that was redacted comes back.
fn in_order(redacted: &str) -> Vec<Option<String>> {
    redacted.split('\n').map(|it| Some(it.to_owned())).collect()
}

/// Goes through a text and its redacted form side by side, to know which line is which.
#[derive(Default)]
struct Alignment<'a> {
    /// What is not read yet.
    original: &'a str,
    lines: Vec<Option<String>>,
    line: String,
    /// So many lines end inside secrets of this one.
    inside: usize,
}

impl<'a> Alignment<'a> {
    /// The lines of the redacted form where they stood in the original; none when the two do not belong together.
    fn lines(original: &'a str, mut redacted: &str) -> Option<Vec<Option<String>>> {
        let mut so_far = Self { original, ..Self::default() };
        while let Some(first) = redacted.chars().next() {
            if let Some((mark, chars)) = mark(redacted).filter(|it| !so_far.quotes(it.0)) {
                so_far.hide(mark, chars)?;
                redacted = redacted.strip_prefix(mark)?;
                continue;
            }
            let after = first.len_utf8();
            let same = redacted.get(after..)?.find(MARK).map_or(redacted.len(), |it| it + after);
            let (same, rest) = redacted.split_at_checked(same)?;
            so_far.show(same)?;
            redacted = rest;
        }
        so_far.end();
        so_far.original.is_empty().then_some(so_far.lines)
    }

    /// Whether it is the log itself that says so.
    fn quotes(&self, mark: &str) -> bool {
        self.original.starts_with(mark)
    }

    fn show(&mut self, text: &str) -> Option<()> {
        self.original = self.original.strip_prefix(text)?;
        for (place, part) in text.split('\n').enumerate() {
            if place > 0 {
                self.end();
            }
            self.line.push_str(part);
        }
        Some(())
    }

    fn hide(&mut self, mark: &str, chars: usize) -> Option<()> {
        let end = self.original.char_indices().nth(chars).map_or(self.original.len(), |it| it.0);
        let (secret, after) = self.original.split_at_checked(end)?;
        self.line.push_str(mark);
        self.inside += secret.matches('\n').count();
        self.original = after;
        Some(())
    }

    /// A line stands where it begins, and those that a secret in it goes over are nothing.
    fn end(&mut self) {
        self.lines.push(Some(std::mem::take(&mut self.line)));
        self.lines.extend(std::iter::repeat_n(None, std::mem::take(&mut self.inside)));
    }
}

const MARK: &str = "[redacted ";

/// The mark that a text begins with, and how many characters it stands for.
fn mark(text: &str) -> Option<(&str, usize)> {
    let (number, rest) = text.strip_prefix(MARK)?.split_once(" chars #")?;
    let chars = number.replace(',', "").parse().ok()?;
    let (_, after) = rest.split_once(']')?;
    Some((text.strip_suffix(after)?, chars))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(lines: &[&str]) -> Vec<Option<String>> {
        let lines = lines.iter().map(|it| (*it).to_owned()).collect();
        Redaction::default().next(&Redactor::with_key([7; 32]), lines)
    }

    fn lines_of(text: &str) -> Vec<&str> {
        text.split('\n').collect()
    }

    #[test]
    fn a_secret_over_many_lines_leaves_its_frame_and_every_other_line_in_its_place() {
        let key = "start\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\nend";
        let shown = shown(&lines_of(key));
        assert_eq!(shown[0].as_deref(), Some("start"));
        assert_eq!(shown[1].as_deref(), Some("-----BEGIN PRIVATE KEY-----"));
        assert!(shown[2].as_deref().unwrap().starts_with("[redacted 49 chars"));
        assert_eq!(shown[3], None);
        assert_eq!(shown[4].as_deref(), Some("-----END PRIVATE KEY-----"));
        assert_eq!(shown[5].as_deref(), Some("end"));
    }

    #[test]
    fn a_key_that_goes_over_the_border_of_two_pieces_is_still_one() {
        let redactor = Redactor::with_key([7; 32]);
        let mut redaction = Redaction::default();
        let piece = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        redaction.next(&redactor, piece(&["-----BEGIN PRIVATE KEY-----"]));
        let next = piece(&["MIIEvQIBADANBgkqhkiG9w0B", "-----END PRIVATE KEY-----"]);
        let shown = redaction.next(&redactor, next);
        assert!(!format!("{shown:?}").contains("MIIE"), "{shown:?}");
    }

    #[test]
    fn a_mark_that_the_log_itself_wrote_is_only_words() {
        let line = "it says [redacted 5 chars #abcdef] and password=hunter2hunter2";
        let shown = shown(&[line, "next"]);
        let first = shown[0].as_deref().unwrap();
        assert!(first.starts_with("it says [redacted 5 chars #abcdef] and password=[redacted 14"));
        assert_eq!(shown[1].as_deref(), Some("next"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lines_without_secrets_stay_in_their_places(
            lines in prop::collection::vec("(plain [a-z]{0,5}|password=[a-z0-9]{12}|ü[a-z]{0,3}|)", 1..12),
        ) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let shown = shown(&lines);
            prop_assert_eq!(shown.len(), lines.len());
            for (shown, line) in shown.iter().zip(lines) {
                if line.contains('=') {
                    prop_assert!(shown.as_ref().unwrap().starts_with("password=[redacted"));
                } else {
                    prop_assert_eq!(shown.as_deref(), Some(line));
                }
            }
        }
    }
}

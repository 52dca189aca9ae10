//! From the bytes of a log to its lines, however long they are and wherever the bytes are cut.

use jiff::Timestamp;

use crate::toolsets::kubernetes::one_line::one_line;

/// So much of a line is looked at: what is shown, and as much again, so that a secret over the border is recognised.
const LOOKED_AT: usize = SHOWN + BEHIND;
/// At the end of a line that was cut can be the beginning of a secret that nobody recognises.
pub(super) const BEHIND: usize = 4 * 1024;
/// The most bytes of a line that are shown.
pub(super) const SHOWN: usize = 4 * 1024;
/// The API server's time before each line.
const STAMP: usize = 40;

/// One line of a log as the API server gave it, on one line and without what a terminal obeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) at: Option<Timestamp>,
    pub(super) text: String,
    /// It goes on.
    pub(super) is_cut: bool,
}

/// What is left of a line whose end has not come yet.
#[derive(Default)]
pub(super) struct Splitter {
    line: Vec<u8>,
    begun: bool,
    is_cut: bool,
}

impl Splitter {
    /// Takes more bytes; gives each line that ends in them.
    pub(super) fn push(&mut self, bytes: &[u8], mut give: impl FnMut(Record)) {
        for part in bytes.split_inclusive(|it| *it == b'\n') {
            let ended = part.strip_suffix(b"\n");
            let content = ended.unwrap_or(part);
            let room = (LOOKED_AT + STAMP).saturating_sub(self.line.len());
            self.line.extend_from_slice(content.get(..room).unwrap_or(content));
            self.is_cut |= content.len() > room;
            self.begun = true;
            if ended.is_some() {
                self.end(&mut give);
            }
        }
    }

    /// Gives the last line, if it did not end.
    pub(super) fn finish(mut self, mut give: impl FnMut(Record)) {
        if self.begun {
            self.end(&mut give);
        }
    }

    fn end(&mut self, give: &mut impl FnMut(Record)) {
        give(Record { is_cut: self.is_cut, ..Record::read(&self.line) });
        self.line.clear();
        (self.begun, self.is_cut) = (false, false);
    }
}

impl Record {
    /// `2026-11-25T14:00:00.123456789Z text`
    fn read(line: &[u8]) -> Self {
        let line = String::from_utf8_lossy(line);
        let stamped = line.split_once(' ').unwrap_or((&line, ""));
        let (at, text) = match stamped.0.parse() {
            Ok(at) => (Some(at), stamped.1),
            Err(_) => (None, &*line),
        };
        Self { at, text: one_line(text).trim_end().to_owned(), is_cut: false }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(parts: &[&[u8]]) -> Vec<Record> {
        let (mut splitter, mut records) = (Splitter::default(), Vec::new());
        for part in parts {
            splitter.push(part, |it| records.push(it));
        }
        splitter.finish(|it| records.push(it));
        records
    }

    fn texts(parts: &[&[u8]]) -> Vec<String> {
        split(parts).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn the_time_is_taken_off_a_line_and_a_line_without_one_stays_whole() {
        let records =
            split(&[b"2026-11-25T14:00:00.5Z hello  world\nno time\n2026-11-25T14:00:01Z "]);
        assert_eq!(records[0].at, Some("2026-11-25T14:00:00.5Z".parse().unwrap()));
        assert_eq!(records[0].text, "hello  world");
        assert_eq!(records[1], Record { at: None, text: "no time".to_owned(), is_cut: false });
        assert_eq!(records[2].text, "");
        assert!(records[2].at.is_some());
    }

    #[test]
    fn a_line_of_ten_megabytes_is_held_only_as_far_as_it_is_looked_at() {
        let mut splitter = Splitter::default();
        let mut records = Vec::new();
        for _ in 0..160 {
            splitter.push(&vec![b'x'; 64 * 1024], |it| records.push(it));
            assert!(splitter.line.capacity() <= 2 * (LOOKED_AT + STAMP));
        }
        splitter.push(b"\nnext\n", |it| records.push(it));
        assert_eq!(records[0].text.len(), LOOKED_AT + STAMP);
        assert!(records[0].is_cut);
        assert_eq!(records[1].text, "next");
        assert!(!records[1].is_cut);
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        assert_eq!(texts(&[b"a\xff\xfeb\n"]), ["a\u{fffd}\u{fffd}b"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lines_are_the_same_wherever_the_bytes_are_cut(
            text in "[a-c\n]{0,40}", cut in 0..40_usize,
        ) {
            let bytes = text.as_bytes();
            let (before, after) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(texts(&[before, after]), texts(&[bytes]));
            let lines: Vec<&str> = text.lines().collect();
            prop_assert_eq!(texts(&[bytes]), lines);
        }

        #[test]
        fn a_record_is_one_line(wild in any::<Vec<u8>>()) {
            for text in texts(&[&wild]) {
                prop_assert!(!text.contains(['\n', '\r', '\u{1b}', '\u{202e}', '\u{2028}']), "{text:?}");
            }
        }
    }
}

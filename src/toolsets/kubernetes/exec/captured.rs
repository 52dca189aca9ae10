//! What a stream gave: its beginning and its end, whatever came between.

use std::collections::VecDeque;

/// One byte of so many that is no text makes a stream binary.
const BINARY: usize = 8;

/// The bytes of one stream, or of a long one as many as were asked for.
#[derive(Debug)]
pub(in crate::toolsets::kubernetes) struct Captured {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Of each of the two.
    most: usize,
    total: u64,
}

/// How a stream is shown.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::toolsets::kubernetes) struct Shown {
    pub(in crate::toolsets::kubernetes) text: String,
    /// What is not exact about it.
    pub(in crate::toolsets::kubernetes) note: Option<String>,
}

impl Captured {
    pub(super) fn new(kept: usize) -> Self {
        Self { head: Vec::new(), tail: VecDeque::new(), most: kept / 2, total: 0 }
    }

    pub(super) fn push(&mut self, data: &[u8]) {
        self.total = self.total.saturating_add(data.len() as u64);
        let room = self.most.saturating_sub(self.head.len());
        let (first, rest) = data.split_at_checked(room).unwrap_or((data, &[]));
        self.head.extend_from_slice(first);
        // Of what is longer than the whole tail, only the end can stay.
        let rest = rest.get(rest.len().saturating_sub(self.most)..).unwrap_or_default();
        let surplus = (self.tail.len() + rest.len()).saturating_sub(self.most);
        self.tail.drain(..surplus.min(self.tail.len()));
        self.tail.extend(rest);
    }

    /// How many bytes came.
    pub(in crate::toolsets::kubernetes) fn total(&self) -> u64 {
        self.total
    }

    /// All that came, byte by byte; nothing when something of it was not kept.
    pub(in crate::toolsets::kubernetes) fn whole(&self) -> Option<Vec<u8>> {
        (self.left_out() == 0).then(|| self.head.iter().chain(&self.tail).copied().collect())
    }

    /// As a person reads it, with a line where something was left out.
    pub(in crate::toolsets::kubernetes) fn shown(&self) -> Shown {
        let whole = self.whole();
        let (head, tail) = match &whole {
            Some(whole) => (whole.as_slice(), Vec::new()),
            None => self.edges(),
        };
        let (shown, odd) = (head.len() + tail.len(), odd(head) + odd(&tail));
        if odd > 0 && odd.saturating_mul(BINARY) >= shown {
            let note = Some("it is binary, and not shown".to_owned());
            return Shown { text: String::new(), note };
        }
        let mut text = String::from_utf8_lossy(head).into_owned();
        if whole.is_none() {
            let torn = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            let left_out = self.total - shown as u64;
            let tail = String::from_utf8_lossy(&tail);
            text = format!("{text}{torn}[{left_out} bytes left out]\n{tail}");
        }
        let note = (odd > 0).then(|| format!("{odd} bytes of it are not UTF-8"));
        Shown { text, note }
    }

    fn left_out(&self) -> u64 {
        self.total - (self.head.len() + self.tail.len()) as u64
    }

    /// Both parts up to and from the line that was torn, if there are lines at all.
    fn edges(&self) -> (&[u8], Vec<u8>) {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        let last = self.head.iter().rposition(|it| *it == b'\n');
        let head = last.and_then(|it| self.head.get(..=it)).unwrap_or_else(|| complete(&self.head));
        let first = tail.iter().position(|it| *it == b'\n');
        let is_continued = |it: &u8| it & 0b1100_0000 == 0b1000_0000;
        let torn = first.map_or_else(
            || tail.iter().take(3).take_while(|it| is_continued(it)).count(),
            |it| it + 1,
        );
        (head, tail.get(torn..).unwrap_or_default().to_vec())
    }
}

/// Without the first bytes of a character whose last ones are missing.
fn complete(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => {
            bytes.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => bytes,
    }
}

/// Bytes that no text has.
fn odd(bytes: &[u8]) -> usize {
    let invalid: usize = bytes.utf8_chunks().map(|it| it.invalid().len()).sum();
    invalid + bytes.split(|it| *it == 0).skip(1).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn captured(kept: usize, pieces: &[&[u8]]) -> Captured {
        let mut captured = Captured::new(kept);
        for piece in pieces {
            captured.push(piece);
        }
        captured
    }

    #[test]
    fn what_is_short_enough_is_kept_byte_by_byte() {
        let captured = captured(8, &[b"ab", b"", b"cdefg", b"h"]);
        assert_eq!(captured.whole().unwrap(), b"abcdefgh");
        assert_eq!(captured.shown(), Shown { text: "abcdefgh".to_owned(), note: None });
    }

    #[test]
    fn of_what_is_longer_the_first_and_the_last_whole_lines_are_shown() {
        let lines: Vec<String> = (0..1000).map(|it| format!("line {it}\n")).collect();
        let shown = captured(40, &[lines.concat().as_bytes()]).shown();
        assert_eq!(shown.text, "line 0\nline 1\n[8858 bytes left out]\nline 998\nline 999\n");
        assert_eq!(shown.note, None);
    }

    #[test]
    fn a_character_that_was_torn_is_left_out_whole() {
        let shown = captured(10, &["äöüäöüäöü".as_bytes()]).shown();
        assert_eq!(shown.text, "äö\n[10 bytes left out]\nöü");
        assert_eq!(shown.note, None);
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        let latin = captured(1000, &[b"caf\xe9, th\xe9 and a long line of text"]).shown();
        assert_eq!(latin.text, "caf\u{fffd}, th\u{fffd} and a long line of text");
        assert_eq!(latin.note.as_deref(), Some("2 bytes of it are not UTF-8"));
        let zeros = captured(1000, &[&[0; 5000]]).shown();
        assert_eq!(zeros.text, "");
        assert_eq!(zeros.note.as_deref(), Some("it is binary, and not shown"));
    }

    proptest! {
        /// Whatever the sizes of the pieces, no more is kept than was asked for, and the right ends of it.
        #[test]
        fn both_ends_are_those_of_the_whole(kept in 0_usize..64, pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..12)) {
            let all = pieces.concat();
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let captured = captured(kept, &pieces);
            let tail: Vec<u8> = captured.tail.iter().copied().collect();
            prop_assert!(captured.head.len() + tail.len() <= kept);
            prop_assert!(all.starts_with(&captured.head) && all.ends_with(&tail));
            prop_assert_eq!(captured.total, all.len() as u64);
            prop_assert_eq!(captured.whole().is_some(), all.len() <= kept / 2 * 2);
            captured.shown();
        }
    }
}

//! Which lines of one log are kept: those that are asked for, the newest, and no more than there is room for.

mod kept;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use jiff::Timestamp;
use regex::Regex;

use self::kept::Kept;
use super::{
    level::{self, Level},
    records::{BEHIND, Record, SHOWN},
    redacted::Redaction,
};
use crate::output::Redactor;

/// Lines are redacted together up to so many bytes.
const PIECE: usize = 64 * 1024;

/// What lines are asked for.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) grep: Option<Regex>,
    pub(super) exclude: Option<Regex>,
    pub(super) level: Option<Level>,
    /// Lines shown around each that fits `grep` or `level`.
    pub(super) around: usize,
    /// Lines that differ only in numbers, ids and times are one.
    pub(super) dedupe: bool,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

/// How much of one log is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) lines: usize,
    pub(super) bytes: usize,
    /// Older lines that are read only to recognise a secret that goes on in those that are kept.
    pub(super) before: usize,
}

/// A line that is kept, redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The API server's time; that of the line before where there is none.
    pub(super) at: Option<Timestamp>,
    pub(super) text: String,
    /// How many lines it stands for.
    pub(super) count: usize,
    /// Its number among the lines that were looked at.
    pub(super) number: u64,
}

/// What became of a log.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Sifted {
    pub(super) lines: Vec<Line>,
    pub(super) looked_at: u64,
    /// How many lines fit what was asked for.
    pub(super) fitting: u64,
    /// How many of those were too old to be kept.
    pub(super) older: u64,
    /// How many lines name no level, and were left out for it.
    pub(super) without_level: u64,
}

impl Wanted {
    /// Whether lines are left out for what they say.
    pub(super) fn picks(&self) -> bool {
        self.grep.is_some() || self.exclude.is_some() || self.level.is_some()
    }

    /// Whether more lines are read than are shown.
    pub(super) fn scans(&self) -> bool {
        self.picks() || self.dedupe
    }
}

pub(super) struct Sieve<'a> {
    wanted: &'a Wanted,
    redactor: &'a Redactor,
    room: Room,
    redaction: Redaction,
    /// Read, and not redacted yet.
    waiting: VecDeque<Record>,
    waiting_bytes: usize,
    /// Times stand on all lines, or are taken from the line before.
    last: Option<Timestamp>,
    level: Option<Level>,
    /// The last lines that did not fit, for what is around the next one that does.
    passed: VecDeque<Line>,
    /// So many lines are still shown after one that fitted.
    after: usize,
    kept: Kept,
    sifted: Sifted,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(wanted: &'a Wanted, redactor: &'a Redactor, room: Room) -> Self {
        Self {
            wanted,
            redactor,
            room,
            redaction: Redaction::default(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            last: None,
            level: None,
            passed: VecDeque::new(),
            after: 0,
            kept: Kept::default(),
            sifted: Sifted::default(),
        }
    }

    /// Takes the next line; false once all later ones are too new.
    pub(super) fn push(&mut self, mut record: Record) -> bool {
        record.at = record.at.or(self.last);
        self.last = record.at;
        let is = |limit: Option<Timestamp>, beyond: fn(&Timestamp, &Timestamp) -> bool| {
            record.at.zip(limit).is_some_and(|(at, limit)| beyond(&at, &limit))
        };
        if is(self.wanted.until, Timestamp::gt) {
            return false;
        }
        if is(self.wanted.since, Timestamp::lt) {
            return true;
        }
        self.waiting_bytes += record.text.len() + 1;
        self.waiting.push_back(record);
        if !self.wanted.scans() {
            self.forget_the_oldest();
        } else if self.waiting_bytes >= PIECE {
            self.look();
        }
        true
    }

    pub(super) fn finish(mut self) -> Sifted {
        self.look();
        let Self { kept, mut sifted, .. } = self;
        sifted.lines = kept.by_number.into_values().collect();
        sifted
    }

    /// Where every line fits, those need not be redacted that will not be shown.
    fn forget_the_oldest(&mut self) {
        let most = self.room.lines + self.room.before;
        while self.waiting.len() > most || self.waiting_bytes > self.room.bytes.max(2 * SHOWN) {
            let Some(record) = self.waiting.pop_front() else { return };
            self.waiting_bytes -= record.text.len() + 1;
            self.sifted.looked_at += 1;
            self.sifted.fitting += 1;
            self.sifted.older += 1;
        }
    }

    fn look(&mut self) {
        self.waiting_bytes = 0;
        let waiting = std::mem::take(&mut self.waiting);
        let waiting = waiting.into_iter().map(|it| ((it.at, it.is_cut), it.text));
        let (heads, texts): (Vec<_>, Vec<_>) = waiting.unzip();
        let texts = self.redaction.next(self.redactor, texts);
        for ((at, is_cut), text) in heads.into_iter().zip(texts) {
            self.sifted.looked_at += 1;
            let Some(mut text) = text else { continue };
            shorten(&mut text, is_cut);
            self.sift(Line { at, text, count: 1, number: self.sifted.looked_at });
        }
    }

    fn sift(&mut self, line: Line) {
        if self.wanted.exclude.as_ref().is_some_and(|it| it.is_match(&line.text)) {
            return;
        }
        if self.fits(&line.text) {
            self.sifted.fitting += 1;
            self.after = self.wanted.around;
            for passed in std::mem::take(&mut self.passed) {
                self.keep(passed);
            }
            self.keep(line);
        } else if self.after > 0 {
            self.after -= 1;
            self.keep(line);
        } else if self.wanted.around > 0 {
            self.passed.push_back(line);
            if self.passed.len() > self.wanted.around {
                self.passed.pop_front();
            }
        }
    }

    fn fits(&mut self, text: &str) -> bool {
        let is_serious = self.is_serious(text);
        is_serious && self.wanted.grep.as_ref().is_none_or(|it| it.is_match(text))
    }

    /// A stack trace is as serious as the line above it.
    fn is_serious(&mut self, text: &str) -> bool {
        let Some(least) = self.wanted.level else { return true };
        let own = Level::of(text);
        if own.is_some() || !level::is_continued(text) {
            self.level = own;
        }
        self.sifted.without_level += u64::from(self.level.is_none());
        self.level.is_some_and(|it| it >= least)
    }

    fn keep(&mut self, line: Line) {
        self.kept.add(line, self.wanted.dedupe);
        while self.kept.by_number.len() > self.room.lines || self.kept.bytes > self.room.bytes {
            self.sifted.older += self.kept.forget_the_oldest();
            if self.kept.by_number.is_empty() {
                break;
            }
        }
    }
}

/// What is behind the part that is shown goes, and of a line that was cut also what nobody could recognise at its end.
fn shorten(text: &mut String, is_cut: bool) {
    let known = if is_cut { text.len().saturating_sub(BEHIND) } else { text.len() };
    let most = known.min(SHOWN);
    if most < text.len() {
        let end = (0..=most).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

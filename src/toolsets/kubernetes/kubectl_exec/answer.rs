//! What is shown of a program that ran.

use crate::{
    output::{Document, Keep, Redactor},
    toolsets::kubernetes::exec::{Captured, Chosen, Finished, Place},
};

/// How it ended first, then what it printed.
pub(super) struct Answer<'a> {
    pub(super) chosen: &'a Chosen,
    pub(super) finished: &'a Finished,
}

impl Answer<'_> {
    pub(super) fn document(&self) -> Document {
        let Finished { stdout, stderr, exit } = self.finished;
        let place = &self.chosen.place;
        let first = format!("{exit}; {}", self.chosen);
        let document = Document::new().note(first);
        if stdout.total() == 0 && stderr.total() == 0 {
            return document.note("it printed nothing");
        }
        let document = stream(document, "stdout", stdout, place);
        stream(document, "stderr", stderr, place).narrow("command")
    }
}

fn stream(document: Document, name: &str, captured: &Captured, place: &Place) -> Document {
    if captured.total() == 0 {
        return document;
    }
    let shown = captured.shown();
    let bytes = captured.total();
    let document = match shown.note {
        Some(note) => document.note(format!("{name}, {bytes} bytes: {note}")),
        None => document,
    };
    if shown.text.is_empty() {
        return document;
    }
    let source = format!("{name} in pod {}/{}", place.pod, place.container);
    // It can repeat what the caller gave it, and a fingerprint would tell them whether a guess is right.
    let text = Redactor::without_fingerprints().text(&shown.text).into_owned();
    document.untrusted(&source, text, Keep::Tail)
}

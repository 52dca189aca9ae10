//! Secrets are replaced by their length and a short keyed fingerprint: two can be compared, none can be guessed.
//!
//! Three doors, one way out: [`Redactor::text`] finds secrets by how they look and by what they are assigned to,
//! [`Redactor::value`] and [`Redactor::manifest`] by the names around them and by the kind of the object, and all of
//! them write the same mark. What carries a secret's name and is none (a reference, a path, a duration) stays readable.

mod allowance;
mod assignments;
mod commands;
mod encoded;
mod extents;
mod flags;
mod hidden;
mod keys;
mod kinds;
mod lines;
mod mark;
mod names;
mod nested;
mod packed;
mod patterns;
mod pem;
mod percent;
mod revealed;
mod secret_text;
mod spans;
mod values;
mod walk;
mod words;

use std::{borrow::Cow, fmt};

use serde_json::Value;

pub(super) use self::hidden::hidden;
use self::{
    allowance::Allowance,
    mark::Key,
    names::{Secrecy, secrecy},
    revealed::Revealed,
    spans::Spans,
};

/// More looks than any text needs; each one leaves less to look at.
const LOOKS: usize = 8;

/// Cheap to clone; fingerprints of one redactor and its clones can be compared.
#[derive(Clone)]
pub struct Redactor {
    key: Key,
    revealed: Revealed,
}

impl Redactor {
    /// With a random key, so that fingerprints say nothing outside this process.
    pub fn new() -> Self {
        Self { key: Key::random(), revealed: Revealed::default() }
    }

    /// With a key of one's own: for replicas that must agree, and for tests.
    pub fn with_key(key: [u8; 32]) -> Self {
        Self { key: Key::from(key), revealed: Revealed::default() }
    }

    /// One with the same key that shows these keys of Secrets, such as `shop/web-tls:tls.crt`, where [`Self::manifest`] is
    /// given the Secret itself.
    #[must_use]
    pub fn revealing(&self, entries: &[String]) -> Self {
        Self { key: self.key.clone(), revealed: Revealed::new(entries) }
    }

    /// One whose marks have no fingerprint: for texts that may quote what the caller wrote, or every guess would be told by it.
    pub fn without_fingerprints() -> Self {
        Self { key: Key::none(), revealed: Revealed::default() }
    }

    /// An object of the API server, by its kind: a Secret's data whatever its keys are called, a list's items as well.
    pub fn manifest(&self, object: &mut Value) {
        let revealed = self.revealed.take(object);
        walk::value(self, object);
        revealed.put_back(object);
    }

    /// Any text: a log, an error, a file. Two redactions change no more than one.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut redacted = Cow::Borrowed(text);
        // What is left around a mark can look different without what was there, so there is a second look at it.
        for _ in 0..LOOKS {
            let spans = secrets(&redacted);
            if spans.is_empty() {
                break;
            }
            redacted = Cow::Owned(self.replace(&redacted, &spans));
        }
        redacted
    }

    /// Any JSON; objects of the API server in it are redacted by their kind.
    pub fn value(&self, value: &mut Value) {
        walk::value(self, value);
    }

    /// The cells of a table: by the name of their column, by the name beside a value, and by their looks.
    pub fn rows(&self, columns: &[String], rows: &mut [Vec<String>]) {
        let secrecies: Vec<Secrecy> = columns.iter().map(|it| nested::of_column(it)).collect();
        let value = columns
            .iter()
            .position(|it| it.eq_ignore_ascii_case("value") || it.eq_ignore_ascii_case("val"));
        for row in rows {
            let beside = value.and_then(|_| row.first()).map_or(Secrecy::None, |it| secrecy(it));
            for (column, cell) in row.iter_mut().enumerate() {
                let own = secrecies.get(column).copied().unwrap_or(Secrecy::None);
                let secrecy = if value == Some(column) { own.max(beside) } else { own };
                walk::cell(self, cell, secrecy);
            }
        }
    }

    fn replace(&self, text: &str, spans: &Spans) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut rest = 0;
        for span in spans.iter() {
            redacted.push_str(text.get(rest..span.start).unwrap_or_default());
            redacted.push_str(&self.mark(text.get(span.clone()).unwrap_or_default().as_bytes()));
            rest = span.end;
        }
        redacted.push_str(text.get(rest..).unwrap_or_default());
        redacted
    }

    /// `[redacted 24 chars #a1b2c3]`.
    fn mark(&self, secret: &[u8]) -> String {
        mark::of(&self.key, secret)
    }
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor")
    }
}

/// Whether a value under this name, or at the end of this path, would not be shown.
pub fn hides(name: &str, value: &str) -> bool {
    let secrecy = secrecy(name).max(nested::of_column(name));
    values::is_secret(value, secrecy) || !secrets(value).is_empty()
}

/// Whether a text is nothing but what stands for a secret.
pub(super) fn is_mark(text: &str) -> bool {
    mark::is_one(text)
}

/// Where the secrets of a text are.
fn secrets(text: &str) -> Spans {
    secrets_within(text, &mut Allowance::of_text(text.len()))
}

/// The same of a text that was packed or encoded in another, for which the allowance is.
fn secrets_within(text: &str, allowance: &mut Allowance) -> Spans {
    let mut spans = Spans::default();
    if !patterns::may_match(text) {
        return spans;
    }
    let suspects = patterns::suspects(text);
    if suspects.names() {
        assignments::find(text, &mut spans);
        flags::find(text, &mut spans);
    }
    patterns::find(text, &suspects, &mut spans);
    if suspects.percent() {
        percent::find(text, allowance, &mut spans);
    }
    if suspects.commands() {
        commands::find(text, &mut spans);
    }
    if suspects.pem() {
        pem::find(text, &mut spans);
    }
    if suspects.base64() {
        encoded::find(text, allowance, &mut spans);
    }
    if suspects.secret_object() {
        secret_text::find(text, &mut spans);
    }
    spans.settle(text);
    spans
}

#[cfg(test)]
mod tests;

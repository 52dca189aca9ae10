//! What stands where a secret was.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use hmac::{Hmac, KeyInit, Mac};
use regex::Regex;
use sha2::Sha256;

use crate::{output::number::grouped, random};

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[redacted [0-9,]+ chars(?: #[0-9a-f]{6})?\]").expect("a constant")
});

/// What fingerprints are made with; without it there are none.
#[derive(Clone)]
pub(super) struct Key(Option<Arc<[u8; 32]>>);

impl Key {
    pub(super) fn random() -> Self {
        Self::from(random::bytes())
    }

    pub(super) fn none() -> Self {
        Self(None)
    }
}

impl From<[u8; 32]> for Key {
    fn from(key: [u8; 32]) -> Self {
        Self(Some(Arc::new(key)))
    }
}

/// `[redacted 24 chars #a1b2c3]`: 24 bits of a keyed hash, enough to tell two secrets apart and useless for guessing.
pub(super) fn of(key: &Key, secret: &[u8]) -> String {
    let length = std::str::from_utf8(secret).map_or(secret.len(), |it| it.chars().count());
    let length = grouped(length);
    let Some(key) = &key.0 else { return format!("[redacted {length} chars]") };
    let mut hash = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("any length will do");
    hash.update(secret);
    let hash = hash.finalize().into_bytes();
    let fingerprint = hash.iter().take(3).fold(0, |number, it| number << 8 | u32::from(*it));
    format!("[redacted {length} chars #{fingerprint:06x}]")
}

/// Whether a text is nothing but a mark.
pub(super) fn is_one(text: &str) -> bool {
    all(text).any(|it| it == (0..text.len()))
}

/// Whether a text is nothing but marks, and what stands between the items of a list.
pub(super) fn is_all(text: &str) -> bool {
    let mut rest = 0;
    let mut between = all(text).map(|it| {
        let before = text.get(std::mem::replace(&mut rest, it.end)..it.start);
        before.unwrap_or_default().trim_matches([' ', ',', ';'])
    });
    let is_between = between.all(str::is_empty);
    is_between && rest == text.len()
}

/// Where a text has been redacted already.
pub(super) fn all(text: &str) -> impl Iterator<Item = Range<usize>> {
    // The search for a literal is far cheaper than that for the whole mark.
    text.contains("[redacted ")
        .then(|| MARK.find_iter(text).map(|it| it.range()))
        .into_iter()
        .flatten()
}

/// How many characters a mark stands for.
pub(super) fn length(mark: &str) -> Option<usize> {
    let digits = mark.strip_prefix("[redacted ")?.split(' ').next()?;
    digits.replace(',', "").parse().ok()
}

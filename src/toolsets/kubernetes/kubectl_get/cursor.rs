//! Where a list goes on: opaque to the caller, and complete, so that any replica can go on with it.

use std::{fmt, str::FromStr, sync::Arc};

/// A place in the answer to one question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Tells one question from others; two with the same objects in the same order have the same number.
    pub(super) question: u32,
    /// How many objects the answer has shown before.
    pub(super) before: usize,
    /// Which of the kinds that were asked for.
    pub(super) kind: usize,
    pub(super) spot: Spot,
}

/// A place among all objects of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spot {
    /// Which namespace, when they have to be listed one by one.
    pub(super) namespace: Option<Arc<str>>,
    pub(super) place: Place,
}

/// A place in one list of the API server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// How many objects of this list came before.
    pub(super) seen: usize,
    /// How many of the page behind `token` came before.
    pub(super) skip: usize,
    /// The API server's own; none for the start.
    pub(super) token: Option<Arc<str>>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { question, before, kind, spot: Spot { namespace, place } } = self;
        let Place { seen, skip, token } = place;
        let namespace = namespace.as_deref().unwrap_or_default();
        let token = token.as_deref().unwrap_or_default();
        write!(out, "{question:x}.{before}.{kind}.{seen}.{skip}.{namespace}.{token}")
    }
}

pub(super) const BAD: &str =
    "this is not a cursor that an answer gave; leave it out to start again";

/// More objects than any cluster has; what is counted on from here cannot overflow.
const MOST: usize = 1_000_000_000;

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = BAD;
        let parts: Vec<&str> = text.splitn(7, '.').collect();
        let [question, before, kind, seen, skip, namespace, token] = parts.as_slice() else {
            return Err(bad);
        };
        let number = |it: &str| it.parse().ok().filter(|it| *it <= MOST).ok_or(bad);
        let some = |it: &str| (!it.is_empty()).then(|| Arc::from(it));
        let place = Place { seen: number(seen)?, skip: number(skip)?, token: some(token) };
        Ok(Self {
            question: u32::from_str_radix(question, 16).map_err(|_| bad)?,
            before: number(before)?,
            kind: number(kind)?,
            spot: Spot { namespace: some(namespace), place },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_cursor_comes_back_as_it_went_out(
            question: u32, before in 0..99_999_usize,
            kind in 0..9_usize, seen in 0..99_999_usize, skip in 0..500_usize,
            namespace in "[a-z0-9-]{0,9}", token in "[A-Za-z0-9_.=-]{0,40}",
        ) {
            let some = |it: String| (!it.is_empty()).then(|| Arc::from(it));
            let place = Place { seen, skip, token: some(token) };
            let cursor = Cursor { question, before, kind, spot: Spot { namespace: some(namespace), place } };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,30}") {
            let _: Result<Cursor, _> = text.parse();
        }
    }
}

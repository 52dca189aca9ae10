//! Where a list goes on: opaque to the caller, and complete, so that any replica can go on with it.

use std::{fmt, str::FromStr};

/// A place in the answer to one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Which of the kinds that were asked for.
    pub(super) kind: usize,
    /// Which namespace, when they have to be listed one by one.
    pub(super) namespace: Option<String>,
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
    pub(super) token: Option<String>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, place: Place { seen, skip, token } } = self;
        let namespace = namespace.as_deref().unwrap_or_default();
        write!(out, "{kind}.{seen}.{skip}.{namespace}.{}", token.as_deref().unwrap_or_default())
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = "this is not a cursor that an answer gave; leave it out to start again";
        let parts: Vec<&str> = text.splitn(5, '.').collect();
        let [kind, seen, skip, namespace, token] = parts.as_slice() else { return Err(bad) };
        let number = |it: &str| it.parse::<usize>().map_err(|_| bad);
        let some = |it: &str| (!it.is_empty()).then(|| it.to_owned());
        Ok(Self {
            kind: number(kind)?,
            namespace: some(namespace),
            place: Place { seen: number(seen)?, skip: number(skip)?, token: some(token) },
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
            kind in 0..9_usize, seen in 0..99_999_usize, skip in 0..500_usize,
            namespace in "[a-z0-9-]{0,9}", token in "[A-Za-z0-9_.=-]{0,40}",
        ) {
            let some = |it: String| (!it.is_empty()).then_some(it);
            let place = Place { seen, skip, token: some(token) };
            let cursor = Cursor { kind, namespace: some(namespace), place };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,30}") {
            let _: Result<Cursor, _> = text.parse();
        }
    }
}

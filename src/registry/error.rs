use crate::{nearest::nearest, output::clip};

/// In characters: a name that is longer is told by its beginning.
const LONGEST_NAME: usize = 300;

/// Two owners of one name: a mistake in the program or its configuration, told at start-up.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{kind} {name} is declared twice, by toolset {first} and by toolset {second}")]
pub struct Duplicate {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) first: &'static str,
    pub(super) second: &'static str,
}

/// The name is not on offer; nothing was run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown {kind}: {name}{}", .nearest.as_ref().map(|it| format!(" (did you mean {it}?)")).unwrap_or_default())]
pub struct Unknown {
    kind: &'static str,
    name: String,
    nearest: Option<String>,
}

impl Unknown {
    pub(super) fn new<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let nearest = nearest(name, known).map(str::to_owned);
        let mut name = name.to_owned();
        clip(&mut name, LONGEST_NAME);
        Self { kind, name, nearest }
    }

    /// The name or address that was asked for.
    pub fn name(&self) -> &str {
        &self.name
    }
}

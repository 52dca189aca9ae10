//! OBI's configuration, version 1: read as OBI reads it, and judged more strictly.
//!
//! A text goes this way: `variables` fills in what stands in `${…}`, the tree knows where everything stands, `keys` says what there
//! is, and each check adds what it finds. Nothing is ever changed or dropped.

mod checks;
mod endpoint;
mod environment;
mod finding;
mod keys;
mod kind;
mod places;
mod release;
mod variables;

#[cfg(test)]
mod tests;

pub use self::{
    environment::Environment,
    finding::{Finding, Report, Severity},
    release::Release,
};

pub(in crate::obi) use self::checks::{Enabled, Source, Subject, features, is_filled, is_version2};
pub(in crate::obi) use self::kind::scalar;

/// Judges a configuration as the release of OBI would, in the environment that it would have.
pub fn check(text: &str, environment: &Environment, release: Release) -> Report {
    checks::check(text, environment, release)
}

/// What a reader makes of a configuration as OBI reads it; `None` where there is no document to read.
pub(in crate::obi) fn read<T>(
    text: &str,
    environment: &Environment,
    release: Release,
    reader: impl FnOnce(&Subject<'_>) -> T,
) -> Option<T> {
    checks::read(text, environment, release, reader)
}

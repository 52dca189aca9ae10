//! OBI's configuration, versions 1 and 2: read as OBI reads it, and judged more strictly.
//!
//! A text goes this way: `variables` fills in what stands in `${…}`, the tree knows where everything stands, `keys` says what there
//! is, and each check adds what it finds. Nothing is ever changed or dropped.

mod checks;
mod endpoint;
mod environment;
mod finding;
mod keys;
mod kind;
mod read;
mod release;
mod rules;
mod schema;
mod variables;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use self::kind::Kind;
use crate::tree::Node;

/// For those who ask a configuration something else than whether it is right.
pub(in crate::obi) use self::{
    checks::{
        Enabled, Exporters, LEFT_OUT, METADATA, Source, Subject, ask, features,
        includes_by_default, is_filled, is_one, key, rules, steps,
    },
    keys::Keys,
    kind::{duration, scalar, seconds, truth, whole},
};
pub use self::{
    endpoint::{Destination, Protocol},
    environment::Environment,
    finding::{Finding, Report, Severity},
    release::Release,
    rules::{RULES, Rule},
    schema::schema,
};

/// What was meant by a key or a variable that OBI never had.
pub(in crate::obi) fn misnomer(name: &str) -> Option<&'static str> {
    Keys::v1().misnomers.get(name).map(String::as_str)
}

/// Whether version 2 takes that value at a path below `extensions.obi`.
pub(in crate::obi) fn fits_version2(path: &str, value: &Value) -> bool {
    let key = keys::leading_to(&Keys::v2().root, path);
    let node = Node::parse(&value.to_string());
    key.zip(node.ok()).is_some_and(|(key, it)| {
        key.kind == Kind::Section || key.wrong(&it, Release::KNOWN).is_none()
    })
}

/// What an attribute of older conventions is called now.
pub(in crate::obi) fn renamed_attribute(name: &str) -> Option<&'static str> {
    Keys::v1().renamed_attributes.get(name).map(String::as_str)
}

/// Judges a configuration as the release of OBI would, in the environment that it would have.
pub fn check(text: &str, environment: &Environment, release: Release) -> Report {
    checks::check(text, environment, release)
}

/// The text as OBI reads it, with variables filled in.
pub fn filled(text: &str, environment: &Environment) -> String {
    variables::fill(text, environment).text
}

/// Where telemetry would be sent over a network. What version 2 says of that is not looked at.
pub fn destinations(text: &str, environment: &Environment, release: Release) -> Vec<Destination> {
    let seek =
        |it: &Subject<'_>| if is_one(it.tree) { Vec::new() } else { checks::destinations(it) };
    ask(text, environment, release, seek).unwrap_or_default()
}

/// How long OBI takes at most to end when it is asked to. What version 2 says of that is not looked at.
pub fn shutdown_timeout(text: &str, environment: &Environment, release: Release) -> Duration {
    let seek = |it: &Subject<'_>| it.text("shutdown_timeout").and_then(|it| duration(&it));
    ask(text, environment, release, seek).ok().flatten().unwrap_or(SHUTDOWN)
}

/// Unless the configuration says otherwise.
const SHUTDOWN: Duration = Duration::from_secs(10);

//! Fields that other managers have, and what becomes of them.

use std::fmt;

use serde_json::Value;

use super::owned::{self, Path};
use crate::{
    output::{Redactor, diff},
    tool::ToolError,
    toolsets::kubernetes::{error::ApiError, few::few},
};

/// More of one manager's fields are not told.
const MOST: usize = 20;

/// What one manager has, and is to be otherwise.
#[derive(Debug, PartialEq)]
pub(super) struct Taken {
    manager: String,
    /// `spec.replicas: 3 -> 5`
    lines: Vec<String>,
}

impl Taken {
    /// For where the values are told already.
    pub(super) fn note(&self) -> String {
        let fields = self.lines.iter().map(|it| it.split(": ").next().unwrap_or_default());
        let fields: Vec<&str> = fields.collect();
        format!("taken over from {}: {}", self.manager, few(&fields, MOST))
    }
}

/// `kubectl: spec.replicas: 3 -> 5`
impl fmt::Display for Taken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { manager, lines } = self;
        let told: Vec<&str> = lines.iter().take(MOST).map(String::as_str).collect();
        write!(out, "{manager}: {}", told.join(", "))?;
        match lines.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(out, " and {more} more"),
        }
    }
}

/// What each of the managers has that the error names, `before` being the object as it is.
pub(super) fn taken(
    error: &ApiError,
    before: &Value,
    wanted: &Value,
    redactor: &Redactor,
) -> Vec<Taken> {
    let paths: Vec<(String, Path)> =
        owned::all(before).into_iter().map(|it| (it.written(), it)).collect();
    let mut managers: Vec<(String, Vec<String>)> = Vec::new();
    for (manager, field) in error.field_conflicts() {
        match managers.iter_mut().find(|it| it.0 == manager) {
            Some((_, fields)) => fields.push(field),
            None => managers.push((manager, vec![field])),
        }
    }
    let taken = managers.into_iter().map(|(manager, fields)| {
        let mut after = before.clone();
        let mut unknown = Vec::new();
        for field in fields {
            // A field that can only be written, such as `stringData`, has no value that anybody could tell.
            match paths.iter().find(|it| it.0 == field && it.1.at(before).is_some()) {
                Some((_, path)) => path.put(&mut after, path.at(wanted).cloned()),
                None => unknown.push(field.trim_start_matches('.').to_owned()),
            }
        }
        let mut lines = diff::changes(Some(before), Some(&after), redactor).lines().to_vec();
        lines.extend(unknown);
        Taken { manager, lines }
    });
    taken.collect()
}

pub(super) fn refused(taken: &[Taken]) -> ToolError {
    let told: Vec<String> = taken.iter().map(ToString::to_string).collect();
    ToolError::Conflict(format!(
        "fields of other managers (theirs -> yours) are in the way: {}; leave them out of the manifest, or take them over with `force: true`",
        told.join("; ")
    ))
}

//! The operations of a JSON patch: what is wrong with them, and what they must not find out.

use serde_json::Value;

use super::patch::MANAGED;
use crate::{output::Redactor, toolsets::kubernetes::field::text};

const KNOWN: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

pub(super) fn check(operations: &[Value]) -> Result<(), String> {
    let mut has_changed = false;
    for (place, operation) in operations.iter().enumerate() {
        let told = |problem: &str| format!("`patch[{place}]`: {problem}");
        one(operation).map_err(|it| told(&it))?;
        let op = text(operation, "/op");
        // Behind others nobody knows which value it is that they read.
        if has_changed && reads(op) {
            return Err(told(&format!("`{op}` comes before what changes something")));
        }
        has_changed |= op != "test";
    }
    Ok(())
}

fn reads(op: &str) -> bool {
    matches!(op, "test" | "copy" | "move")
}

fn one(operation: &Value) -> Result<(), String> {
    let op = text(operation, "/op");
    if !KNOWN.contains(&op) {
        return Err(format!("`op` is one of {}", KNOWN.join(", ")));
    }
    for name in ["path", "from"] {
        if name == "from" && !matches!(op, "move" | "copy") {
            continue;
        }
        let pointer = operation.get(name).and_then(Value::as_str).unwrap_or_default();
        if !pointer.starts_with('/') {
            return Err(format!("`{name}` is a place such as /spec/replicas"));
        }
        if op != "test" && !(op == "copy" && name == "from") {
            changeable(pointer)?;
        }
    }
    Ok(())
}

fn changeable(pointer: &str) -> Result<(), String> {
    let mut parts = pointer.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("metadata"), None) => {
            Err("/metadata as a whole is not changed: name what is below it".to_owned())
        }
        (Some("metadata"), Some("managedFields")) => Err(MANAGED.to_owned()),
        (Some("metadata"), Some("resourceVersion")) => {
            Err("resourceVersion is the API server's: use `test` with it".to_owned())
        }
        _ => Ok(()),
    }
}

/// What no answer would show is neither compared with a guess nor copied to where it would be shown.
pub(super) fn read_only_what_is_shown(operations: &[Value], before: &Value) -> Result<(), String> {
    let mut shown = before.clone();
    Redactor::without_fingerprints().manifest(&mut shown);
    for (place, operation) in operations.iter().enumerate() {
        let op = text(operation, "/op");
        let pointer = text(operation, if op == "test" { "/path" } else { "/from" });
        if !reads(op) {
            continue;
        }
        let told = |problem: &str| Err(format!("`patch[{place}]`: {problem}"));
        // The API server finds more than this does: it counts from the end (-1), and takes 00 and +0 for 0.
        let Some(value) = before.pointer(pointer) else {
            return told(&format!("there is nothing at {pointer}: an index is written as 0, 1, 2"));
        };
        if Some(value) != shown.pointer(pointer) {
            return told(&format!("{pointer} is secret, and is neither tested nor copied"));
        }
    }
    Ok(())
}

/// The first that cannot be done.
pub(super) fn failing(operations: &[Value], before: &Value) -> Option<String> {
    for (place, operation) in operations.iter().enumerate() {
        let told = |problem: String| Some(format!("`patch[{place}]`: {problem}"));
        let (op, path) = (text(operation, "/op"), text(operation, "/path"));
        let source = if reads(op) && op != "test" { text(operation, "/from") } else { path };
        if op != "add" && before.pointer(source).is_none() {
            return told(format!("there is nothing at {source}"));
        }
        if op == "test" {
            if before.pointer(path) == operation.get("value") {
                continue;
            }
            return told(format!("{path} has another value than that of the test"));
        }
        let parent = path.rsplit_once('/').map_or("", |it| it.0);
        if before.pointer(parent).is_none() {
            return told(format!("there is nothing at {parent} that could hold it"));
        }
        // What comes after the first change is done to another object.
        return None;
    }
    None
}

//! Names of fields that are values themselves: an address with a password in it, an item of a set in `managedFields`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Redactor, names::Secrecy, values};

/// `secrecy` is that of the name that the fields stand under.
pub(super) fn redact(redactor: &Redactor, fields: &mut Map<String, Value>, secrecy: Secrecy) {
    if fields.keys().any(|it| redacted(redactor, it, secrecy).is_some()) {
        let before = std::mem::take(fields).into_iter();
        fields.extend(before.map(|(name, value)| {
            let redacted = redacted(redactor, &name, secrecy);
            (redacted.unwrap_or(name), value)
        }));
    }
}

fn redacted(redactor: &Redactor, name: &str, secrecy: Secrecy) -> Option<String> {
    let item = name.strip_prefix("v:").and_then(|it| serde_json::from_str::<Value>(it).ok());
    let item = match item {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if !item.is_empty() && values::is_secret(&item, secrecy) {
        let mark = redactor.mark(item.as_bytes());
        return (!item.starts_with("[redacted ")).then(|| format!("v:\"{mark}\""));
    }
    match redactor.text(name) {
        Cow::Owned(redacted) => Some(redacted),
        Cow::Borrowed(_) => None,
    }
}

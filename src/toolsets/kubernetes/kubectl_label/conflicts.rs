//! Values that are there already, and are not silently replaced.

use serde_json::Value;

use super::marks::{Marks, now};
use crate::{
    output::Redactor,
    tool::ToolError,
    toolsets::kubernetes::{few::few, selection::Seen},
};

const MOST_NAMED: usize = 10;

pub(super) fn conflicts(seen: &[Seen], marks: &Marks) -> Result<(), ToolError> {
    let found: Vec<String> = seen.iter().flat_map(|it| of_object(it, marks)).collect();
    if found.is_empty() {
        return Ok(());
    }
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    Err(ToolError::Conflict(format!(
        "{}: nothing was changed; overwrite: true replaces them",
        few(&found, MOST_NAMED)
    )))
}

fn of_object(seen: &Seen, marks: &Marks) -> Vec<String> {
    let mut shown = seen.object.clone();
    Redactor::without_fingerprints().manifest(&mut shown);
    let fields =
        [("labels", "label", &marks.labels), ("annotations", "annotation", &marks.annotations)];
    let mut found = Vec::new();
    for (field, word, wanted) in fields {
        for (key, wanted) in wanted {
            let value = now(&seen.object, field, key);
            let visible = now(&shown, field, key);
            if let (Some(value), Some(wanted)) = (value, wanted)
                && (value != wanted || visible != Some(value))
            {
                found.push(format!("{} has {word} {key}{}", seen.address, told(value, visible)));
            }
        }
    }
    found
}

/// A secret is another one, whatever it is: a guess must not be told from the truth.
fn told(value: &str, visible: Option<&str>) -> String {
    match visible {
        Some(visible) if visible == value => {
            let mut value = Value::from(value).to_string();
            crate::output::clip(&mut value, 80);
            format!(" {value}")
        }
        _ => " with a value that is not shown".to_owned(),
    }
}

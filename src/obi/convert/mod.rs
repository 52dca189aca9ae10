//! From one form of a configuration to another, with a word about every key that does not stay what it was.

mod invented;
mod merge;
mod sections;
mod step;
mod variables;
mod version2;
mod write;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use self::{
    invented::{from_invented, from_invented_variables, invented, selects},
    merge::{Merged, NotMerged, merge},
    step::Step,
    variables::{Placed, from_variables, to_variables},
    version2::{NoPlace, Version2, to_version2},
};

/// A configuration as somebody gives it: YAML as one text, or an object, which becomes one.
pub fn text(given: &Value) -> Result<String, String> {
    match given {
        Value::String(text) => Ok(text.clone()),
        Value::Object(settings) => Ok(yaml(settings)),
        _ => Err("it is an object, or YAML as one text".to_owned()),
    }
}

/// What is not named stays as it is, comments included.
pub fn updated(before: &str, update: &Value) -> Result<String, String> {
    let update = match update {
        Value::String(text) => serde_saphyr::from_str(text).map_err(|it| it.to_string())?,
        other => other.clone(),
    };
    merge(before, &update).map(|it| it.text).map_err(|it| it.to_string())
}

/// Settings as YAML, in which variables keep their kind: `port: ${PORT}`.
pub fn yaml(settings: &Map<String, Value>) -> String {
    if settings.is_empty() { "{}\n".to_owned() } else { format!("{}\n", write::block(settings, 0)) }
}

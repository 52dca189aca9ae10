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

/// Settings as YAML, in which variables keep their kind: `port: ${PORT}`.
pub fn yaml(settings: &Map<String, Value>) -> String {
    if settings.is_empty() { "{}\n".to_owned() } else { format!("{}\n", write::block(settings, 0)) }
}

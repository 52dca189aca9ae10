//! Keys that are understood and do nothing yet. A promise that is silently not kept is worse than none.

use serde_json::Value;

use super::{Config, problem::Problem};
use crate::tree::{Node, Step};

const UNBUILT: [&[&str]; 1] = [&["toolsets", "docker"]];

/// Every such key that the text asks something of: what stands at its default gets what it asks for, and so does what is off.
pub(super) fn unbuilt(tree: &Node, config: &Config) -> Vec<Problem> {
    let (Ok(asked), Ok(usual)) =
        (serde_json::to_value(config), serde_json::to_value(Config::default()))
    else {
        return Vec::new();
    };
    let idle = UNBUILT.iter().filter(|keys| {
        let value = find(&asked, keys);
        value != find(&usual, keys) && !value.is_some_and(is_off)
    });
    idle.map(|keys| Problem::about(tree, &Step::keys(keys), "not built yet, has no effect"))
        .collect()
}

fn find<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

fn is_off(section: &Value) -> bool {
    section.get("enabled") == Some(&Value::Bool(false))
}

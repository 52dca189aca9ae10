//! The section of OBI, which obi-mcp filled with keys that OBI does not have.

use serde_json::{Map, Value};

use super::notes::Notes;
use crate::{
    obi::convert,
    tree::{Node, Place},
};

/// Where a file shows that it was written for obi-mcp.
pub(super) fn trace(tree: &Node) -> Option<Place> {
    convert::invented(tree.get("obi")?)
}

/// Puts OBI's real keys in the place of obi-mcp's. Without a selector OBI instruments nothing, which is said.
pub(super) fn translate(obi: &mut Map<String, Value>, notes: &mut Notes) {
    let steps = convert::from_invented(obi, "obi.");
    for step in &steps {
        notes.say(step.to_string());
    }
    if !steps.is_empty() && !convert::selects(obi) {
        notes.say("obi selects no process, so that OBI looks at network flows at most: add obi.discovery.instrument, such as [{open_ports: \"8080\"}]".to_owned());
    }
}

//! Whether a document that somebody sends could be loaded: by the rules for the list `tools`, and for toolsets by what HolmesGPT knows.

use serde_json::Value;

use super::{
    entry::{self, Section},
    problem::Problem,
    web::{WRONG, is_web},
};

/// Everything that is wrong with it; empty if nothing is.
pub(in crate::toolsets::discovery) fn validate(value: &Value) -> Vec<Problem> {
    let Value::Object(fields) = value else {
        return vec![Problem::new("", "it has to be an object")];
    };
    let is_toolset = fields.contains_key("toolsets") || fields.contains_key("mcp_servers");
    let mut problems = Vec::new();
    for section in [Section::Toolsets, Section::Servers] {
        if let Some(entries) = fields.get(section.key()) {
            problems.extend(entries_of(section, entries));
        }
    }
    if is_toolset && problems.is_empty() && is_empty(value) {
        problems.push(Problem::new("", "it has no toolset, and HolmesGPT refuses such a file"));
    }
    match fields.get("tools") {
        None if is_toolset => {}
        Some(Value::Array(tools)) if is_toolset || !tools.is_empty() => {
            problems.extend(listed(tools));
        }
        _ => problems.push(Problem::new("tools", "it has to be an array with at least one tool")),
    }
    problems
}

fn entries_of(section: Section, entries: &Value) -> Vec<Problem> {
    let Value::Object(entries) = entries else {
        return vec![Problem::new(section.key(), "it has to be a mapping from names to toolsets")];
    };
    entries.iter().flat_map(|(name, it)| entry::problems(section, name, it)).collect()
}

fn is_empty(value: &Value) -> bool {
    let sections = [Section::Toolsets, Section::Servers];
    let entries = sections.iter().filter_map(|it| value.get(it.key())?.as_object());
    entries.map(serde_json::Map::len).sum::<usize>() == 0
}

fn listed(tools: &[Value]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut names = Vec::new();
    for (place, tool) in tools.iter().enumerate() {
        for field in ["name", "type", "endpoint"] {
            let is_text = |it: &Value| it.as_str().is_some_and(|it| !it.trim().is_empty());
            if !tool.get(field).is_some_and(is_text) {
                let place = format!("tools[{place}].{field}");
                problems.push(Problem::new(place, "it has to be a text that is not empty"));
            }
        }
        let text = |field: &str| tool.get(field).and_then(Value::as_str).unwrap_or_default();
        let (name, endpoint) = (text("name"), text("endpoint"));
        if !name.is_empty() && names.contains(&name) {
            problems.push(Problem::new(format!("tools[{place}].name"), "it is another's"));
        }
        names.push(name);
        if !endpoint.trim().is_empty() && !is_web(endpoint) {
            problems.push(Problem::new(format!("tools[{place}].endpoint"), WRONG));
        }
    }
    problems
}

//! Which nodes OBI is to be on.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::toolsets::kubernetes::kubectl_label::{check_key, label_value};

const SYSTEM: &str = "kubernetes.io/os";
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const FIELDS: [&str; 5] = ["key", "operator", "value", "effect", "tolerationSeconds"];

/// Those that are given, or all that there can be: a node that is left out is a hole in what is seen.
pub(super) fn tolerations(given: Option<&[Value]>) -> Result<Vec<Value>, Vec<String>> {
    let Some(given) = given else {
        let every = |effect: &str| json!({ "operator": "Exists", "effect": effect });
        return Ok(vec![every("NoSchedule"), every("NoExecute")]);
    };
    let problems: Vec<String> = given
        .iter()
        .enumerate()
        .flat_map(|(index, it)| wrong(it).into_iter().map(move |why| (index, why)))
        .map(|(index, why)| format!("`tolerations[{index}]`: {why}"))
        .collect();
    if problems.is_empty() { Ok(given.to_vec()) } else { Err(problems) }
}

fn wrong(toleration: &Value) -> Vec<String> {
    let Some(fields) = toleration.as_object() else {
        return vec!["{key: dedicated, operator: Exists, effect: NoSchedule} is wanted".to_owned()];
    };
    let mut problems = Vec::new();
    for name in fields.keys().filter(|it| !FIELDS.contains(&it.as_str())) {
        problems.push(format!("it has no {name}: {} are known", FIELDS.join(", ")));
    }
    let seconds = fields.get("tolerationSeconds");
    for (name, value) in fields.iter().filter(|it| it.0 != "tolerationSeconds") {
        if !value.is_string() && FIELDS.contains(&name.as_str()) {
            problems.push(format!("{name} is a text: write {value} in quotes"));
        }
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let (key, operator, value, effect) =
        (text("key"), text("operator"), text("value"), text("effect"));
    match operator {
        "Exists" if !value.is_empty() => {
            problems.push("with operator Exists there is no value".to_owned());
        }
        "" | "Equal" if key.is_empty() => {
            problems.push("without a key the operator is Exists".to_owned());
        }
        "Exists" | "Equal" | "" => {}
        other => problems.push(format!("operator is Exists or Equal, and not {other:?}")),
    }
    if !effect.is_empty() && !EFFECTS.contains(&effect) {
        problems.push(format!("effect is one of {}, and not {effect:?}", EFFECTS.join(", ")));
    }
    if !key.is_empty() {
        problems.extend(check_key(key).err());
    }
    problems.extend(label_value(value).err());
    if seconds.is_some_and(|it| !it.is_i64() || effect != "NoExecute") {
        problems.push("tolerationSeconds is a number, of effect NoExecute alone".to_owned());
    }
    problems
}

pub(super) fn node_selector(given: Option<&BTreeMap<String, String>>) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    for (key, value) in given.into_iter().flatten() {
        let wrong = check_key(key).err().into_iter().chain(label_value(value).err());
        problems.extend(wrong.map(|why| format!("`node_selector.{key}`: {why}")));
        if key == SYSTEM && value != "linux" {
            problems.push(format!("`node_selector.{key}`: OBI runs on Linux alone"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

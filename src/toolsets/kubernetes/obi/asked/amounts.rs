//! How much of a node OBI may take.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    obi::plan::Plan,
    tool::snake_case,
    toolsets::kubernetes::{obi::wanted::Resources, quantity::Quantity},
};

const MEBI: f64 = 1_048_576.0;

/// As others call them: `memoryLimit`.
const FLAT: [(&str, &str, &str); 8] = [
    ("memory_limit", "limits", "memory"),
    ("cpu_limit", "limits", "cpu"),
    ("memory_request", "requests", "memory"),
    ("cpu_request", "requests", "cpu"),
    ("limit_memory", "limits", "memory"),
    ("limit_cpu", "limits", "cpu"),
    ("request_memory", "requests", "memory"),
    ("request_cpu", "requests", "cpu"),
];

pub(super) fn read(given: Option<&Map<String, Value>>) -> Result<Resources, Vec<String>> {
    let mut resources = Resources::default();
    let mut problems = Vec::new();
    for (name, value) in given.into_iter().flatten() {
        let flat = FLAT.iter().find(|it| it.0 == snake_case(name));
        match (flat, name.as_str(), value) {
            (Some((_, kind, resource)), _, amount) => {
                let kind = of(&mut resources, kind);
                keep(kind, name, resource, amount, &mut problems);
            }
            (None, "requests" | "limits", Value::Object(amounts)) => {
                let kind = of(&mut resources, name);
                for (resource, amount) in amounts {
                    let place = format!("{name}.{resource}");
                    keep(kind, &place, resource, amount, &mut problems);
                }
            }
            (None, "requests" | "limits", Value::Null) => {}
            _ => problems.push(format!(
                "`resources.{name}`: {{requests: {{cpu: 100m, memory: 512Mi}}, limits: {{memory: 2Gi}}}} is wanted"
            )),
        }
    }
    if problems.is_empty() { Ok(resources) } else { Err(problems) }
}

fn of<'a>(resources: &'a mut Resources, kind: &str) -> &'a mut BTreeMap<String, String> {
    if kind == "limits" { &mut resources.limits } else { &mut resources.requests }
}

fn keep(
    kind: &mut BTreeMap<String, String>,
    place: &str,
    resource: &str,
    amount: &Value,
    problems: &mut Vec<String>,
) {
    let text = match amount {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null => return,
        other => other.to_string(),
    };
    let is_known =
        matches!(resource, "cpu" | "memory" | "ephemeral-storage") || resource.contains(['/', '-']);
    if !is_known {
        problems.push(format!("`resources.{place}`: cpu and memory are what a container can have"));
    } else if amount_of(&text).is_none_or(|it| it < 0.0) || text.trim() != text {
        problems.push(format!("`resources.{place}`: {text:?} is no amount, such as 250m or 512Mi"));
    } else {
        kind.insert(resource.to_owned(), text);
    }
}

fn amount_of(text: &str) -> Option<f64> {
    Quantity::parse(text).map(Quantity::amount)
}

/// What is asked for, and the rest as it would be. What would end OBI at its start is refused.
pub(super) fn over(
    mut resources: Resources,
    asked: Resources,
    plan: &Plan,
) -> Result<Resources, Vec<String>> {
    let amount =
        |of: &BTreeMap<String, String>, name: &str| of.get(name).and_then(|it| amount_of(it));
    let mut problems = Vec::new();
    let (least, floor) = (mebi(plan.memory.floor), plan.memory.floor);
    if let Some(limit) = amount(&asked.limits, "memory").filter(|it| *it < least) {
        problems.push(format!(
            "`resources.limits.memory`: {} are less than the {floor}Mi that OBI takes with this configuration, {}Mi of it for maps in the kernel: it would be killed while it starts{}",
            Quantity::of_bytes(limit).memory(),
            plan.memory.maps,
            smaller(plan)
        ));
    }
    // Who asks for more than is allowed by default means it.
    let request = amount(&asked.requests, "memory");
    let limit = amount(&resources.limits, "memory");
    if !asked.limits.contains_key("memory") && request > limit {
        resources.limits.extend(asked.requests.get_key_value("memory").map(owned));
    }
    resources.requests.extend(asked.requests);
    resources.limits.extend(asked.limits);
    for (name, limit) in &resources.limits {
        let request = resources.requests.get(name);
        // Told already.
        let is_told = name == "memory" && !problems.is_empty();
        let is_over = !is_told && request.and_then(|it| amount_of(it)) > amount_of(limit);
        if let Some(request) = request.filter(|_| is_over) {
            problems.push(format!(
                "`resources`: {request} of {name} are requested, and {limit} is the limit"
            ));
        }
    }
    if problems.is_empty() { Ok(resources) } else { Err(problems) }
}

fn owned((name, amount): (&String, &String)) -> (String, String) {
    (name.clone(), amount.clone())
}

fn smaller(plan: &Plan) -> &'static str {
    if plan.version == 1 && plan.memory.maps > 100 {
        "; ebpf: {maps_config: {global_scale_factor: -1}} halves them"
    } else {
        ""
    }
}

#[expect(clippy::cast_precision_loss, reason = "mebibytes of memory are no more than a float has")]
fn mebi(amount: u64) -> f64 {
    amount as f64 * MEBI
}

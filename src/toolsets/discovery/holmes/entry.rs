//! Whether HolmesGPT would take one toolset, and read all of it.

use serde_json::{Map, Value, json};

use super::{
    known::{Known, Schema},
    problem::Problem,
    texts, web,
};

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Toolsets,
    Servers,
}

impl Section {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Toolsets => "toolsets",
            Self::Servers => "mcp_servers",
        }
    }
}

/// Everything for which HolmesGPT would refuse it, or pass over something in it.
pub(super) fn problems(section: Section, name: &str, entry: &Value) -> Vec<Problem> {
    let field = format!("{}.{name}", section.key());
    if !is_name(name) {
        return vec![Problem::new(
            section.key(),
            format!("{} is no name of a toolset", super::words::quoted(name)),
        )];
    }
    let Value::Object(fields) = entry else {
        return vec![Problem::new(field, "it has to be a mapping")];
    };
    let mut problems = Known::get().entry.problems(&field, entry);
    problems.extend(texts::problems(&field, entry));
    problems.extend(web::problems(&field, fields));
    problems.extend(of_kind(section, name, &field, fields));
    problems
}

/// Part of the names of its tools.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"/_-".contains(&it))
        && name.starts_with(|it: char| it.is_ascii_alphanumeric())
}

fn of_kind(section: Section, name: &str, field: &str, entry: &Map<String, Value>) -> Vec<Problem> {
    let known = Known::get();
    let kind = entry.get("type").and_then(Value::as_str).filter(|it| *it != "custom");
    if section == Section::Servers {
        // An address beside the configuration is how older files have it.
        let is_old = entry.contains_key("url") && !entry.contains_key("config");
        return if is_old { Vec::new() } else { config("mcp", field, entry) };
    }
    match kind {
        None | Some("built-in") if known.builtins.contains(name) => {
            let mut problems = subtype(name, field, entry);
            problems.extend(config(name, field, entry));
            problems
        }
        Some(_) if known.builtins.contains(name) => {
            vec![Problem::new(format!("{field}.type"), "HolmesGPT has a toolset of this name")]
        }
        Some(kind) if known.configs.contains_key(kind) => config(kind, field, entry),
        _ => written(field, entry),
    }
}

/// A toolset that is all in the file: its tools are commands.
fn written(field: &str, entry: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !entry.get("description").is_some_and(Value::is_string) {
        let builtins = Known::get().builtins.iter().map(String::as_str);
        let name = field.split_once('.').map_or(field, |(_, name)| name);
        let near = crate::nearest::nearest(name, builtins);
        let near = near.map(|it| format!("; or did you mean `{it}`?")).unwrap_or_default();
        let told = format!(
            "HolmesGPT has no such toolset, and one of your own needs a `description`{near}"
        );
        problems.push(Problem::new(field, told));
    }
    let Some(Value::Array(tools)) = entry.get("tools").filter(|it| !it.is_null()) else {
        problems.push(Problem::new(field, "a toolset of your own needs `tools`, or a `type`"));
        return problems;
    };
    for (place, tool) in tools.iter().enumerate() {
        let field = format!("{field}.tools[{place}]");
        problems.extend(Known::get().tool.problems(&field, tool));
        let runs =
            ["command", "script"].iter().any(|it| tool.get(it).is_some_and(Value::is_string));
        if !runs {
            problems.push(Problem::new(field, "it needs a `command` or a `script`"));
        }
    }
    problems
}

fn subtype(name: &str, field: &str, entry: &Map<String, Value>) -> Vec<Problem> {
    let Some(subtype) = entry.get("subtype").and_then(Value::as_str) else { return Vec::new() };
    match Known::get().subtypes.get(name) {
        Some(known) if known.iter().all(|it| it != subtype) => {
            let known = known.join(", ");
            vec![Problem::new(format!("{field}.subtype"), format!("it is one of {known}"))]
        }
        _ => Vec::new(),
    }
}

/// Its configuration: by the schemas of its kind, and for each instance with what all of them share.
fn config(kind: &str, field: &str, entry: &Map<String, Value>) -> Vec<Problem> {
    let known = Known::get();
    let Some(schemas) = known.configs.get(kind) else { return Vec::new() };
    let field = format!("{field}.config");
    let config = match entry.get("config") {
        None | Some(Value::Null) if entry.get("enabled") == Some(&Value::Bool(false)) => {
            return Vec::new();
        }
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(config)) => config.clone(),
        Some(_) => return Vec::new(),
    };
    match config.get("instances") {
        Some(Value::Array(instances)) if known.several.contains(kind) && !instances.is_empty() => {
            several(kind, &field, schemas, &config, instances)
        }
        _ => flat(kind, &field, schemas, &config),
    }
}

fn several(
    kind: &str,
    field: &str,
    schemas: &[Schema],
    config: &Map<String, Value>,
    instances: &[Value],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut names = Vec::new();
    for (place, instance) in instances.iter().enumerate() {
        let field = format!("{field}.instances[{place}]");
        let Value::Object(instance) = instance else {
            problems.push(Problem::new(field, "it has to be a mapping"));
            continue;
        };
        match instance.get("name") {
            Some(Value::String(name)) if !names.contains(&name) => names.push(name),
            Some(Value::String(_)) => problems.push(Problem::new(&field, "its name is another's")),
            _ => problems.push(Problem::new(&field, "it needs a `name`")),
        }
        problems.extend(flat(kind, &field, schemas, &shared(config, instance)));
    }
    problems
}

/// What an instance has with what it shares: whoever brings a part of a way to get in shares none of it.
fn shared(config: &Map<String, Value>, instance: &Map<String, Value>) -> Map<String, Value> {
    const TOGETHER: [&[&str]; 2] =
        [&["api_key", "username", "password", "bearer_token"], &["client_cert", "client_key"]];
    let mut whole = config.clone();
    whole.shift_remove("instances");
    for group in TOGETHER.iter().filter(|it| it.iter().any(|it| instance.contains_key(*it))) {
        whole.retain(|key, _| !group.contains(&key.as_str()));
    }
    whole.extend(instance.clone());
    whole.shift_remove("name");
    whole
}

/// One of the schemas has to fit; the nearest one says why none does.
fn flat(kind: &str, field: &str, schemas: &[Schema], config: &Map<String, Value>) -> Vec<Problem> {
    let value = Value::Object(config.clone());
    let mut tried: Vec<_> = schemas.iter().map(|it| it.problems(field, &value)).collect();
    tried.sort_by_key(Vec::len);
    let mut problems = tried.into_iter().next().unwrap_or_default();
    problems.extend(together(kind, field, config));
    problems
}

/// What HolmesGPT asks of several fields at once.
fn together(kind: &str, field: &str, config: &Map<String, Value>) -> Vec<Problem> {
    let has = |it: &str| config.get(it).is_some_and(|it| !it.is_null() && *it != json!(""));
    let mut told = Vec::new();
    if kind.starts_with("grafana/") {
        if has("api_key") && (has("username") || has("password")) {
            told.push("`api_key`, or `username` and `password`");
        } else if has("username") != has("password") {
            told.push("`username` and `password` go together");
        }
    }
    if kind.starts_with("elasticsearch/") && has("client_cert") != has("client_key") {
        told.push("`client_cert` and `client_key` go together");
    }
    let mut problems: Vec<_> = told.into_iter().map(|it| Problem::new(field, it)).collect();
    if kind == "http" {
        problems.extend(requests(field, config));
    }
    problems
}

fn requests(field: &str, config: &Map<String, Value>) -> Vec<Problem> {
    let endpoints = config.get("endpoints").and_then(Value::as_array);
    let endpoints = endpoints.map(Vec::as_slice).unwrap_or_default();
    if endpoints.is_empty() {
        return vec![Problem::new(field, "it needs `endpoints`")];
    }
    let mut problems = Vec::new();
    for (place, endpoint) in endpoints.iter().enumerate() {
        let field = format!("{field}.endpoints[{place}]");
        if endpoint.get("hosts").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            problems.push(Problem::new(&field, "it needs `hosts`"));
        }
        let auth = |it: &str| endpoint.get("auth")?.get(it)?.as_str().filter(|it| !it.is_empty());
        let needs: &[&str] = match auth("type") {
            Some("basic" | "digest") => &["username", "password"],
            Some("bearer") => &["token"],
            Some("header") => &["name", "value"],
            _ => &[],
        };
        for it in needs.iter().filter(|it| auth(it).is_none()) {
            problems.push(Problem::new(format!("{field}.auth"), format!("`{it}` is missing")));
        }
    }
    problems
}

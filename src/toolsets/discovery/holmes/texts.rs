//! Texts that somebody with the right to do so has written: what HolmesGPT would run or fill in, or what would break the whole file.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{problem::Problem, words::quoted};

static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{\s*env\.[A-Za-z_][A-Za-z0-9_]*\s*\}\}").expect("a constant"));

/// Where a text stands, and so what it may say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is read by a person or the model.
    Prose,
    /// `{{ env.NAME }}` is filled in.
    Config,
    /// It is run, or filled in by HolmesGPT with each call: both are what it is for.
    Code,
}

/// The problems of all texts of a toolset.
pub(super) fn problems(field: &str, entry: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk(field, entry, Role::Prose, true, &mut problems);
    problems
}

fn walk(field: &str, value: &Value, role: Role, is_top: bool, problems: &mut Vec<Problem>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if let Some(reason) = unfit_key(key) {
                    problems.push(Problem::new(field, format!("the key {} {reason}", quoted(key))));
                    continue;
                }
                let role = match key.as_str() {
                    "config" if is_top => Role::Config,
                    "tools" | "prerequisites" if is_top => Role::Code,
                    "extra_headers" if role == Role::Config => Role::Code,
                    _ => role,
                };
                walk(&format!("{field}.{key}"), value, role, false, problems);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                walk(&format!("{field}[{place}]"), item, role, false, problems);
            }
        }
        Value::String(text) => {
            problems.extend(unfit(text, role).map(|it| Problem::new(field, it)));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn unfit_key(key: &str) -> Option<&'static str> {
    if key.contains('.') {
        return Some("has a dot: HolmesGPT would refuse the whole file");
    }
    (has_template(key) || !key.chars().all(is_printable)).then_some("is no name")
}

fn unfit(text: &str, role: Role) -> Option<&'static str> {
    if !text.chars().all(is_printable) {
        return Some("a control character: HolmesGPT would refuse the whole file");
    }
    match role {
        Role::Prose => has_template(text).then_some(
            "a template, which HolmesGPT would run: only `config` may have `{{ env.NAME }}`",
        ),
        Role::Config => {
            let rest = VARIABLE.replace_all(text, "");
            if has_template(&rest) {
                Some("a template: only `{{ env.NAME }}` is filled in")
            } else {
                rest.contains("${").then_some("`${NAME}` is not filled in: write `{{ env.NAME }}`")
            }
        }
        Role::Code => None,
    }
}

fn has_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|it| text.contains(it))
}

/// What a reader of YAML 1.1 takes.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | '\t')
        || !(character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}'))
}

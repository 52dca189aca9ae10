use serde_json::Value;

use super::{
    Config, Environment, checks,
    explain::explain,
    migrate,
    problem::{Problem, Problems},
    schema::Shape,
    unbuilt::unbuilt,
};
use crate::tree::{Node, Place};

/// Reads a configuration; `name` is what the file is called in errors. An empty text is the defaults.
///
/// Whether the environment has what it refers to is not looked at: see [`load`](super::load()).
pub fn parse(text: &str, name: &str) -> Result<Config, Problems> {
    Ok(parse_in(text, name, None)?.0)
}

/// The configuration, and what of it has no effect yet.
pub(super) fn parse_in(
    text: &str,
    name: &str,
    environment: Option<&Environment>,
) -> Result<(Config, Option<Problems>), Problems> {
    let tree = tree(text).map_err(|problem| Problems::one(name, problem))?;
    if let Some(problem) = migrate::refusal(&tree, name) {
        return Err(Problems::one(name, problem));
    }
    let value = Shape::root().fill(&tree);
    let mut problems = explain(&tree, &value);
    problems.extend(checks::doubles(&tree));
    problems.extend(checks::misplaced_references(&tree));
    problems.extend(checks::server(&tree));
    if let Some(environment) = environment {
        problems.extend(checks::unset_variables(&tree, environment));
    }
    if !problems.is_empty() {
        return Err(Problems::new(name, problems));
    }
    let config = typed(value, name)?;
    let unbuilt = unbuilt(&tree, &config);
    let unbuilt = (!unbuilt.is_empty()).then(|| Problems::new(name, unbuilt));
    Ok((config, unbuilt))
}

/// The schema has let everything through that the types can hold, so an error here is a bug, and is still told.
fn typed(value: Value, name: &str) -> Result<Config, Problems> {
    serde_json::from_value(value)
        .map_err(|error| Problems::one(name, Problem::general(error.to_string())))
}

pub(super) fn tree(text: &str) -> Result<Node, Problem> {
    Node::parse(text).map_err(|error| syntax(text, &error))
}

/// A mistake in the YAML itself, with the line and a mark under the place; the line of a secret's key may have the secret in it.
fn syntax(text: &str, error: &serde_saphyr::Error) -> Problem {
    let render = serde_saphyr::render_options! { formatter: &serde_saphyr::UserMessageFormatter, snippets: serde_saphyr::SnippetMode::Off };
    let message = error.render_with_options(render);
    let Some(place) = error.location().map(Place::from) else { return Problem::general(message) };
    let here = format!(" at line {}, column {}", place.line, place.column);
    let message = message.strip_suffix(&here).unwrap_or(&message);
    let line = usize::try_from(place.line - 1).ok().and_then(|it| text.lines().nth(it));
    let is_shown = |it: &&str| !it.trim().is_empty() && !has_key_of_a_secret(it);
    let Some(line) = line.filter(is_shown) else {
        return Problem::at(place, message);
    };
    let indent = usize::try_from(place.column - 1).unwrap_or_default();
    Problem::at(place, format!("{message}\n  {line}\n  {:indent$}^", ""))
}

fn has_key_of_a_secret(line: &str) -> bool {
    Shape::root().keys_of_secrets().iter().any(|key| {
        line.split(*key)
            .skip(1)
            .any(|after| after.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
    })
}

//! What the schema's errors mean to the person who wrote the file.

use std::borrow::Cow;

use jsonschema::{ValidationError, error::ValidationErrorKind, paths::LocationSegment};
use serde_json::Value;

use super::{
    problem::Problem,
    schema::{Shape, validator},
};
use crate::nearest::nearest;
use crate::tree::{Node, Step, Steps};

/// Everything in which a value differs from the schema; one problem a place, since a text that has the wrong form cannot also be too short.
pub(super) fn explain(tree: &Node, value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut told: Vec<Vec<Step>> = Vec::new();
    for error in validator().iter_errors(value) {
        let steps = steps(&error);
        if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
            problems.extend(unexpected.iter().map(|it| unknown(tree, &steps, it)));
        } else if !told.contains(&steps) {
            problems.push(Problem::about(tree, &steps, wrong(&steps, &error)));
            told.push(steps);
        }
    }
    problems
}

fn steps(error: &ValidationError<'_>) -> Vec<Step> {
    let segments = error.instance_path().segments();
    let steps = segments.map(|it| match it {
        LocationSegment::Property(name) => Step::Key(name.into_owned()),
        LocationSegment::Index(index) => Step::Index(index),
    });
    steps.collect()
}

fn unknown(tree: &Node, section: &[Step], name: &str) -> Problem {
    let known: Vec<&str> = Shape::root().at(section).into_iter().flat_map(Shape::keys).collect();
    let mut steps = section.to_vec();
    steps.push(Step::Key(name.to_owned()));
    let home = Shape::root().only_section_with(name).map(|it| format!("it belongs in {it}"));
    let likely = || nearest(name, known.iter().copied()).map(|it| format!("did you mean {it}?"));
    let advice = home.or_else(likely).unwrap_or_else(|| format!("known are {}", known.join(", ")));
    let place = tree.inside(section).and_then(|it| it.key_place(name));
    Problem { place, message: format!("unknown key {}: {advice}", Steps(&steps)) }
}

fn wrong(steps: &[Step], error: &ValidationError<'_>) -> String {
    let value = error.instance();
    let Some(shape) = Shape::root().at(steps) else { return error.masked().to_string() };
    if shape.is_secret() {
        return not_a_reference(shape);
    }
    match error.kind() {
        ValidationErrorKind::PropertyNames { error } => {
            format!("{} is not a glob of tool names, such as kubectl_*", error.instance())
        }
        ValidationErrorKind::Required { property } => {
            format!("{} is missing", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::Format { format } if format == super::text::ABOVE_ZERO => {
            format!("{value} is too little: it must be above zero")
        }
        ValidationErrorKind::Minimum { limit } => format!("{value} is below the least, {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("{value} is above the most, {limit}"),
        ValidationErrorKind::Type { .. }
        | ValidationErrorKind::Pattern { .. }
        | ValidationErrorKind::Format { .. }
        | ValidationErrorKind::MinLength { .. }
        | ValidationErrorKind::MaxLength { .. }
        | ValidationErrorKind::OneOfNotValid { .. } => not_what_it_should_be(value, shape),
        _ => error.masked().to_string(),
    }
}

/// What is written there may be the secret itself, so it is not repeated.
fn not_a_reference(shape: Shape) -> String {
    let title = shape.title().unwrap_or("environment variable");
    format!("a secret is not written into this file: name {}", such_as(title, shape))
}

/// `a path such as ~/.kube/config or /etc/tacklebox/token`
fn such_as(title: &str, shape: Shape) -> String {
    let article = if title.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let examples = shape.examples().into_iter().take(2).collect::<Vec<_>>().join(" or ");
    format!("{article} {title} such as {examples}")
}

fn not_what_it_should_be(value: &Value, shape: Shape) -> String {
    let words = shape.words();
    let written = written(value, shape);
    if !words.is_empty() {
        let meant = value.as_str().and_then(|it| nearest(it, words.iter().copied()));
        let meant = meant.map_or_else(String::new, |it| format!("; did you mean {it}?"));
        return format!("{written} is not one of {}{meant}", words.join(", "));
    }
    let null = if shape.types().contains(&"null") { ", or null" } else { "" };
    let Some(title) = shape.title().filter(|_| !shape.examples().is_empty()) else {
        return format!("{written} is not {}{null}", type_name(shape));
    };
    format!("{written} is not {}{null}", such_as(title, shape))
}

/// Scalars as they are, the rest by its kind. A text in the place of a section that names secrets may be one of them.
fn written(value: &Value, shape: Shape) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a section".to_owned(),
        Value::String(_) | Value::Number(_) if shape.has_secrets() => {
            "what is written here".to_owned()
        }
        Value::String(text) => Value::from(without_password(text)).to_string(),
        scalar => scalar.to_string(),
    }
}

/// `https://ann:s3cret@chat.example.com` has a password before its `@`.
fn without_password(text: &str) -> Cow<'_, str> {
    match text.rsplit_once('@') {
        Some((before, host)) if before.contains(':') => Cow::Owned(format!("…@{host}")),
        _ => Cow::Borrowed(text),
    }
}

fn type_name(shape: Shape) -> &'static str {
    match shape.types().first() {
        Some(&"boolean") => "true or false",
        Some(&"integer") => "a whole number",
        Some(&"array") => "a list, such as [a, b]",
        Some(&"object") => "a section of keys and values",
        _ => "text",
    }
}

//! The fields that say which object it is.

use super::{
    node::{Content, Node, Place},
    yaml::TEMPLATE,
};
use crate::{
    nearest::nearest,
    toolsets::kubernetes::{
        few::briefly,
        targets::{check_name, check_namespace},
    },
};

type Checked = Result<Option<String>, (Place, String)>;

/// The fields of objects whose values are texts, whatever they look like.
const TEXTS: [(&str, &str); 2] = [("metadata", "labels"), ("metadata", "annotations")];

pub(super) fn api_version(node: &Node) -> Checked {
    let (value, place) = required(node, "apiVersion", "such as v1 or apps/v1")?;
    let is_word = |it: &str| {
        let is_part =
            |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-.".contains(&it);
        it.bytes().all(is_part) && it.starts_with(|it: char| it.is_ascii_alphanumeric())
    };
    let is_sound = match value.split_once('/') {
        Some((group, version)) => is_word(group) && is_word(version),
        None => is_word(value),
    };
    if is_sound && value.len() <= 253 {
        return Ok(Some(value.to_owned()));
    }
    Err((place, shaped("apiVersion", value, "group/version or v1")))
}

pub(super) fn kind(node: &Node) -> Checked {
    let (value, place) = required(node, "kind", "such as Deployment")?;
    let is_sound = value.bytes().all(|it| it.is_ascii_alphanumeric())
        && value.starts_with(|it: char| it.is_ascii_alphabetic());
    if is_sound && value.len() <= 63 {
        return Ok(Some(value.to_owned()));
    }
    Err((place, shaped("kind", value, "one word of letters and digits")))
}

pub(super) fn name(node: &Node) -> Checked {
    let Some(metadata) = node.get("metadata") else {
        return Err((node.place, lacks(node, "metadata", "with a name in it")));
    };
    if !matches!(metadata.content, Content::Fields(_)) {
        let problem = format!("`metadata`: a mapping is expected, and this is {}", metadata.what());
        return Err((metadata.place, problem));
    }
    if metadata.get("name").is_none_or(Node::is_null) && metadata.get("generateName").is_some() {
        let problem = "`metadata.generateName` is no use, since an apply needs to know the object: give `metadata.name`";
        return Err((metadata.place, problem.to_owned()));
    }
    let Some(name) = metadata.get("name").filter(|it| !it.is_null()) else {
        let problem = "`metadata.name` is missing: an apply needs to know the object";
        return Err((metadata.place, problem.to_owned()));
    };
    let value = text("metadata.name", name)?;
    if value.contains("{{") {
        return Err((name.place, format!("`metadata.name`: {TEMPLATE}")));
    }
    let checked = check_name("metadata.name", value).and_then(|()| {
        let is_flag = value.starts_with('-');
        let problem = || format!("`metadata.name`: {value:?} begins with `-`, as no name does");
        if is_flag { Err(problem()) } else { Ok(()) }
    });
    checked.map(|()| Some(value.to_owned())).map_err(|it| (name.place, it))
}

/// `None` if it has none.
pub(super) fn namespace(node: &Node) -> Checked {
    let namespace = node.get("metadata").and_then(|it| it.get("namespace"));
    let Some(namespace) = namespace.filter(|it| !it.is_null()) else { return Ok(None) };
    let value = text("metadata.namespace", namespace)?;
    if value.is_empty() {
        return Ok(None);
    }
    if value.contains("{{") {
        return Err((namespace.place, format!("`metadata.namespace`: {TEMPLATE}")));
    }
    let checked = check_namespace("metadata.namespace", value);
    checked.map(|()| Some(value.to_owned())).map_err(|it| (namespace.place, it))
}

/// What is no text where only texts can be: labels, annotations, the data of a `ConfigMap` or a Secret.
pub(super) fn texts(node: &Node) -> Vec<(Place, String)> {
    let inside = |(outer, inner): (&str, &str)| {
        Some((format!("{outer}.{inner}"), node.get(outer)?.get(inner)?))
    };
    let mut maps: Vec<_> = TEXTS.into_iter().filter_map(inside).collect();
    let kind = node.get("kind").and_then(Node::text).unwrap_or_default();
    if node.get("apiVersion").and_then(Node::text) == Some("v1")
        && matches!(kind, "ConfigMap" | "Secret")
    {
        let parts = ["data", "stringData", "binaryData"];
        maps.extend(parts.into_iter().filter_map(|it| Some((it.to_owned(), node.get(it)?))));
    }
    maps.iter().flat_map(|(path, map)| wrong_texts(path, map)).collect()
}

fn wrong_texts(path: &str, map: &Node) -> Vec<(Place, String)> {
    // The API server would quote it whole, and it may be a secret.
    if !matches!(map.content, Content::Fields(_) | Content::Null) {
        let what = map.what();
        let problem = format!("`{path}`: {what}, where a mapping of keys to texts is expected");
        return vec![(map.place, problem)];
    }
    let wrong = map.fields().iter().filter(|(_, it)| it.text().is_none() && !it.is_null());
    wrong
        .map(|(key, value)| {
            let path = format!("{path}.{}", briefly(&key.name));
            (value.place, not_text(&path, value))
        })
        .collect()
}

/// A text that must be there.
fn required<'a>(
    node: &'a Node,
    name: &str,
    example: &str,
) -> Result<(&'a str, Place), (Place, String)> {
    let Some(value) = node.get(name).filter(|it| !it.is_null()) else {
        return Err((node.place, lacks(node, name, example)));
    };
    let text = text(name, value)?;
    if text.is_empty() {
        return Err((value.place, format!("`{name}` is empty: write it, {example}")));
    }
    Ok((text, value.place))
}

fn text<'a>(path: &str, value: &'a Node) -> Result<&'a str, (Place, String)> {
    value.text().ok_or_else(|| (value.place, not_text(path, value)))
}

fn not_text(path: &str, value: &Node) -> String {
    let what = value.what();
    match value.content {
        Content::Number(_) | Content::Bool(_) => {
            format!("`{path}`: {what}, where a text is expected: put it in quotes")
        }
        _ => format!("`{path}`: {what}, where a text is expected"),
    }
}

fn lacks(node: &Node, name: &str, example: &str) -> String {
    let names = node.fields().iter().map(|(key, _)| key.name.as_str());
    let meant = nearest(name, names.filter(|it| *it != name));
    let meant = meant.map_or_else(String::new, |it| format!("; `{}` is not it", briefly(it)));
    format!("`{name}` is missing: add it, {example}{meant}")
}

fn shaped(path: &str, value: &str, shape: &str) -> String {
    if value.contains("{{") {
        return format!("`{path}`: {TEMPLATE}");
    }
    format!("`{path}`: {:?} is none: {shape} is expected", briefly(value))
}

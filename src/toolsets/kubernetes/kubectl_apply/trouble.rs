//! All that speaks against a manifest, each with the document that it is about.

use std::{collections::HashMap, fmt};

use super::intent::Intent;
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{address::Address, documents::Document, few::few, field::text},
};

/// How many documents are named that have one problem in common.
const MOST_NAMED: usize = 10;

/// A document, as errors and previews call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    place: Place,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// That stands for an apply set.
    Set,
    /// Which one of a manifest, and its line, from 1.
    Document(usize, usize),
    /// Nobody wrote it: it was made from what was asked for.
    Made,
}

impl Who {
    pub(super) fn of(document: &Document) -> Self {
        let object = &document.object;
        let name = format!("{} {}", text(object, "/kind"), text(object, "/metadata/name"));
        let place = match document.index {
            0 => Place::Made,
            index => Place::Document(index, document.line),
        };
        Self { place, name }
    }

    pub(super) fn set(address: &Address) -> Self {
        Self { place: Place::Set, name: address.to_string() }
    }

    pub(super) fn at(self, address: &Address) -> Self {
        Self { name: address.to_string(), ..self }
    }

    /// The same text about whatever object.
    fn left_out(&self, text: &str) -> String {
        let text = text.replace(&self.name, "it");
        // As requests name it: `configmaps a in namespace shop`.
        match self.name.split_once('/').filter(|it| it.1.contains(" in namespace ")) {
            Some((_, place)) => text.replace(&format!(" {place}"), ""),
            None => text,
        }
    }

    pub(super) fn is_set(&self) -> bool {
        self.place == Place::Set
    }
}

/// `document 2, line 7 (configmap/a in namespace shop)`
impl fmt::Display for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Document(index, line) => {
                write!(out, "document {index}, line {line} ({})", self.name)
            }
            Place::Set => write!(out, "`apply_set` ({})", self.name),
            Place::Made => out.write_str(&self.name),
        }
    }
}

#[derive(Default)]
pub(super) struct Troubles {
    all: Vec<(Vec<Who>, ToolError)>,
    /// Whether the objects are named elsewhere, so that a cause need not name each.
    is_brief: bool,
}

impl Troubles {
    pub(super) fn brief() -> Self {
        Self { is_brief: true, ..Self::default() }
    }

    /// What is the same for several documents is told once.
    pub(super) fn add(&mut self, who: &Who, error: ToolError) {
        let is_brief = self.is_brief;
        let said = |who: &Who, error: &ToolError| {
            let text = error.to_string();
            if is_brief { who.left_out(&text) } else { text }
        };
        let text = said(who, &error);
        let is_same = |(known, error): &&mut (Vec<Who>, ToolError)| {
            known.first().is_some_and(|it| said(it, error) == text)
        };
        match self.all.iter_mut().find(is_same) {
            Some((known, told)) => {
                known.push(who.clone());
                if is_brief {
                    *told = error.rewritten(|it| who.left_out(it));
                }
            }
            None => self.all.push((vec![who.clone()], error)),
        }
    }

    /// One object can be meant by two documents: one with its namespace, and one without.
    pub(super) fn add_twins(&mut self, intents: &[Intent]) {
        let mut known: HashMap<(&str, &str, Option<&str>, &str), &Who> = HashMap::new();
        for Intent { who, address, .. } in intents {
            let Address { resource, namespace, name } = address;
            let identity = (&*resource.group, &*resource.plural, namespace.as_deref(), &**name);
            if let Some(first) = known.insert(identity, who) {
                let problem = format!("the same object as in {first}: keep one of them");
                self.add(who, ToolError::invalid(problem));
            }
        }
    }

    /// Errors of one sort stay of that sort, which says what to do next.
    pub(super) fn none(self) -> Result<(), ToolError> {
        let Self { all: mut troubles, is_brief } = self;
        troubles.sort_by_key(|(who, _)| who.first().map(|it| it.place));
        let Some((_, first)) = troubles.first() else { return Ok(()) };
        let label = first.label();
        let is_mixed = troubles.iter().any(|it| it.1.label() != label);
        let told = troubles.iter().flat_map(|(who, error)| match who.as_slice() {
            [_, _, ..] if is_brief => told(&places(who), error, is_mixed),
            _ => told(&named(who, error), error, is_mixed),
        });
        let told: Vec<String> = told.collect();
        let sort: fn(String) -> ToolError = match first {
            _ if is_mixed => return Err(ToolError::InvalidArguments(told)),
            ToolError::Refused(_) => ToolError::Refused,
            ToolError::NotFound(_) => ToolError::NotFound,
            ToolError::Conflict(_) => ToolError::Conflict,
            ToolError::Unavailable(_) => ToolError::Unavailable,
            ToolError::Busy(_) => ToolError::Busy,
            ToolError::Failed(_) => ToolError::Failed,
            _ => return Err(ToolError::InvalidArguments(told)),
        };
        Err(sort(told.join("; ")))
    }
}

/// `documents 9, 10, 11 and 7 more`
fn places(who: &[Who]) -> String {
    let places = who.iter().map(|it| match it.place {
        Place::Document(index, _) => index.to_string(),
        Place::Set => "`apply_set`".to_owned(),
        Place::Made => it.name.clone(),
    });
    let places: Vec<String> = places.collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    format!("documents {}", few(&places, MOST_NAMED))
}

fn named(who: &[Who], error: &ToolError) -> String {
    // Some errors name the object themselves.
    let text = error.to_string();
    let who: Vec<String> = who
        .iter()
        .map(|it| match it.place {
            Place::Document(index, line) if text.contains(&it.name) => {
                format!("document {index}, line {line}")
            }
            _ => it.to_string(),
        })
        .collect();
    few(&who.iter().map(String::as_str).collect::<Vec<_>>(), MOST_NAMED)
}

fn told(who: &str, error: &ToolError, is_mixed: bool) -> Vec<String> {
    match error {
        ToolError::InvalidArguments(problems) => {
            problems.iter().map(|it| format!("{who}: {it}")).collect()
        }
        _ if is_mixed => vec![format!("{who}: {error}")],
        _ => {
            let text = error.to_string();
            let text = text.split_once(": ").map_or(text.as_str(), |it| it.1);
            vec![format!("{who}: {text}")]
        }
    }
}

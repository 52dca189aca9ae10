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
    /// From 1; none for the object that stands for an apply set.
    place: Option<(usize, usize)>,
    name: String,
}

impl Who {
    pub(super) fn of(document: &Document) -> Self {
        let object = &document.object;
        let name = format!("{} {}", text(object, "/kind"), text(object, "/metadata/name"));
        Self { place: Some((document.index, document.line)), name }
    }

    pub(super) fn set(address: &Address) -> Self {
        Self { place: None, name: address.to_string() }
    }

    pub(super) fn at(self, address: &Address) -> Self {
        Self { name: address.to_string(), ..self }
    }

    pub(super) fn is_set(&self) -> bool {
        self.place.is_none()
    }
}

/// `document 2, line 7 (configmap/a in namespace shop)`
impl fmt::Display for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((index, line)) => write!(out, "document {index}, line {line} ({})", self.name),
            None => write!(out, "`apply_set` ({})", self.name),
        }
    }
}

#[derive(Default)]
pub(super) struct Troubles(Vec<(Vec<Who>, ToolError)>);

impl Troubles {
    /// What is the same for several documents is told once.
    pub(super) fn add(&mut self, who: &Who, error: ToolError) {
        let text = error.to_string();
        match self.0.iter_mut().find(|it| it.1.to_string() == text) {
            Some((known, _)) => known.push(who.clone()),
            None => self.0.push((vec![who.clone()], error)),
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
        let Self(mut troubles) = self;
        troubles.sort_by_key(|(who, _)| who.first().map(|it| it.place));
        let Some((_, first)) = troubles.first() else { return Ok(()) };
        let label = first.label();
        let is_mixed = troubles.iter().any(|it| it.1.label() != label);
        let told: Vec<String> =
            troubles.iter().flat_map(|(who, error)| told(who, error, is_mixed)).collect();
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

fn told(who: &[Who], error: &ToolError, is_mixed: bool) -> Vec<String> {
    // Some errors name the object themselves.
    let text = error.to_string();
    let who: Vec<String> = who
        .iter()
        .map(|it| match it.place {
            Some((index, line)) if text.contains(&it.name) => {
                format!("document {index}, line {line}")
            }
            _ => it.to_string(),
        })
        .collect();
    let who = few(&who.iter().map(String::as_str).collect::<Vec<_>>(), MOST_NAMED);
    match error {
        ToolError::InvalidArguments(problems) => {
            problems.iter().map(|it| format!("{who}: {it}")).collect()
        }
        _ if is_mixed => vec![format!("{who}: {error}")],
        _ => {
            let text = text.split_once(": ").map_or(text.as_str(), |it| it.1);
            vec![format!("{who}: {text}")]
        }
    }
}

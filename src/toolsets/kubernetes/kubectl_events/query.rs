//! What a call asks for, once every argument has been checked.

use jiff::Timestamp;
use regex::Regex;

use super::{KubectlEvents, event::Event};
use crate::{
    nearest::nearest,
    output::Redactor,
    tool::ToolError,
    toolsets::kubernetes::{problems::Problems, time},
};

/// Rows of an answer, where nobody says how many.
const USUAL_ROWS: usize = 100;
const TYPES: [&str; 2] = ["Normal", "Warning"];

pub(super) struct Query {
    /// As the API server writes it.
    pub(super) r#type: Option<&'static str>,
    /// In small letters; any when empty.
    reasons: Vec<String>,
    since: Option<Timestamp>,
    grep: Option<Regex>,
    pub(super) limit: usize,
}

impl KubectlEvents {
    /// All that is wrong with the arguments, at once.
    pub(super) fn check(&self, now: Timestamp) -> Result<Query, ToolError> {
        let mut problems = Problems::default();
        let since = self.since.as_ref().map(|it| time::past("since", it, now)).transpose();
        let kind = self.r#type.as_ref().map(|it| known_type(it)).transpose();
        let reasons = self.reason.iter().flat_map(|it| it.split([',', ' ']));
        let query = Query {
            r#type: problems.keep(kind).flatten(),
            reasons: reasons.filter(|it| !it.is_empty()).map(str::to_ascii_lowercase).collect(),
            since: problems.keep(since).flatten(),
            grep: problems.pattern("grep", self.grep.as_deref()),
            limit: self.limit.map_or(USUAL_ROWS, |it| it as usize),
        };
        problems.names(self.namespace.as_deref(), None);
        problems.unless(self.limit != Some(0), "`limit`: 0 would show nothing");
        problems.unless(
            self.namespace.is_none() || self.all_namespaces != Some(true),
            "`namespace` and `all_namespaces` exclude each other",
        );
        problems.none()?;
        Ok(query)
    }
}

impl Query {
    /// Whether an event is one that was asked for. A pattern sees what the answer would show, and nothing behind it.
    pub(super) fn takes(&self, event: &Event, redactor: &Redactor) -> bool {
        let is_reason = |it: &String| event.reason.eq_ignore_ascii_case(it);
        let is_new = self.since.is_none_or(|since| event.last().is_some_and(|it| it >= since));
        let is_like = |it: &Regex| it.is_match(&redactor.text(&event.row()));
        (self.reasons.is_empty() || self.reasons.iter().any(is_reason))
            && is_new
            && self.r#type.is_none_or(|it| event.r#type == it)
            && self.grep.as_ref().is_none_or(is_like)
    }

    /// Whether events are left out for what they say.
    pub(super) fn picks(&self) -> bool {
        self.r#type.is_some()
            || !self.reasons.is_empty()
            || self.since.is_some()
            || self.grep.is_some()
    }
}

fn known_type(text: &str) -> Result<&'static str, String> {
    let known = TYPES.into_iter().find(|it| it.eq_ignore_ascii_case(text.trim()));
    known.ok_or_else(|| {
        let hint =
            nearest(text, TYPES).map(|it| format!("did you mean {it}? ")).unwrap_or_default();
        format!("`type`: no type {text:?}: {hint}known are {}", TYPES.join(", "))
    })
}

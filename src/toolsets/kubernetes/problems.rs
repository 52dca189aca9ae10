//! All that is wrong with the arguments of a call, told at once.

use regex::Regex;

use super::{
    pattern::pattern,
    selector,
    targets::{means_all, misnamed},
};
use crate::tool::ToolError;

#[derive(Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    /// The value, or none and a problem more.
    pub(super) fn keep<T>(&mut self, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|it| self.0.push(it)).ok()
    }

    /// The same of something that can be wrong in several ways.
    pub(super) fn keep_all<T>(&mut self, outcome: Result<T, Vec<String>>) -> Option<T> {
        outcome.map_err(|it| self.0.extend(it)).ok()
    }

    /// A rule that was broken.
    pub(super) fn unless(&mut self, holds: bool, problem: &str) {
        if !holds {
            self.0.push(problem.to_owned());
        }
    }

    pub(super) fn pattern(&mut self, argument: &str, text: Option<&str>) -> Option<Regex> {
        self.keep(pattern(argument, text?))
    }

    pub(super) fn labels(&mut self, argument: &str, text: Option<&str>) -> Option<String> {
        let text = text?;
        let checked = selector::check_labels(text).map_err(|it| it.told(argument, text));
        self.keep(checked).map(|()| text.to_owned())
    }

    pub(super) fn fields(&mut self, argument: &str, text: Option<&str>) {
        let mistake = text.and_then(|it| Some((it, selector::check_fields(it).err()?)));
        self.0.extend(mistake.map(|(text, it)| it.told(argument, text)));
    }

    /// What is changed is in one namespace.
    pub(super) fn one_namespace(&mut self, namespace: Option<&str>) {
        let is_one = namespace.is_none_or(|it| !means_all(it));
        self.unless(is_one, "`namespace`: one at a time: name it");
    }

    /// What is wrong with the namespace and the names that a call gives.
    pub(super) fn names(&mut self, namespace: Option<&str>, names: Option<&str>) {
        self.0.extend(misnamed(namespace, names));
    }

    pub(super) fn none(self) -> Result<(), ToolError> {
        if self.0.is_empty() { Ok(()) } else { Err(ToolError::InvalidArguments(self.0)) }
    }
}

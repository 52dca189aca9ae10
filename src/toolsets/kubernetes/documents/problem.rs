//! What is wrong with a manifest, and where.

use super::node::Place;

/// More than these are not collected: whoever corrects them asks again.
const MOST: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) place: Option<Place>,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn at(place: Place, message: impl Into<String>) -> Self {
        Self { place: Some(place), message: message.into() }
    }

    /// Of a text that is one document.
    pub(super) fn told_of(&self, argument: &str) -> String {
        let message = &self.message;
        match self.place {
            Some(Place { line, column }) => {
                format!("`{argument}`: line {line}, column {column}: {message}")
            }
            None => format!("`{argument}`: {message}"),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Problems(Vec<(usize, Problem)>);

impl Problems {
    /// About the document with that number.
    pub(super) fn push(&mut self, document: usize, problem: Problem) {
        let problem = (document, problem);
        if self.0.len() < MOST && !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    pub(super) fn at(&mut self, document: usize, place: Place, message: impl Into<String>) {
        self.push(document, Problem::at(place, message));
    }

    /// About all of it.
    pub(super) fn general(&mut self, message: String) {
        self.push(usize::MAX, Problem { place: None, message });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of a text that is one document.
    pub(super) fn told_of(&self, argument: &str) -> Vec<String> {
        self.0.iter().map(|(_, it)| it.told_of(argument)).collect()
    }

    /// In the order of the text.
    pub(super) fn told(mut self) -> Vec<String> {
        self.0.sort_by_key(|(document, it)| (*document, it.place));
        self.0.into_iter().map(|(document, it)| told(document, &it)).collect()
    }
}

fn told(document: usize, problem: &Problem) -> String {
    let message = &problem.message;
    match problem.place {
        Some(Place { line, column }) => {
            format!("`manifest`: document {document}, line {line}, column {column}: {message}")
        }
        None if document == usize::MAX => format!("`manifest`: {message}"),
        None => format!("`manifest`: document {document}: {message}"),
    }
}

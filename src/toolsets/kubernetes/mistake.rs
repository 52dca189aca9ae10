//! A slip in a text that the caller wrote, and where it is.

/// What is wrong with a selector or a path, at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) at: usize,
    pub(super) problem: String,
}

impl Mistake {
    pub(super) fn new(at: usize, problem: impl Into<String>) -> Self {
        Self { at, problem: problem.into() }
    }

    /// One line that points at the place: `app=»=x`.
    pub(super) fn told(&self, argument: &str, text: &str) -> String {
        let (before, after) = text.split_at_checked(self.at).unwrap_or((text, ""));
        let character = before.chars().count() + 1;
        format!("`{argument}`: {} at character {character}: {before}»{after}", self.problem)
    }
}

use std::fmt;

use crate::tree::{Node, Place, Step, Steps};

/// Everything that is wrong with a configuration, in the order of the text. Never empty.
///
/// `Display` gives each problem a line of its own: `tacklebox.yml:7:3: unknown key policy.mod: did you mean mode?`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    name: String,
    list: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub place: Option<Place>,
    pub message: String,
}

impl Problem {
    /// About the file as a whole.
    pub(super) fn general(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into() }
    }

    pub(super) fn at(place: Place, message: impl Into<String>) -> Self {
        Self { place: Some(place), message: message.into() }
    }

    /// About the value at the end of those steps.
    pub(super) fn about(tree: &Node, steps: &[Step], message: impl fmt::Display) -> Self {
        let place = tree.place_of(steps);
        if steps.is_empty() {
            return Self::at(place, message.to_string());
        }
        Self::at(place, format!("{}: {message}", Steps(steps)))
    }
}

impl Problems {
    /// `name` is what the file is called in every line.
    pub(super) fn new(name: &str, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|it| it.place);
        list.dedup();
        Self { name: name.to_owned(), list }
    }

    pub(super) fn one(name: &str, problem: Problem) -> Self {
        Self::new(name, vec![problem])
    }

    /// The same for a text that nobody can look into: without lines and columns.
    pub(super) fn without_places(mut self) -> Self {
        self.list.iter_mut().for_each(|it| it.place = None);
        self
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.list.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            f.write_str(&self.name)?;
            if let Some(Place { line, column }) = problem.place {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": {}", problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

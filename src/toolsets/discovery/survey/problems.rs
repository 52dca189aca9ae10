//! What keeps a round from seeing all there is.

use std::collections::BTreeSet;

use super::state::Part;

/// So many namespaces are named.
const NAMED: usize = 5;

#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

struct Problem {
    about: Part,
    told: String,
    grade: Grade,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// It may not be seen: all there is to see is whole without it.
    Forbidden,
    /// It cannot be seen at the moment.
    Trouble,
    /// What happens there may go unnoticed from now on, until it is read anew.
    Lost,
}

impl Problems {
    /// Of two about the same part, the newer one counts.
    pub(super) fn add(&mut self, about: Part, grade: Grade, told: String) {
        self.solved(&about);
        self.0.push(Problem { about, told, grade });
    }

    pub(super) fn solved(&mut self, part: &Part) {
        self.0.retain(|it| it.about != *part);
    }

    /// Takes over the trouble that the last round had with these parts: nobody has said that it is solved.
    pub(super) fn carry(&mut self, last: Self, parts: &[Part]) {
        let is_trouble = |it: &Problem| it.grade != Grade::Forbidden && parts.contains(&it.about);
        let trouble = last.0.into_iter().filter(is_trouble);
        self.0.extend(trouble.map(|it| Problem { grade: Grade::Trouble, ..it }));
    }

    pub(super) fn forbidden(&self) -> BTreeSet<Part> {
        self.of(Grade::Forbidden).map(|it| it.about.clone()).collect()
    }

    pub(super) fn is_anything_lost(&self) -> bool {
        self.of(Grade::Lost).next().is_some()
    }

    /// What may be over soon.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.0.iter().find(|it| it.grade != Grade::Forbidden).map(|it| it.told.as_str())
    }

    fn of(&self, grade: Grade) -> impl Iterator<Item = &Problem> {
        self.0.iter().filter(move |it| it.grade == grade)
    }

    /// For people. Namespaces that may not be seen are one sentence, however many they are.
    pub(super) fn told(&self) -> Vec<String> {
        let mut denied: Vec<&str> =
            self.of(Grade::Forbidden).filter_map(|it| it.about.as_deref()).collect();
        denied.sort_unstable();
        let others = self.0.iter().filter(|it| it.grade != Grade::Forbidden || it.about.is_none());
        let others = others.map(|it| it.told.clone());
        (!denied.is_empty()).then(|| denied_in(&denied)).into_iter().chain(others).collect()
    }
}

fn denied_in(namespaces: &[&str]) -> String {
    let named = namespaces.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = match namespaces.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("services may not be listed in {named}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "all of them is a part as well")]
    fn about(namespace: &str) -> Part {
        Some(namespace.into())
    }

    #[test]
    fn namespaces_that_may_not_be_seen_are_one_sentence() {
        let mut problems = Problems::default();
        for namespace in ["g", "f", "e", "d", "c", "b", "a"] {
            problems.add(about(namespace), Grade::Forbidden, String::new());
        }
        problems.add(None, Grade::Trouble, "it is down".to_owned());
        assert_eq!(
            problems.told(),
            ["services may not be listed in a, b, c, d, e and 2 more", "it is down"]
        );
    }

    #[test]
    fn what_is_forbidden_is_found_out_anew_and_trouble_goes_on_until_it_is_solved() {
        let mut problems = Problems::default();
        problems.add(about("a"), Grade::Forbidden, "denied".to_owned());
        problems.add(about("b"), Grade::Lost, "broken off".to_owned());
        problems.add(about("left"), Grade::Lost, "broken off".to_owned());
        assert!(problems.is_anything_lost());
        let last = std::mem::take(&mut problems);
        problems.carry(last, &[about("a"), about("b")]);
        assert_eq!(
            (problems.told(), problems.trouble()),
            (vec!["broken off".to_owned()], Some("broken off"))
        );
        assert!(!problems.is_anything_lost());
        problems.solved(&about("b"));
        assert_eq!(problems.told(), Vec::<String>::new());
    }
}

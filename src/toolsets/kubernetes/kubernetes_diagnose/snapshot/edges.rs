//! Who needs whom, and how to go along it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::toolsets::kubernetes::kubernetes_diagnose::subject::Subject;

/// From each thing to what it needs.
#[derive(Debug, Default)]
pub(crate) struct Edges(BTreeMap<Subject, BTreeSet<Subject>>);

impl Edges {
    pub(super) fn add(&mut self, from: &Subject, to: Subject) {
        if *from != to {
            self.0.entry(from.clone()).or_default().insert(to);
        }
    }

    pub(super) fn add_all(&mut self, from: &Subject, to: impl IntoIterator<Item = Subject>) {
        to.into_iter().for_each(|it| self.add(from, it));
    }

    pub(super) fn from(&self, subject: &Subject) -> Vec<Subject> {
        self.0.get(subject).into_iter().flatten().cloned().collect()
    }

    /// From each thing to who needs it.
    pub(super) fn turned(&self) -> Self {
        let mut turned = Self::default();
        let all = self.0.iter().flat_map(|(from, to)| to.iter().map(move |it| (from, it)));
        all.for_each(|(from, to)| turned.add(to, from.clone()));
        turned
    }

    /// Everything that a thing needs, itself included.
    pub(crate) fn needed_by(&self, subject: &Subject) -> BTreeSet<Subject> {
        let mut reached = BTreeMap::from([(subject.clone(), 0)]);
        walk(subject, &mut reached, |it| self.from(it));
        reached.into_keys().collect()
    }
}

/// Breadth first; what is known already keeps its distance.
pub(super) fn walk(
    from: &Subject,
    distances: &mut BTreeMap<Subject, usize>,
    next: impl Fn(&Subject) -> Vec<Subject>,
) {
    let mut queue = VecDeque::from([(from.clone(), 0)]);
    while let Some((subject, steps)) = queue.pop_front() {
        for reached in next(&subject) {
            if !distances.contains_key(&reached) {
                distances.insert(reached.clone(), steps + 1);
                queue.push_back((reached, steps + 1));
            }
        }
    }
}

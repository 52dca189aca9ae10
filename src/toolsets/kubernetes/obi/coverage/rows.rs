//! What becomes of the pods, counted by workload, however many there are.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    super::{
        pods::{Pod, Standing},
        seen::is_obi,
    },
    Covered, Said,
};
use crate::{obi::target::Selection, output::Table};

/// What becomes of a pod; what somebody may have to do something about comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Uncovered,
    Unknown,
    Instrumented,
    Chosen,
    Excluded,
    NotChosen,
    NotRunning,
}

impl State {
    const ALL: [Self; 7] = [
        Self::Uncovered,
        Self::Unknown,
        Self::Instrumented,
        Self::Chosen,
        Self::Excluded,
        Self::NotChosen,
        Self::NotRunning,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Uncovered => "uncovered",
            Self::Unknown => "cannot tell",
            Self::Instrumented => "instrumented",
            Self::Chosen => "selected",
            Self::Excluded => "excluded",
            Self::NotChosen => "not selected",
            Self::NotRunning => "not running",
        }
    }
}

/// One kind of pods of a workload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    state: State,
    namespace: String,
    workload: String,
    by: String,
    why: String,
}

/// More kinds than these are only counted.
const MOST_KINDS: usize = 5_000;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    kinds: BTreeMap<Kind, usize>,
    states: BTreeMap<State, usize>,
    pods: usize,
}

/// What all pods are judged by.
pub(crate) struct Judge<'a> {
    pub(crate) selection: &'a Selection,
    pub(crate) covered: &'a Covered,
    pub(crate) said: &'a Said,
    pub(crate) now: Timestamp,
}

impl Judge<'_> {
    /// The best that becomes of any of its containers.
    fn of(&self, pod: &Pod) -> (State, String, String) {
        let containers = pod.staying().filter(|it| !is_obi(&it.image));
        let standings = containers.map(|it| pod.standing(it, self.selection, self.now));
        let best = standings.min_by_key(rank).unwrap_or(Standing::NotChosen);
        if pod.spec.node_name.is_empty() || pod.status.phase != "Running" {
            return (State::NotRunning, String::new(), pod.status.phase.clone());
        }
        match best {
            Standing::NotChosen => (State::NotChosen, String::new(), String::new()),
            Standing::Excluded(rule) => (State::Excluded, rule.to_string(), String::new()),
            Standing::Unknown(why) => (State::Unknown, String::new(), why.join("; ")),
            Standing::Chosen(rule, doubts) => {
                let rule = rule.to_string();
                if let Some(gap) = self.covered.gap(&pod.spec.node_name) {
                    return (State::Uncovered, rule, gap);
                }
                let is_seen = self.said.names(pod);
                let state = if is_seen { State::Instrumented } else { State::Chosen };
                (state, rule, doubts.join("; "))
            }
        }
    }
}

fn rank(standing: &Standing) -> u8 {
    match standing {
        Standing::Chosen(_, doubts) if doubts.is_empty() => 0,
        Standing::Chosen(..) => 1,
        Standing::Unknown(_) => 2,
        Standing::Excluded(_) => 3,
        Standing::NotChosen => 4,
    }
}

impl Tally {
    /// Pods that are OBI's own count for nothing.
    pub(crate) fn add(&mut self, pod: &Pod, judge: &Judge<'_>) {
        if pod.staying().all(|it| is_obi(&it.image)) {
            return;
        }
        let (state, by, why) = judge.of(pod);
        self.pods += 1;
        *self.states.entry(state).or_default() += 1;
        let (namespace, workload) = (pod.metadata.namespace.clone(), pod.workload());
        let kind = Kind { state, namespace, workload, by, why };
        if self.kinds.len() < MOST_KINDS || self.kinds.contains_key(&kind) {
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pods == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// `12 pods: 3 uncovered, 9 selected`
    pub(crate) fn summary(&self) -> String {
        let told = self.states.iter().map(|(state, count)| format!("{count} {}", state.word()));
        format!("{} pods: {}", self.pods, told.collect::<Vec<_>>().join(", "))
    }

    /// A row for each kind of pods of a workload.
    pub(crate) fn by_workload(&self, most: usize) -> Table {
        let columns = ["NAMESPACE", "WORKLOAD", "PODS", "STATE", "BY", "WHY"];
        let rows = self.kinds.iter().take(most).map(|(kind, count)| {
            let Kind { state, namespace, workload, by, why } = kind;
            vec![
                namespace.clone(),
                workload.clone(),
                count.to_string(),
                state.word().to_owned(),
                by.clone(),
                why.clone(),
            ]
        });
        Table::new(columns.map(str::to_owned).to_vec(), rows.collect())
    }

    pub(crate) fn namespaces(&self) -> usize {
        self.by_name().len()
    }

    /// A row for each namespace, with how many pods are in which state.
    pub(crate) fn by_namespace(&self, most: usize) -> Table {
        let states: Vec<State> =
            State::ALL.into_iter().filter(|it| self.states.contains_key(it)).collect();
        let mut columns = vec!["NAMESPACE".to_owned()];
        columns.extend(states.iter().map(|it| it.word().to_uppercase()));
        let rows = self.by_name().into_iter().take(most).map(|(namespace, counts)| {
            let count = |it: &State| counts.get(it).copied().unwrap_or_default().to_string();
            let mut row = vec![namespace.to_owned()];
            row.extend(states.iter().map(count));
            row
        });
        Table::new(columns, rows.collect())
    }

    fn by_name(&self) -> BTreeMap<&str, BTreeMap<State, usize>> {
        let mut names: BTreeMap<&str, BTreeMap<State, usize>> = BTreeMap::new();
        for (kind, count) in &self.kinds {
            let counts = names.entry(&kind.namespace).or_default();
            *counts.entry(kind.state).or_default() += count;
        }
        names
    }
}

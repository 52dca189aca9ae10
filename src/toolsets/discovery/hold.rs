//! Whether a toolset may take the place of the one that stands: what it lacks may only be out of sight.

use std::collections::BTreeSet;

use super::{holmes::Document, snapshot::Snapshot};

/// So many rounds something that stands there is kept, although it is not seen.
const ROUNDS: u64 = 2;

/// Namespace and name of Services.
pub(super) type Services = BTreeSet<(String, String)>;

/// What keeps a document back, from round to round.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// The round in which it was held back first.
    since: Option<u64>,
}

impl Hold {
    /// Why it is kept back. Without an end it never is: what stays away is gone.
    ///
    /// `is_first` is that of a process which has written nothing yet, and to which a failure is the first thing that it ever saw
    /// of a Service.
    pub(super) fn keeps(
        &mut self,
        standing: &Services,
        document: &Document,
        snapshot: &Snapshot,
        is_first: bool,
    ) -> bool {
        let now = services(document);
        let is_doubtful = standing.difference(&now).any(|(namespace, name)| {
            let is_there = snapshot.found.iter().any(|it| {
                let place = &it.finding.place;
                place.namespace == *namespace && place.name == *name
            });
            if is_there { is_first } else { !snapshot.problems.is_empty() }
        });
        if !is_doubtful {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(snapshot.round);
        snapshot.round < since + ROUNDS
    }
}

/// Those of a document.
pub(super) fn services(document: &Document) -> Services {
    let tools = document.tools.iter();
    tools
        .filter_map(|it| Some((it.namespace.clone(), it.metadata.get("service")?.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(names: &[&str]) -> Services {
        names.iter().map(|it| ("a".to_owned(), (*it).to_owned())).collect()
    }

    fn round(number: u64, problems: &[&str]) -> Snapshot {
        let problems = problems.iter().map(|it| (*it).to_owned()).collect();
        Snapshot { round: number, problems, ..Snapshot::default() }
    }

    #[test]
    fn what_is_only_out_of_sight_is_kept_for_a_while() {
        let (mut hold, nothing) = (Hold::default(), Document::default());
        let grafana = standing(&["grafana"]);
        let blind = ["namespace a: its services may not be listed"];
        assert!(hold.keeps(&grafana, &nothing, &round(7, &blind), false));
        assert!(hold.keeps(&grafana, &nothing, &round(8, &blind), false));
        assert!(!hold.keeps(&grafana, &nothing, &round(9, &blind), false));
    }

    #[test]
    fn what_is_seen_to_be_gone_is_gone_at_once() {
        let grafana = standing(&["grafana"]);
        assert!(!Hold::default().keeps(&grafana, &Document::default(), &round(1, &[]), true));
    }

    #[test]
    fn what_was_published_is_read_from_the_document_itself() {
        let yaml = "toolsets: {kubernetes/core: {enabled: true}}\ntools:\n- {name: x, type: grafana, namespace: a, metadata: {service: grafana, health: ready}}\n";
        assert_eq!(services(&Document::published(yaml)), standing(&["grafana"]));
        assert_eq!(services(&Document::published("broken: [")), Services::new());
    }
}

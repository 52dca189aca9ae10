//! Several Services in front of the same pods are one service: which of them is kept.

use std::collections::{BTreeMap, HashMap};

use crate::toolsets::discovery::{
    finding::{Confidence, Finding},
    service::{Place, Reach, Service},
};

const COMPONENT: &str = "app.kubernetes.io/component";
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Which are not kept, and for the sake of which other one.
pub(in crate::toolsets::discovery) fn twins(
    found: &[(&Service, &Finding)],
) -> BTreeMap<Place, Place> {
    let mut families: BTreeMap<(&str, &str), Vec<(&Service, &Finding)>> = BTreeMap::new();
    for (service, finding) in found {
        let family = (service.place.namespace.as_str(), finding.detector.product.as_str());
        families.entry(family).or_default().push((service, finding));
    }
    families.into_values().filter(|it| it.len() > 1).flat_map(of_one_family).collect()
}

/// All of one namespace and one product. The best come first, and whatever is a twin of one that is kept goes.
fn of_one_family(mut family: Vec<(&Service, &Finding)>) -> Vec<(Place, Place)> {
    family.sort_by_cached_key(|(service, finding)| standing(service, finding));
    let mut kept = Kept::of(&family);
    let mut gone = Vec::new();
    for (service, finding) in family {
        match kept.twin(service, finding) {
            Some(other) => gone.push((service.place.clone(), other.place.clone())),
            None => kept.keep(service, finding),
        }
    }
    gone
}

/// A label that pods must have.
type Pair<'a> = (&'a String, &'a String);

/// Those of a family that are kept, found by what twins must have in common: whoever may make Services may make thousands, and to
/// compare each with each would take minutes. All of them have a selector, or they would not have been found.
#[derive(Default)]
struct Kept<'a> {
    services: Vec<&'a Service>,
    /// How many of the family select by it.
    counts: HashMap<Pair<'a>, usize>,
    selecting_by: HashMap<Pair<'a>, Vec<usize>>,
    /// By that of their pairs by which the fewest select.
    by_rarest: HashMap<Pair<'a>, Vec<usize>>,
    /// The best of each installation that can be asked.
    fronts: HashMap<&'a String, usize>,
}

impl<'a> Kept<'a> {
    fn of(family: &[(&'a Service, &Finding)]) -> Self {
        let mut kept = Self::default();
        for pair in family.iter().flat_map(|(service, _)| &service.selector) {
            *kept.counts.entry(pair).or_default() += 1;
        }
        kept
    }

    fn rarest(&self, service: &'a Service) -> Option<Pair<'a>> {
        service.selector.iter().min_by_key(|it| self.counts.get(it))
    }

    /// The best one that is there for the same.
    fn twin(&self, service: &'a Service, finding: &Finding) -> Option<&'a Service> {
        let larger = self.rarest(service).and_then(|it| self.selecting_by.get(&it));
        let smaller = service.selector.iter().filter_map(|it| self.by_rarest.get(&it));
        let likely = larger.into_iter().chain(smaller).flatten();
        let is_one =
            |it: &&usize| self.services.get(**it).is_some_and(|other| same_pods(other, service));
        let same_pods = likely.filter(is_one).min();
        let same_installation = installation(service, finding).and_then(|it| self.fronts.get(it));
        let first = same_pods.into_iter().chain(same_installation).min()?;
        self.services.get(*first).copied()
    }

    fn keep(&mut self, service: &'a Service, finding: &Finding) {
        let place = self.services.len();
        self.services.push(service);
        for pair in &service.selector {
            self.selecting_by.entry(pair).or_default().push(place);
        }
        if let Some(rarest) = self.rarest(service) {
            self.by_rarest.entry(rarest).or_default().push(place);
        }
        if let Some(installation) = installation(service, finding) {
            self.fronts.entry(installation).or_insert(place);
        }
    }
}

/// The installation of which it is a part that can be asked.
fn installation<'a>(service: &'a Service, finding: &Finding) -> Option<&'a String> {
    front(service, finding).and_then(|_| service.labels.get(INSTANCE))
}

/// The least is the best: the front of an installation, with an address of its own, known surely, not for members only, and the
/// shortest name of those.
type Standing = (usize, bool, std::cmp::Reverse<Confidence>, bool, usize, String);

fn standing(service: &Service, finding: &Finding) -> Standing {
    let name = &service.place.name;
    (
        front(service, finding).unwrap_or(usize::MAX),
        service.reach == Reach::Headless,
        std::cmp::Reverse(finding.confidence),
        name.contains("internal"),
        name.len(),
        name.clone(),
    )
}

/// Its place among the parts of an installation that can all be asked the same.
fn front(service: &Service, finding: &Finding) -> Option<usize> {
    let component = service.labels.get(COMPONENT).map_or("", String::as_str);
    finding.detector.fronts.iter().position(|it| it == component)
}

/// The same selector; of a headless one it is enough that one of both selects all that the other does.
fn same_pods(kept: &Service, other: &Service) -> bool {
    let includes = |all: &Service, part: &Service| {
        part.selector.iter().all(|(key, value)| all.selector.get(key) == Some(value))
    };
    if kept.reach == Reach::Headless || other.reach == Reach::Headless {
        return includes(kept, other) || includes(other, kept);
    }
    kept.selector == other.selector
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolsets::discovery::{
        matching::{CustomResources, Detectors},
        service::Port,
    };

    const LABELS: [(&str, &str); 5] =
        [("app", "grafana"), ("app", "other"), ("tier", "a"), ("tier", "b"), ("zone", "x")];

    fn service(number: usize) -> Service {
        let owned = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
        let is_chosen = |bit: &usize| number >> bit & 1 == 1;
        let selector = LABELS.iter().enumerate().filter(|(bit, _)| is_chosen(bit));
        let port = Port {
            name: Some("http".to_owned()),
            number: 3000,
            is_tcp: true,
            app_protocol: None,
            target: Some(3000),
            target_name: None,
        };
        Service {
            place: Place { namespace: "shop".to_owned(), name: format!("grafana-{number:02}") },
            labels: [owned(&("app", "grafana"))].into(),
            annotations: BTreeMap::new(),
            selector: selector.map(|(_, it)| owned(it)).collect(),
            ports: vec![port],
            reach: if is_chosen(&LABELS.len()) {
                Reach::Headless
            } else {
                Reach::ClusterIp(format!("10.96.0.{number}"))
            },
            owner: None,
        }
    }

    /// All selectors that some labels make, with an address and without.
    #[test]
    fn no_two_that_are_kept_are_twins_and_whatever_goes_is_one_of_a_kept() {
        let detectors = Detectors::embedded();
        let services: Vec<Service> = (0..2 << LABELS.len()).map(service).collect();
        let found: Vec<_> = services
            .iter()
            .filter_map(|it| Some((it, detectors.find(it, &CustomResources::default())?)))
            .collect();
        let pairs: Vec<_> = found.iter().map(|(it, finding)| (*it, finding)).collect();
        let gone = twins(&pairs);
        let of = |place: &Place| pairs.iter().find(|it| it.0.place == *place).unwrap().0;
        for (place, kept) in &gone {
            assert!(!gone.contains_key(kept) && same_pods(of(kept), of(place)), "{place}: {kept}");
        }
        let kept = pairs.iter().filter(|(it, _)| !gone.contains_key(&it.place));
        let kept: Vec<&Service> = kept.map(|(it, _)| *it).collect();
        for (index, one) in kept.iter().enumerate() {
            assert!(!kept[..index].iter().any(|it| same_pods(it, one)), "{}", one.place);
        }
        assert!(kept.len() > 10 && gone.len() > 10);
    }
}

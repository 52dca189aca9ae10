//! What is known of the Services of a cluster, and who is to be asked next. Pure: what happens is told, what follows is read.

mod resources;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
};

use crate::toolsets::discovery::{
    finding::{Finding, Found, Health},
    matching::{CustomResources, Detectors, Kind, Texts, twins},
    probe::{Known, Subject, after},
    service::{Place, Service},
    snapshot::Snapshot,
};

/// What happens in the part of the cluster that one watch sees: a namespace, or all of them.
#[derive(Debug)]
pub(super) enum News {
    /// All of it is told anew from now on.
    Begins,
    Is(Box<Service>),
    Gone(Place),
    /// Everything has been told.
    Complete,
    /// The pods behind it are others, or ready, or ready no more.
    Moved(Place),
    /// All that operators' own resources of one kind say. Those that say nothing are left out.
    All(Kind, BTreeMap<Place, Texts>),
    /// They may not be read; with what they are called in a right.
    Unread(Kind, String),
    /// What one of them says from now on; nothing if it is gone.
    One(Kind, Place, Texts),
}

/// A part of the cluster: one namespace, or all of them.
pub(super) type Part = Option<Arc<str>>;

pub(super) struct State {
    detectors: Arc<Detectors>,
    /// Every Service there is. What none of the rules fits, nearly all, is `None` and only a place.
    services: BTreeMap<Place, Option<Box<Matched>>>,
    /// Parts of which not everything has been told, with what has been.
    telling: BTreeMap<Part, BTreeMap<Place, Option<Box<Matched>>>>,
    /// Parts of which everything has been told once.
    told: BTreeSet<Part>,
    /// What operators' own resources say of where something lies.
    resources: Arc<CustomResources>,
    known: BTreeMap<Place, Known>,
    /// How that came about.
    steps: BTreeMap<Place, Vec<String>>,
    /// How many rounds have begun.
    rounds: u64,
    /// Those to ask next.
    due: BTreeSet<Place>,
    /// Those that are being asked, and in which turn.
    under_way: BTreeMap<Place, u64>,
    turns: u64,
    /// Those who have answered in this round: whoever changes again and again does not keep it from its end.
    heard: BTreeSet<Place>,
}

/// Those who are asked together.
pub(super) struct Turn {
    pub(super) number: u64,
    pub(super) subjects: Vec<Subject>,
}

#[derive(Debug, Clone, PartialEq)]
struct Matched {
    service: Arc<Service>,
    finding: Finding,
}

impl State {
    pub(super) fn new(detectors: Arc<Detectors>) -> Self {
        Self {
            detectors,
            services: BTreeMap::new(),
            telling: BTreeMap::new(),
            told: BTreeSet::new(),
            resources: Arc::default(),
            known: BTreeMap::new(),
            steps: BTreeMap::new(),
            rounds: 0,
            due: BTreeSet::new(),
            under_way: BTreeMap::new(),
            turns: 0,
            heard: BTreeSet::new(),
        }
    }

    pub(super) fn take(&mut self, part: &Part, news: News) {
        match news {
            News::Begins => drop(self.telling.insert(part.clone(), BTreeMap::new())),
            News::Is(service) => self.is(part, *service),
            News::Gone(place) => self.gone(&place),
            News::Complete => self.complete(part),
            News::Moved(place) => self.ask(place),
            News::All(kind, texts) => {
                self.mark(part, &kind, None);
                self.all_say(part, &kind, texts);
            }
            News::Unread(kind, resource) => self.mark(part, &kind, Some(resource)),
            News::One(kind, place, texts) => drop(self.say(&kind, [(place, texts)])),
        }
    }

    fn is(&mut self, part: &Part, service: Service) {
        let place = service.place.clone();
        let finding = self.detectors.find(&service, &self.resources);
        let matched =
            finding.map(|finding| Box::new(Matched { service: Arc::new(service), finding }));
        if let Some(telling) = self.telling.get_mut(part) {
            telling.insert(place, matched);
        } else {
            self.put(place, matched);
        }
    }

    /// Whether it is taken for something else now, or lies elsewhere.
    fn put(&mut self, place: Place, matched: Option<Box<Matched>>) -> bool {
        let before = self.services.insert(place.clone(), matched);
        let (before, now) = (before.flatten(), self.services.get(&place).and_then(Option::as_ref));
        if before.as_ref() == now {
            return false;
        }
        match now {
            // What is known of it as something else is for the next answer to judge.
            Some(_) => drop(self.due.insert(place)),
            None => self.forget(&place),
        }
        true
    }

    fn gone(&mut self, place: &Place) {
        self.services.remove(place);
        self.forget(place);
    }

    fn forget(&mut self, place: &Place) {
        self.known.remove(place);
        self.steps.remove(place);
        self.due.remove(place);
        self.heard.remove(place);
    }

    /// What was not told any more is gone.
    fn complete(&mut self, part: &Part) {
        let Some(told) = self.telling.remove(part) else { return };
        let gone =
            self.services.keys().filter(|it| is_in(it, part)).filter(|it| !told.contains_key(it));
        let gone: Vec<Place> = gone.cloned().collect();
        for place in &gone {
            self.gone(place);
        }
        for (place, matched) in told {
            self.put(place, matched);
        }
        self.told.insert(part.clone());
    }

    /// A new round over these parts. What is in none of them is forgotten, and all that was found is asked anew.
    pub(super) fn begin(&mut self, parts: &[Part]) {
        let is_left = |it: &&Place| !parts.iter().any(|part| is_in(it, part));
        let left: Vec<Place> = self.services.keys().filter(is_left).cloned().collect();
        for place in &left {
            self.gone(place);
        }
        CustomResources::forget_unread(&mut self.resources);
        self.rounds += 1;
        self.told.clear();
        self.telling.clear();
        self.under_way.clear();
        self.heard.clear();
        let found = self.services.iter().filter(|(_, it)| it.is_some());
        self.due.extend(found.map(|(place, _)| place.clone()));
    }

    fn ask(&mut self, place: Place) {
        if matches!(self.services.get(&place), Some(Some(_))) {
            self.due.insert(place);
        }
    }

    /// Who is to be asked now. Whoever is being asked stays due until they have answered, and twins are not asked: what was known of
    /// them is forgotten, and whoever is no twin any more is asked without being due.
    pub(super) fn take_due(&mut self) -> Turn {
        let unique: BTreeSet<Place> = self.unique().0.into_keys().cloned().collect();
        self.known.retain(|place, _| unique.contains(place));
        self.steps.retain(|place, _| unique.contains(place));
        let due = mem::take(&mut self.due);
        let is_wanted = |it: &Place| due.contains(it) || !self.known.contains_key(it);
        let wanted = unique.into_iter().filter(is_wanted);
        let (waiting, now): (BTreeSet<_>, BTreeSet<_>) =
            wanted.partition(|it| self.under_way.contains_key(it));
        self.due = due.intersection(&waiting).cloned().collect();
        let subjects = now.iter().filter_map(|it| self.subject(it)).collect();
        self.turns += 1;
        self.under_way.extend(now.into_iter().map(|it| (it, self.turns)));
        Turn { number: self.turns, subjects }
    }

    fn subject(&self, place: &Place) -> Option<Subject> {
        let matched = self.services.get(place)?.as_ref()?;
        Some(Subject {
            service: Arc::clone(&matched.service),
            finding: matched.finding.clone(),
            pods: Vec::new(),
            last: self.known.get(place).map(|it| it.found.endpoint.clone()),
        })
    }

    /// What was found, each once: of twins the one that is to be used; and which stands for which.
    fn unique(&self) -> (BTreeMap<&Place, &Matched>, BTreeMap<Place, Place>) {
        let matched: Vec<&Matched> = self.services.values().flatten().map(Box::as_ref).collect();
        let pairs: Vec<_> = matched.iter().map(|it| (&*it.service, &it.finding)).collect();
        let twins = twins(&pairs);
        let matched = matched.into_iter().map(|it| (&it.service.place, it));
        (matched.filter(|(place, _)| !twins.contains_key(*place)).collect(), twins)
    }

    /// What somebody answered. It counts only if it is still what they were asked as.
    pub(super) fn answered(&mut self, answer: Found) {
        let place = answer.finding.place.clone();
        self.under_way.remove(&place);
        self.heard.insert(place.clone());
        let current = self.services.get(&place).and_then(Option::as_ref);
        if current.is_none_or(|it| it.finding != answer.finding) {
            return;
        }
        let known = after(self.known.get(&place), answer);
        self.known.insert(place, known);
    }

    /// What somebody was asked, in the order in which it was.
    pub(super) fn keep_steps(&mut self, place: &Place, steps: Vec<String>) {
        if self.services.contains_key(place) {
            self.steps.insert(place.clone(), steps);
        }
    }

    /// Those who failed once are to be asked again, so that it is soon known whether they are down, and those for whom there was no
    /// time. Whether there are any.
    pub(super) fn doubt(&mut self) -> bool {
        let failed = self.known.iter().filter(|(_, it)| it.misses > 0);
        let failed: Vec<Place> = failed.map(|(place, _)| place.clone()).collect();
        let unasked = self.unasked();
        let is_anybody = !failed.is_empty() || !unasked.is_empty();
        self.due.extend(failed.into_iter().chain(unasked));
        is_anybody
    }

    /// Who has not answered in that turn is asked in another one; what was known of them stays.
    pub(super) fn over(&mut self, turn: u64) {
        self.under_way.retain(|_, it| *it != turn);
    }

    /// Whether somebody waits for their turn.
    pub(super) fn has_due(&self) -> bool {
        self.due.iter().any(|it| !self.under_way.contains_key(it))
    }

    /// Whether anything has been told, ever.
    pub(super) fn knows_anything(&self) -> bool {
        !self.told.is_empty() || !self.services.is_empty()
    }

    /// Whether every part has been told in this round, but for those that cannot be, and everybody has been asked.
    pub(super) fn is_complete(&self, parts: &[Part], missing: &BTreeSet<Part>) -> bool {
        parts.iter().all(|it| self.told.contains(it) || missing.contains(it))
            && self.due.is_subset(&self.heard)
            && self.under_way.keys().all(|it| self.heard.contains(it))
            && self.unasked().is_empty()
    }

    /// Those of whom nothing is known.
    fn unasked(&self) -> Vec<Place> {
        let unknown = self.unique().0.into_keys().filter(|it| !self.known.contains_key(*it));
        unknown.cloned().collect()
    }

    pub(super) fn snapshot(&self, problems: Vec<String>, is_blind: bool) -> Snapshot {
        let (unique, twins) = self.unique();
        let found = unique.into_iter().filter_map(|(place, it)| match self.known.get(place) {
            Some(known) => Some(known.found.clone()),
            None => unasked(&it.finding),
        });
        let (found, steps) = (found.collect(), self.steps.clone());
        let (round, services) = (self.rounds, self.services.len());
        let resources = Arc::clone(&self.resources);
        Snapshot {
            found,
            twins,
            steps,
            resources,
            round,
            services,
            problems,
            is_blind: is_blind && services == 0,
        }
    }
}

fn is_in(place: &Place, part: &Part) -> bool {
    part.as_deref().is_none_or(|part| place.namespace == part)
}

fn unasked(finding: &Finding) -> Option<Found> {
    let endpoint = finding.endpoints.first()?.clone();
    Some(Found { finding: finding.clone(), endpoint, health: Health::Unknown })
}

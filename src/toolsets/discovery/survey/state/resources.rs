//! Operators' own resources say where something lies, and those who belong to them lie there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Matched, Part, State, is_in};
use crate::toolsets::discovery::{
    matching::{CustomResources, Detectors, Kind, Texts},
    service::Place,
};

type Services = BTreeMap<Place, Option<Box<Matched>>>;

impl State {
    /// Of those in this part that are not named, nothing is known any more. Whoever lies elsewhere now has not been heard in this round:
    /// it is not over with an answer from where they were only guessed to lie.
    pub(super) fn all_say(&mut self, part: &Part, kind: &Kind, mut texts: BTreeMap<Place, Texts>) {
        for place in self.resources.places(kind).filter(|it| is_in(it, part)) {
            texts.entry(place.clone()).or_default();
        }
        for place in self.say(kind, texts) {
            self.heard.remove(&place);
        }
    }

    /// What is behind the Services that belong to these resources is matched anew, and asked anew if it lies elsewhere: those.
    pub(super) fn say(
        &mut self,
        kind: &Kind,
        all: impl IntoIterator<Item = (Place, Texts)>,
    ) -> Vec<Place> {
        let resources = Arc::make_mut(&mut self.resources);
        let news = all.into_iter().filter_map(|(place, texts)| {
            let is_news = resources.put(kind, place.clone(), texts);
            is_news.then_some(place)
        });
        let news: BTreeSet<Place> = news.collect();
        if news.is_empty() {
            return Vec::new();
        }
        for telling in self.telling.values_mut() {
            for (place, matched) in anew(&self.detectors, &self.resources, telling, &news) {
                telling.insert(place, matched);
            }
        }
        let services = anew(&self.detectors, &self.resources, &self.services, &news);
        let moved = services.into_iter().filter_map(|(place, matched)| {
            let is_moved = self.put(place.clone(), matched);
            is_moved.then_some(place)
        });
        moved.collect()
    }
}

/// Those that may belong to these resources, as they are taken now.
fn anew(
    detectors: &Detectors,
    resources: &CustomResources,
    services: &Services,
    news: &BTreeSet<Place>,
) -> Vec<(Place, Option<Box<Matched>>)> {
    let belongs = |it: &&Matched| it.service.belongs_to().any(|it| news.contains(&it));
    let those = services.values().flatten().map(Box::as_ref).filter(belongs);
    let matched = those.map(|it| {
        let service = Arc::clone(&it.service);
        let finding = detectors.find(&service, resources);
        let place = service.place.clone();
        (place, finding.map(|finding| Box::new(Matched { service, finding })))
    });
    matched.collect()
}

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
    /// Of those in this part that are not named, nothing is known any more.
    pub(super) fn all_say(&mut self, part: &Part, kind: &Kind, mut texts: BTreeMap<Place, Texts>) {
        for place in self.resources.places(kind).filter(|it| is_in(it, part)) {
            texts.entry(place.clone()).or_default();
        }
        self.say(kind, texts);
    }

    /// What is behind the Services that belong to these resources is matched anew, and asked anew if it lies elsewhere.
    pub(super) fn say(&mut self, kind: &Kind, all: impl IntoIterator<Item = (Place, Texts)>) {
        let resources = Arc::make_mut(&mut self.resources);
        let news = all.into_iter().filter_map(|(place, texts)| {
            let is_news = resources.put(kind, place.clone(), texts);
            is_news.then_some(place)
        });
        let news: BTreeSet<Place> = news.collect();
        if news.is_empty() {
            return;
        }
        for telling in self.telling.values_mut() {
            for (place, matched) in anew(&self.detectors, &self.resources, telling, &news) {
                telling.insert(place, matched);
            }
        }
        for (place, matched) in anew(&self.detectors, &self.resources, &self.services, &news) {
            self.put(place, matched);
        }
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

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

    /// Whether those of a kind may be read there: a right may be given or taken at any time, and what was said before stays.
    pub(super) fn mark(&mut self, part: &Part, kind: &Kind, unread: Option<String>) {
        if self.resources.is_unread(kind, part.as_deref()) == unread.is_some() {
            return;
        }
        let resources = Arc::make_mut(&mut self.resources);
        match unread {
            Some(resource) => resources.may_not_be_read(kind, part.as_deref(), resource),
            None => resources.may_be_read(kind, part.as_deref()),
        }
    }

    /// What is behind the Services that belong to these resources is matched anew, and asked anew if it lies elsewhere: those.
    pub(super) fn say(
        &mut self,
        kind: &Kind,
        all: impl IntoIterator<Item = (Place, Texts)>,
    ) -> Vec<Place> {
        let mut all: Vec<(Place, Texts)> = all.into_iter().collect();
        all.retain(|(place, texts)| self.resources.is_news(kind, place, texts));
        if all.is_empty() {
            // Whoever has the last snapshot has the same resources, and they are not copied for nothing.
            return Vec::new();
        }
        let news: BTreeSet<Place> = all.iter().map(|(place, _)| place.clone()).collect();
        let resources = Arc::make_mut(&mut self.resources);
        for (place, texts) in all {
            resources.put(kind, place, texts);
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

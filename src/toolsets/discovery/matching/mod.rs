//! What Services are taken for: data about products, compared with what a Service says of itself. Nothing is asked here.

mod custom_resource;
mod endpoints;
mod explain;
mod general;
mod load;
mod mistakes;
mod pattern;
pub(super) mod shape;
mod twins;
pub(super) mod valid;
mod wishes;

#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(super) use custom_resource::{CustomResources, Kind, Texts};
pub(super) use twins::twins;

use super::{
    detector::{Detector, Probe, Toolset},
    finding::{Confidence, Finding},
    service::Service,
};
use endpoints::{annotated, endpoints};
use general::General;
use shape::{Evidence, Shape};
use wishes::Wishes;

/// All products that are known, and what is never taken for one.
#[derive(Debug, Clone)]
pub(super) struct Detectors {
    by_product: BTreeMap<String, Arc<Detector>>,
    general: General,
}

/// A product that something speaks for.
struct Candidate<'a> {
    detector: &'a Arc<Detector>,
    shape: &'a Shape,
    /// The strongest first; empty only if an annotation says what it is.
    evidence: Vec<Evidence>,
}

impl Detectors {
    /// What a Service is taken for, if anything.
    pub(super) fn find(&self, service: &Service, resources: &CustomResources) -> Option<Finding> {
        let wishes = self.wishes(service);
        if self.refusal(service, &wishes).is_some() {
            return None;
        }
        let candidate = self.best(service, &wishes)?;
        let endpoints = endpoints(service, candidate.shape, &wishes, &self.general, resources);
        let is_reachable = !endpoints.is_empty();
        is_reachable.then(|| Finding {
            place: service.place.clone(),
            detector: with_health(candidate.detector, &wishes),
            confidence: candidate.confidence(&wishes),
            matched_by: candidate.matched_by(service, &wishes, resources),
            endpoints,
        })
    }

    pub(super) fn get(&self, product: &str) -> Option<&Arc<Detector>> {
        self.by_product.get(product)
    }

    /// The kinds of operators' own resources that say where something lies, and the pointers at which they are read.
    pub(super) fn resources(&self) -> BTreeMap<Kind, BTreeSet<String>> {
        let mut kinds: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
        let shapes = self.iter().flat_map(|it| &it.shapes);
        for resource in shapes.flat_map(|it| &it.resources) {
            kinds.entry(resource.kind.clone()).or_default().extend(resource.pointers().cloned());
        }
        kinds
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Detector>> {
        self.by_product.values()
    }

    fn wishes(&self, service: &Service) -> Wishes {
        Wishes::of(service, |it| self.by_product.contains_key(it))
    }

    /// Why it is not looked at any further. An annotation can say that an exporter is wanted all the same, and not that an address is.
    fn refusal(&self, service: &Service, wishes: &Wishes) -> Option<String> {
        let place = &service.place;
        if !valid::is_dns_label(&place.name) || !valid::is_dns_label(&place.namespace) {
            return Some("its name is no DNS label".to_owned());
        }
        if let Some(key) = wishes.out {
            return Some(format!("its owner says so with the annotation {key}"));
        }
        if let Some(why) = general::is_anywhere(service) {
            return Some(why.to_owned());
        }
        let never = self.general.never(service);
        never.filter(|_| wishes.opted_in.is_none()).map(|it| format!("it is {it}"))
    }

    fn best<'a>(&'a self, service: &Service, wishes: &Wishes) -> Option<Candidate<'a>> {
        if let Some(product) = &wishes.product {
            return said(self.by_product.get(product)?, service);
        }
        let all = self.iter().flat_map(|it| candidates(it, service));
        // Of two that are as likely, the first by name, so that it is the same one every time.
        all.min_by_key(|it| Reverse(it.strength()))
    }
}

/// What an annotation says it is, in the shape that fits best.
fn said<'a>(detector: &'a Arc<Detector>, service: &Service) -> Option<Candidate<'a>> {
    let fits = candidates(detector, service).min_by_key(|it| Reverse(it.strength()));
    let assumed = || {
        let shape = detector.shapes.first()?;
        Some(Candidate { detector, shape, evidence: Vec::new() })
    };
    fits.or_else(assumed)
}

fn candidates<'a>(
    detector: &'a Arc<Detector>,
    service: &Service,
) -> impl Iterator<Item = Candidate<'a>> {
    detector.shapes.iter().filter_map(|shape| {
        let evidence = shape.evidence(service);
        let holds = !evidence.is_empty() && shape.refusal(service).is_none();
        holds.then_some(Candidate { detector, shape, evidence })
    })
}

impl Candidate<'_> {
    fn strength(&self) -> Option<(Confidence, usize)> {
        self.evidence.first().map(|it| (it.confidence, it.weight))
    }

    fn confidence(&self, wishes: &Wishes) -> Confidence {
        let found = self.strength().map(|(confidence, _)| confidence);
        let said = wishes.opted_in.map(|_| Confidence::Certain);
        said.or(found).unwrap_or(Confidence::Low)
    }

    /// What speaks for it, and who says where it lies.
    fn matched_by(
        &self,
        service: &Service,
        wishes: &Wishes,
        resources: &CustomResources,
    ) -> Vec<String> {
        let said = wishes.opted_in.map(|it| format!("annotation {it}"));
        let evidence = self.evidence.iter().map(|it| it.text.clone());
        let resource = self.shape.said(service, resources);
        let resource = resource.filter(|_| annotated(service, self.shape, wishes).is_none());
        let resource = resource.and_then(|it| Some(format!("{} {}", it.by, it.told().ok()?)));
        said.into_iter().chain(evidence).chain(resource).collect()
    }
}

/// Only what nothing is known about is asked for its health where its owner says; all others have proofs that are better.
fn with_health(detector: &Arc<Detector>, wishes: &Wishes) -> Arc<Detector> {
    let Some(path) = wishes.health.as_ref().filter(|_| detector.product == wishes::CUSTOM) else {
        return Arc::clone(detector);
    };
    let mut detector = Detector::clone(detector);
    if let Toolset::Http { health, .. } = &mut detector.toolset {
        health.clone_from(path);
    }
    let probe = Probe { path: path.clone(), proof: super::detector::Proof::default(), open: None };
    detector.probe = Some(probe);
    Arc::new(detector)
}

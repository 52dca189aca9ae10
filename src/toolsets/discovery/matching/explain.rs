//! Why a Service is taken for what it is, or for nothing: what each rule that could have spoken says.

use std::fmt;

use super::{
    Detectors,
    custom_resource::CustomResources,
    endpoints::{annotated, endpoints},
    shape::Shape,
    wishes::Wishes,
};
use crate::toolsets::discovery::{
    finding::Finding,
    service::{Reach, Service},
};

/// What one rule says. Nothing of it is a text of the Service's but what is a DNS name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::discovery) struct Reason {
    /// `prometheus`, `annotation tacklebox.dev/port`, `every Service`
    pub(in crate::toolsets::discovery) rule: String,
    pub(in crate::toolsets::discovery) verdict: Verdict,
    pub(in crate::toolsets::discovery) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::toolsets::discovery) enum Verdict {
    /// It speaks for it.
    Matched,
    /// It would, if something were otherwise.
    Near,
    /// It speaks against it.
    Excluded,
    /// It has no effect.
    Ignored,
    /// It is good to know.
    Note,
}

impl Verdict {
    pub(in crate::toolsets::discovery) fn word(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Near => "near",
            Self::Excluded => "excluded",
            Self::Ignored => "ignored",
            Self::Note => "note",
        }
    }
}

/// `matched  prometheus: label app=prometheus`
impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<8} {}: {}", self.verdict.word(), self.rule, self.text)
    }
}

impl Detectors {
    /// What holds for every Service first, then products of which at least one piece of evidence is there or near, then the result.
    pub(in crate::toolsets::discovery) fn explain(
        &self,
        service: &Service,
        resources: &CustomResources,
    ) -> Vec<Reason> {
        let wishes = self.wishes(service);
        let mut reasons: Vec<Reason> = annotations(&wishes).collect();
        if let Some(why) = self.refusal(service, &wishes) {
            reasons.push(reason("every Service", Verdict::Excluded, why));
        }
        reasons.extend(self.products(service));
        reasons.extend(self.ports(service, &wishes));
        reasons.extend(self.resource(service, &wishes, resources));
        reasons.push(match self.find(service, resources) {
            Some(finding) => result(&finding),
            None => reason("result", Verdict::Excluded, "it is taken for nothing"),
        });
        reasons
    }

    fn products(&self, service: &Service) -> Vec<Reason> {
        let all = self.iter().flat_map(|detector| {
            detector.shapes.iter().flat_map(|it| of_shape(&detector.product, it, service))
        });
        let mut reasons: Vec<Reason> = Vec::new();
        for it in all {
            if !reasons.contains(&it) {
                reasons.push(it);
            }
        }
        // What is near is of no interest where something is there.
        if reasons.iter().any(|it| it.verdict != Verdict::Near) {
            reasons.retain(|it| it.verdict != Verdict::Near);
        }
        reasons
    }

    /// What is to be said of the ports, if only they are in the way or not sure.
    fn ports(&self, service: &Service, wishes: &Wishes) -> Option<Reason> {
        let candidate = self.best(service, wishes)?;
        let nothing = CustomResources::default();
        let endpoints = endpoints(service, candidate.shape, wishes, &self.general, &nothing);
        if endpoints.is_empty() {
            let why =
                "none of its ports can be asked: UDP, gRPC, metrics and the like are left out";
            return Some(reason("ports", Verdict::Excluded, why));
        }
        if service.reach != Reach::Headless {
            return None;
        }
        let is_named =
            |number: u16| service.ports.iter().any(|it| it.number == number && it.target.is_none());
        let why = if endpoints.iter().any(|it| is_named(it.service_port)) {
            "it is headless and gives the pods' port by name only: the Service's own number is assumed"
        } else {
            "it is headless: its name stands for the pods' addresses, so their port counts; a Service with an address of its own for \
             the same pods is preferred"
        };
        Some(reason("ports", Verdict::Note, why))
    }

    /// What an operator's own resource says of where it lies, and what became of that.
    fn resource(
        &self,
        service: &Service,
        wishes: &Wishes,
        resources: &CustomResources,
    ) -> Option<Reason> {
        let candidate = self.best(service, wishes)?;
        let Some(said) = candidate.shape.said(service, resources) else {
            let (kind, why) = candidate.shape.unread(service, resources)?;
            return Some(reason(&kind, Verdict::Note, why));
        };
        let is_annotated = annotated(service, candidate.shape, wishes).is_some();
        let (verdict, text) = match said.told() {
            Ok(told) if is_annotated => {
                (Verdict::Ignored, format!("{told}; an annotation says otherwise"))
            }
            Ok(told) => (Verdict::Matched, told),
            Err(why) => (Verdict::Ignored, why.clone()),
        };
        Some(reason(&said.by, verdict, text))
    }
}

fn annotations(wishes: &Wishes) -> impl Iterator<Item = Reason> {
    let opted_in = wishes.opted_in.map(|it| {
        reason(&format!("annotation {it}"), Verdict::Matched, "its owner wants it found")
    });
    let ignored = wishes.notes.iter();
    let ignored =
        ignored.map(|(key, it)| reason(&format!("annotation {key}"), Verdict::Ignored, it));
    opted_in.into_iter().chain(ignored)
}

fn of_shape(product: &str, shape: &Shape, service: &Service) -> Vec<Reason> {
    let evidence = shape.evidence(service);
    if evidence.is_empty() {
        let near = shape.near(service).into_iter();
        let near = near.map(|(set, key)| format!("{set}, but for {key}"));
        let is_called = shape.is_called_so(service);
        let called = is_called.then(|| "its name, but it has none of the usual ports".to_owned());
        return near.chain(called).map(|it| reason(product, Verdict::Near, it)).collect();
    }
    if let Some(why) = shape.refusal(service) {
        return vec![reason(product, Verdict::Excluded, why)];
    }
    evidence.into_iter().map(|it| reason(product, Verdict::Matched, it.text)).collect()
}

fn result(finding: &Finding) -> Reason {
    let Finding { detector, confidence, .. } = finding;
    let text = format!("it is taken for {} ({})", detector.product, confidence.word());
    reason("result", Verdict::Matched, text)
}

fn reason(rule: &str, verdict: Verdict, text: impl Into<String>) -> Reason {
    Reason { rule: rule.to_owned(), verdict, text: text.into() }
}

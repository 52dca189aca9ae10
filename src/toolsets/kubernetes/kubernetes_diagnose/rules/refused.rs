//! Pods that the API server refuses to create: the controller says so, and each reason has a rule of its own.

use std::collections::BTreeMap;

use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::Finding,
    model::{Named, Workload},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Quota,
    LimitRange,
    Account,
    PodSecurity,
    /// A webhook or a `ValidatingAdmissionPolicy`.
    Policy,
    /// The webhook that must be asked does not answer.
    WebhookDown,
    Other,
}

/// One workload that gets no pods, and the controller's words.
pub(super) struct Refused<'a> {
    pub(super) subject: Subject,
    pub(super) message: &'a str,
    times: u32,
}

/// Those of this kind, one a workload: what is refused now, not what once was.
pub(super) fn refused(snapshot: &Snapshot, refusal: Refusal) -> Vec<Refused<'_>> {
    let mut all: BTreeMap<Subject, Refused<'_>> = BTreeMap::new();
    for event in snapshot.events.iter().filter(|it| it.reason == "FailedCreate") {
        let involved = &event.involved_object;
        let Some(creator) = creator(&involved.kind, &involved.name) else { continue };
        if !is_short(snapshot, &creator) {
            continue;
        }
        let subject = snapshot.told_as(&creator);
        let refused =
            Refused { subject: subject.clone(), message: &event.message, times: event.times() };
        all.entry(subject).or_insert(refused);
    }
    // Events are kept for an hour, conditions for ever.
    for (subject, workload) in snapshot.workloads() {
        let conditions = &workload.status.conditions;
        let failure = crate::toolsets::kubernetes::kubernetes_diagnose::model::condition(
            conditions,
            "ReplicaFailure",
            "True",
        );
        if let Some(failure) = failure {
            let subject = snapshot.told_as(&subject);
            let refused = Refused { subject: subject.clone(), message: &failure.message, times: 1 };
            all.entry(subject).or_insert(refused);
        }
    }
    all.into_values().filter(|it| kind_of(it.message) == refusal).collect()
}

impl Refused<'_> {
    /// A finding about the workload, with the controller's words.
    pub(super) fn finding(&self, problem: &str) -> Finding {
        let times = if self.times > 1 { format!(" x{}", self.times) } else { String::new() };
        let problem = format!("gets no new pods: {problem}");
        Finding::sure(self.subject.clone(), problem)
            .said(&format!("event FailedCreate{times}: {}", self.message))
    }
}

fn creator(kind: &str, name: &str) -> Option<Subject> {
    let kinds = [Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet, Kind::Job];
    let kind = kinds.into_iter().find(|it| it.long() == kind)?;
    Some(Subject::new(kind, name))
}

/// Whether it still has fewer pods than it should.
fn is_short(snapshot: &Snapshot, creator: &Subject) -> bool {
    let lacks = |it: &Workload| it.status.replicas < it.wanted();
    let name = creator.name.as_str();
    match creator.kind {
        Kind::ReplicaSet => snapshot.replica_sets.named(name).is_none_or(lacks),
        Kind::StatefulSet => snapshot.stateful_sets.named(name).is_none_or(lacks),
        Kind::DaemonSet => snapshot.daemon_sets.named(name).is_none_or(|it| {
            it.status.current_number_scheduled < it.status.desired_number_scheduled
        }),
        _ => snapshot.jobs.named(name).is_none_or(|it| {
            it.status.active == 0 && !it.status.conditions.iter().any(|it| it.kind == "Complete")
        }),
    }
}

fn kind_of(message: &str) -> Refusal {
    let kinds = [
        ("exceeded quota", Refusal::Quota),
        ("failed quota", Refusal::Quota),
        ("error looking up service account", Refusal::Account),
        ("violates PodSecurity", Refusal::PodSecurity),
        ("ValidatingAdmissionPolicy", Refusal::Policy),
        ("failed calling webhook", Refusal::WebhookDown),
        ("admission webhook", Refusal::Policy),
        (" usage per ", Refusal::LimitRange),
        ("limit to request ratio per", Refusal::LimitRange),
    ];
    kinds.into_iter().find(|it| message.contains(it.0)).map_or(Refusal::Other, |it| it.1)
}

/// The words of the message after `mark`, up to one of `ends`.
pub(super) fn part<'a>(message: &'a str, mark: &str, ends: &[char]) -> Option<&'a str> {
    let (_, rest) = message.split_once(mark)?;
    let end = rest.find(ends).unwrap_or(rest.len());
    rest.get(..end).map(str::trim).filter(|it| !it.is_empty())
}

impl Snapshot {
    /// Which quotas have no room left for one more of something: `small: pods 2 of 2`.
    pub(super) fn full_quotas(&self) -> Vec<String> {
        let full = self.quotas.iter().flat_map(|quota| {
            let full = quota.status.hard.iter().filter_map(|(what, hard)| {
                let used = quota.status.used.get(what)?;
                (used == hard).then(|| format!("{}: {what} {used} of {hard}", quota.name()))
            });
            full.collect::<Vec<_>>()
        });
        full.collect()
    }
}

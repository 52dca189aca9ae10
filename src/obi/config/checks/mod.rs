//! What is worth saying about a configuration, in the order in which OBI would come upon it.

mod document;
mod enabled;
mod endpoints;
mod exclusive;
mod known;
mod selectors;
mod subject;
mod variables;
mod version2;

pub(in crate::obi) use self::{
    enabled::{Enabled, features},
    subject::{Source, Subject, is_filled},
    version2::is_one as is_version2,
};
use super::{
    environment::Environment,
    finding::{Finding, Report},
    places::Places,
    release::Release,
    variables::fill,
};
use crate::tree::Place;

pub(super) fn check(text: &str, environment: &Environment, release: Release) -> Report {
    if let Some(finding) = document::unfit(text) {
        return Report::new(vec![finding]);
    }
    let filled = fill(text, environment);
    let (inside, written) = (Places::of(&filled.text), Places::of(text));
    let place = |it: Place| filled.written(it, &inside, &written);
    let mut findings = variables::unset(&filled.uses, &written);
    match document::tree(&filled.text, &place) {
        Err(finding) => findings.push(finding),
        Ok(tree) => {
            let subject = Subject { tree: &tree, environment, release, written: &place };
            findings.extend(judged(&subject));
        }
    }
    Report::new(findings)
}

/// What a reader makes of a configuration; `None` where there is no document to read.
pub(super) fn read<T>(
    text: &str,
    environment: &Environment,
    release: Release,
    reader: impl FnOnce(&Subject<'_>) -> T,
) -> Option<T> {
    document::unfit(text).is_none().then_some(())?;
    let filled = fill(text, environment);
    let written = |it: Place| it;
    let tree = document::tree(&filled.text, &written).ok()?;
    Some(reader(&Subject { tree: &tree, environment, release, written: &written }))
}

fn judged(subject: &Subject<'_>) -> Vec<Finding> {
    if version2::is_one(subject.tree) {
        let mut findings = document::doubles(subject);
        findings.extend(version2::version2(subject));
        return findings;
    }
    let checks = [
        document::doubles,
        known::keys,
        variables::overriding,
        selectors::selectors,
        enabled::enabled,
        endpoints::endpoints,
        exclusive::exclusive,
    ];
    checks.iter().flat_map(|check| check(subject)).collect()
}

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

use self::subject::Subject;
pub(in crate::obi) use self::{selectors::LEFT_OUT, subject::key};
use super::{
    environment::Environment,
    finding::{Finding, Report},
    release::Release,
    variables::fill,
};
use crate::tree::{Place, Places};

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

fn judged(subject: &Subject<'_>) -> Vec<Finding> {
    if let Some(finding) = document::crowded(subject.tree) {
        return vec![finding];
    }
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

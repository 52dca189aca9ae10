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

pub(super) use self::endpoints::destinations;
use self::subject::Text;
pub(in crate::obi) use self::{
    enabled::{Enabled, features},
    selectors::{LEFT_OUT, METADATA},
    subject::{Source, Subject, is_filled, key, steps},
    version2::{Exporters, includes_by_default, is_one, rules},
};
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
    let mut findings = variables::unset(&filled.uses, &Places::of(text));
    match ask(text, environment, release, judged) {
        Err(finding) => findings.push(finding),
        Ok(judged) => findings.extend(judged),
    }
    Report::new(findings)
}

/// Reads a configuration, and puts a question to it. The finding says why there is nothing to ask.
pub(in crate::obi) fn ask<T>(
    text: &str,
    environment: &Environment,
    release: Release,
    question: impl FnOnce(&Subject<'_>) -> T,
) -> Result<T, Finding> {
    if let Some(finding) = document::unfit(text) {
        return Err(finding);
    }
    let filled = fill(text, environment);
    let (inside, written) = (Places::of(&filled.text), Places::of(text));
    let place = |it: Place| filled.written(it, &inside, &written);
    let tree = document::tree(&filled.text, &place)?;
    let text = Text { filled: &filled.text, places: &inside };
    Ok(question(&Subject { tree: &tree, text, environment, release, written: &place }))
}

fn judged(subject: &Subject<'_>) -> Vec<Finding> {
    if let Some(finding) = document::crowded(subject.tree) {
        return vec![finding];
    }
    if is_one(subject.tree) {
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

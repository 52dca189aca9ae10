//! What telemetry is about: filters let some of it through, and selections say what of it is told.

use super::{Keys, Wrong, each, scalar, section, shown, wrong};
use crate::{
    nearest::nearest,
    tree::{Content, Node},
};

pub(in crate::obi) const OF_TEXT: [&str; 2] = ["match", "not_match"];
pub(in crate::obi) const OF_NUMBERS: [&str; 6] =
    ["equals", "not_equals", "greater_than", "greater_equals", "less_than", "less_equals"];
const IGNORED: &str = "OBI ignores it without a word";

/// A mapping of attributes to what they must be.
pub(super) fn filters(value: &Node) -> Option<Wrong> {
    section(value).or_else(|| {
        let mut entries = value.entries().iter();
        entries.find_map(|(key, it)| attribute(&key.name).or_else(|| filter(it)))
    })
}

/// OBI ends when it comes upon an attribute that it does not have. There are too many to know all of them here.
fn attribute(name: &str) -> Option<Wrong> {
    let keys = Keys::v1();
    let of_prometheus = |it: &str| it.replace('.', "_");
    let is_it = |it: &String| of_prometheus(it) == of_prometheus(name);
    if keys.attributes.iter().any(is_it) {
        return None;
    }
    let what = format!("{name} is no attribute that is known");
    let old = keys.renamed_attributes.keys().map(String::as_str);
    let Some(near) = nearest(name, old.chain(keys.attributes.iter().map(String::as_str))) else {
        let fix = "look it up: attributes are called as OpenTelemetry calls them";
        let ends = "OBI ends two seconds after its start if it does not know it either";
        return Some(Wrong::new(what, fix).but(ends));
    };
    match keys.renamed_attributes.get(near) {
        Some(now) => wrong(what, format!("{near} is called {now} now")),
        None => wrong(what, format!("did you mean {near}?")),
    }
}

fn filter(value: &Node) -> Option<Wrong> {
    if let Some(wrong) = section(value) {
        return Some(wrong);
    }
    let has = |names: &[&str]| names.iter().any(|it| value.get(it).is_some());
    if has(&OF_TEXT) && has(&OF_NUMBERS) {
        let fix = "leave one of the two out: a glob, or a comparison of numbers";
        return wrong("a text and a number are compared", fix);
    }
    unknown(value, &[OF_TEXT.as_slice(), &OF_NUMBERS].concat()).or_else(|| {
        let of_numbers = OF_NUMBERS.iter().filter_map(|it| value.get(it));
        of_numbers.filter(|it| !it.is_null()).find_map(number)
    })
}

fn number(value: &Node) -> Option<Wrong> {
    if matches!(value.content, Content::Number(_)) {
        return None;
    }
    wrong(format!("{} is no number", shown(value)), "write a number, without quotes")
}

/// A mapping of metrics to the attributes that they get.
pub(super) fn selection(value: &Node) -> Option<Wrong> {
    section(value).or_else(|| value.entries().iter().find_map(|(_, it)| selected(it)))
}

fn selected(value: &Node) -> Option<Wrong> {
    let lists = ["include", "exclude"];
    section(value).or_else(|| unknown(value, &lists)).or_else(|| {
        let written = lists.iter().filter_map(|it| value.get(it)).filter(|it| !it.is_null());
        written.into_iter().find_map(|it| each(it, glob))
    })
}

fn glob(value: &Node) -> Option<Wrong> {
    if scalar(value).is_some() {
        return None;
    }
    wrong(format!("{} is no name of an attribute", shown(value)), "write a name or a glob")
}

fn unknown(value: &Node, known: &[&str]) -> Option<Wrong> {
    let (key, _) = value.entries().iter().find(|(key, _)| !known.contains(&&*key.name))?;
    let fix = super::advice(&key.name, known);
    Some(Wrong::new(format!("{} is not known there", key.name), fix).but(IGNORED))
}

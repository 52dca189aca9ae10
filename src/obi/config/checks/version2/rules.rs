//! Rules that OBI refuses: those that ask for nothing, those of two families, and those whose order it cannot keep.

use super::super::{
    super::{
        finding::{Finding, Severity::Error},
        kind::{scalar, truth},
    },
    Subject,
    subject::{is_filled, steps},
};
use crate::tree::{Content, Node, Step};

const RULES: &str = "extensions.obi.capture.rules";
const POLICY: &str = "extensions.obi.capture.policy";
/// Globs, whose keys do not all say so.
const GLOBS: [&str; 2] = ["pod_labels", "pod_annotations"];
/// What may not be written as nothing.
const LISTS: [&str; 3] = ["target_pids", "pod_labels", "pod_annotations"];

/// What happens to processes that no rule meets. Where that is not written, a rule that includes says it.
pub(in crate::obi) fn includes_by_default(subject: &Subject<'_>) -> bool {
    let said = subject.node(&format!("{POLICY}.default_action")).and_then(scalar);
    match said.as_deref() {
        Some("include") => true,
        None | Some("") => !subject.node(RULES).is_some_and(|it| it.items().iter().any(includes)),
        Some(_) => false,
    }
}

pub(super) fn includes(rule: &Node) -> bool {
    rule.get("action").and_then(Node::text) == Some("include")
}

/// Everything for which OBI does not start, but what the table of keys says.
pub(in crate::obi) fn rules(subject: &Subject<'_>) -> Vec<Finding> {
    let mut walk = Walk { subject, at: steps(RULES), findings: Vec::new(), seen: Seen::default() };
    let Some(rules) = subject.tree.inside(&walk.at) else { return Vec::new() };
    if rules.is_null() {
        walk.nothing();
    }
    let order = subject.node(&format!("{POLICY}.match_order")).and_then(scalar);
    walk.seen.is_last = order.is_some_and(|it| it == "last_match_wins");
    for (index, rule) in rules.items().iter().enumerate() {
        walk.at.push(Step::Index(index));
        walk.rule(rule);
        walk.at.pop();
    }
    walk.findings
}

/// What the rules before were.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Seen {
    is_last: bool,
    including: bool,
    excluding: bool,
    globs: bool,
    regexes: bool,
}

struct Walk<'a, 'b> {
    subject: &'a Subject<'b>,
    at: Vec<Step>,
    findings: Vec<Finding>,
    seen: Seen,
}

impl Walk<'_, '_> {
    fn rule(&mut self, rule: &Node) {
        let Some(matching) = rule.get("match") else {
            if !rule.is_null() {
                self.missing();
            }
            return;
        };
        self.nulls(matching);
        if !asks(matching) {
            let fix = "say what is meant: {process: {open_ports: \"8080\"}}";
            self.refuse("empty-selector", "its match asks for nothing", fix);
        }
        match rule.get("action").and_then(Node::text) {
            Some("include") => self.including(matching),
            Some("exclude") => self.excluding(rule, matching),
            _ => {}
        }
    }

    fn including(&mut self, matching: &Node) {
        if exports_otlp(matching).is_some() {
            let problem = "exports_otlp is only for rules that exclude";
            self.refuse("excluding", problem, "write action: exclude");
        } else {
            self.families(matching);
        }
        if self.seen.is_last && self.seen.excluding {
            let problem = "with last_match_wins, rules that include come before those that exclude";
            self.refuse("excluding", problem, "move it before them");
        }
        self.seen.including = true;
    }

    fn excluding(&mut self, rule: &Node, matching: &Node) {
        if rule.get("refine").is_some_and(is_filled) {
            let problem = "a rule that excludes refines nothing";
            self.refuse("excluding", problem, "leave refine out");
        }
        if exports_otlp(matching).is_none() {
            self.families(matching);
        } else if criteria(matching).any(|(name, it)| name != "exports_otlp" && is_criterion(it)) {
            let problem = "exports_otlp stands alone in its rule";
            self.refuse("excluding", problem, "make two rules of it");
        }
        if !self.seen.is_last && self.seen.including {
            let problem =
                "with first_match_wins, rules that exclude come before those that include";
            self.refuse("excluding", problem, "move it before them");
        }
        self.seen.excluding = true;
    }

    /// All rules have globs, or all have regular expressions. What has neither counts for globs.
    fn families(&mut self, matching: &Node) {
        let has = |is: fn(&str) -> bool| {
            criteria(matching).any(|(it, value)| is(it) && is_criterion(value))
        };
        let regexes = has(|it| it.ends_with("_regex"));
        let globs = has(|it| it.ends_with("_glob") || GLOBS.contains(&it));
        self.seen.regexes |= regexes;
        self.seen.globs |= globs || !regexes;
        if self.seen.globs && self.seen.regexes {
            let problem = "globs and regular expressions do not go together, not even in two rules";
            self.refuse("excluding", problem, "write all rules in globs");
        }
    }

    /// Sections and lists may be left out, and not written as nothing.
    fn nulls(&mut self, matching: &Node) {
        let key = |name: &str| Step::Key(name.to_owned());
        self.at.push(key("match"));
        if matching.is_null() {
            self.nothing();
        }
        for (section, keys) in matching.entries() {
            self.at.push(key(&section.name));
            let is_section = ["process", "kubernetes"].contains(&section.name.as_str());
            if is_section && keys.is_null() {
                self.nothing();
            }
            for (name, _) in keys.entries().iter().filter(|(name, it)| is_nothing(&name.name, it)) {
                self.at.push(key(&name.name));
                self.nothing();
                self.at.pop();
            }
            self.at.pop();
        }
        self.at.pop();
    }

    fn missing(&mut self) {
        self.at.push(Step::Key("match".to_owned()));
        self.refuse("missing-key", "it has to be there", "add match");
        self.at.pop();
    }

    fn nothing(&mut self) {
        self.refuse("wrong-value", "nothing is written there", "write something, or leave it out");
    }

    fn refuse(&mut self, rule: &'static str, problem: &str, fix: &str) {
        let problem = format!("{problem}, and OBI does not start");
        self.findings.push(self.subject.about(&self.at, (Error, rule), problem, fix));
    }
}

fn is_nothing(name: &str, value: &Node) -> bool {
    let is_list = name.ends_with("_glob") || LISTS.contains(&name) || name == "exports_otlp";
    is_list && value.is_null()
}

fn criteria(matching: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let sections = matching.entries().iter();
    let keys = sections.flat_map(|(_, it)| it.entries());
    keys.map(|(key, it)| (key.name.as_str(), it))
}

fn exports_otlp(matching: &Node) -> Option<&Node> {
    matching.get("process")?.get("exports_otlp")
}

/// Whether a match asks for anything. That it asks in vain is told elsewhere.
fn asks(matching: &Node) -> bool {
    let is_asked = |(name, it): (&str, &Node)| name == "exports_otlp" || is_criterion(it);
    !matches!(matching.content, Content::Fields(_) | Content::Null)
        || criteria(matching).any(is_asked)
        || matching.entries().iter().any(|(_, it)| !matches!(it.content, Content::Fields(_)))
}

/// What is nothing in a list is left out; a truth is one only if it is asked for.
fn is_criterion(value: &Node) -> bool {
    match &value.content {
        Content::List(items) => items.iter().any(|it| !it.is_null()),
        Content::Text(_) | Content::Bool(_) => is_filled(value) && truth(value) != Some(false),
        _ => is_filled(value),
    }
}

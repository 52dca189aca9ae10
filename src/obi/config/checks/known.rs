//! Keys and values, held against the table.

use super::{
    super::{
        finding::{
            Finding,
            Severity::{self, Error, Note, Warning},
        },
        keys::{Entry, Key, Keys, Section},
        kind::{Kind, advice},
    },
    Subject,
    selectors::NOT_JUDGED,
    subject::is_filled,
};
use crate::{
    nearest::nearest,
    tree::{Content, Node, Step, Steps},
};

pub(super) fn keys(subject: &Subject<'_>) -> Vec<Finding> {
    walked(subject, subject.tree, Keys::v1(), Vec::new())
}

/// Of a document of version 2, in which OBI minds every key.
pub(super) fn strict(subject: &Subject<'_>, obi: &Node, steps: Vec<Step>) -> Vec<Finding> {
    walked(subject, obi, Keys::v2(), steps)
}

/// Of what stands around that. What is not known at all is told of elsewhere.
pub(super) fn around(subject: &Subject<'_>) -> Vec<Finding> {
    let keys = Keys::otel();
    let mut walk = Walk { subject, keys, steps: Vec::new(), findings: Vec::new() };
    for (key, value) in subject.tree.entries() {
        if let Some(entry) = keys.root.get(&key.name) {
            walk.steps.push(Step::Key(key.name.clone()));
            walk.entry(value, entry);
            walk.steps.pop();
        }
    }
    walk.findings
}

fn walked(subject: &Subject<'_>, node: &Node, keys: &Keys, steps: Vec<Step>) -> Vec<Finding> {
    let mut walk = Walk { subject, keys, steps, findings: Vec::new() };
    walk.section(node, &keys.root);
    walk.findings
}

struct Walk<'a> {
    subject: &'a Subject<'a>,
    keys: &'a Keys,
    steps: Vec<Step>,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn section(&mut self, node: &Node, section: &Section) {
        for (key, value) in node.entries() {
            self.steps.push(Step::Key(key.name.clone()));
            match section.get(&key.name) {
                Some(entry) => self.entry(value, entry),
                None => self.unknown(&key.name, section),
            }
            self.steps.pop();
        }
        self.missing(node, section);
    }

    fn entry(&mut self, value: &Node, entry: &Entry) {
        match entry {
            Entry::Value(key) => self.value(value, key),
            Entry::Section(section) => match &value.content {
                Content::Fields(_) => self.section(value, section),
                Content::Null => {}
                _ => self.add(
                    (Error, "wrong-type"),
                    "it is a section, and OBI does not start with one value",
                    "write keys with values below it",
                ),
            },
            Entry::Sections(key, section) => {
                self.value(value, key);
                for (index, item) in value.items().iter().enumerate() {
                    self.steps.push(Step::Index(index));
                    self.section(item, section);
                    self.steps.pop();
                }
            }
        }
    }

    fn value(&mut self, value: &Node, key: &Key) {
        self.age(key);
        let text = [Kind::Ports, Kind::PortsText]
            .contains(&key.kind)
            .then(|| self.subject.as_text(value))
            .flatten();
        let value = text.as_ref().unwrap_or(value);
        let Some(wrong) = key.wrong(value, self.subject.release) else {
            if let Some(doubt) = key.doubt(value) {
                self.add((Warning, "fragile-glob"), doubt.what, doubt.fix);
            }
            return;
        };
        let (severity, end) = match &wrong.instead {
            Some(instead) => (Warning, format!("; {instead}")),
            None => (Error, ", and OBI does not start".to_owned()),
        };
        let rule = if key.kind == Kind::Unsupported { "unsupported-key" } else { "wrong-value" };
        self.add((severity, rule), &format!("{}{end}", wrong.what), &wrong.fix);
    }

    fn age(&mut self, key: &Key) {
        let release = self.subject.release;
        if let Some(since) = key.since.filter(|it| *it > release) {
            let problem = format!(
                "OBI {release} does not have it yet and ignores it without a word: it came with {since}"
            );
            self.add(
                (Warning, "not-yet-known"),
                &problem,
                &format!("leave it out, or run OBI {since} or later"),
            );
        }
        if let Some(instead) = &key.instead {
            self.add(
                (Note, "deprecated-key"),
                "it works, and is deprecated",
                &format!("write {instead}"),
            );
        }
    }

    /// A key that has to be there where its section is.
    fn missing(&mut self, node: &Node, section: &Section) {
        if !matches!(node.content, Content::Fields(_)) {
            return;
        }
        for (name, entry) in section {
            let (Entry::Value(key) | Entry::Sections(key, _)) = entry else { continue };
            let is_there = |it: &Node| key.or_empty || is_filled(it);
            if !key.required || node.get(name).is_some_and(is_there) {
                continue;
            }
            self.steps.push(Step::Key(name.clone()));
            let problem = "it has to be there, and OBI does not start without it";
            self.add((Error, "missing-key"), problem, &format!("add {name}"));
            self.steps.pop();
        }
    }

    /// Where selectors are, OBI says so itself, as it does in all of version 2; everywhere else it goes on without a word.
    fn unknown(&mut self, name: &str, section: &Section) {
        let known = || section.keys().map(String::as_str).collect::<Vec<_>>();
        if let Some(list) = self.list_of_selectors() {
            let (severity, problem) = if NOT_JUDGED.contains(&list) {
                (Warning, "no selector has it, and OBI leaves nothing out by it")
            } else {
                (Error, "no selector has it, and OBI does not start")
            };
            return self.add((severity, "unknown-selector"), problem, &advice(name, &known()));
        }
        if self.is_strict() {
            let problem = "OBI has no such key, and does not start";
            return self.add((Error, "unknown-key"), problem, &advice(name, &known()));
        }
        let path = self.path();
        if let Some(removed) = self.keys.removed.get(&path) {
            let release = self.subject.release;
            if release >= removed.until {
                let problem = format!(
                    "OBI {release} does not have it any more and ignores it without a word"
                );
                self.add((Warning, "removed-key"), &problem, &format!("write {}", removed.instead));
            }
            return;
        }
        let problem = "OBI has no such key and ignores it without a word";
        let fix = self.meant(name, &path, section);
        self.add((Warning, "unknown-key"), problem, &fix);
    }

    fn meant(&self, name: &str, path: &str, section: &Section) -> String {
        if let Some(meant) = self.keys.misnomers.get(path) {
            return format!("write {meant}");
        }
        if let Some(near) = nearest(name, section.keys().map(String::as_str)) {
            return format!("did you mean {near}?");
        }
        match somewhere(name, &self.keys.root, &mut Vec::new()) {
            Some(path) => format!("it belongs elsewhere: {path}"),
            None => "leave it out".to_owned(),
        }
    }

    fn add(&mut self, kind: (Severity, &'static str), problem: &str, fix: &str) {
        self.findings.push(self.subject.about(&self.steps, kind, problem, fix));
    }

    fn is_strict(&self) -> bool {
        std::ptr::eq(self.keys, Keys::v2()) || std::ptr::eq(self.keys, Keys::otel())
    }

    /// The list, where the last step is a key of one of discovery's selectors.
    fn list_of_selectors(&self) -> Option<&str> {
        let [Step::Key(discovery), Step::Key(list), Step::Index(_), Step::Key(_)] = &self.steps[..]
        else {
            return None;
        };
        let is_of_selectors =
            |it: &Entry| matches!(it, Entry::Sections(key, _) if key.kind == Kind::Selectors);
        let Some(Entry::Section(lists)) = self.keys.root.get(discovery) else { return None };
        let is_one = discovery == "discovery" && lists.get(list).is_some_and(is_of_selectors);
        is_one.then_some(list)
    }

    fn path(&self) -> String {
        Steps(&self.steps).to_string()
    }
}

/// Where else a key of that name is.
fn somewhere(name: &str, section: &Section, path: &mut Vec<String>) -> Option<String> {
    for (key, entry) in section {
        path.push(key.clone());
        let found = match entry {
            _ if key == name && path.len() > 1 => Some(path.join(".")),
            Entry::Section(inside) => somewhere(name, inside, path),
            Entry::Sections(..) | Entry::Value(_) => None,
        };
        path.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

//! Keys and values, held against the table.

use super::{
    super::{
        finding::{
            Finding,
            Severity::{Error, Note, Warning},
        },
        keys::{Entry, Key, Keys, Section},
    },
    Subject,
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
        let Some(wrong) = key.wrong(value) else { return };
        if key.lenient {
            let problem = format!("{}; OBI warns, and takes the default", wrong.what);
            return self.add((Warning, "wrong-value"), &problem, &wrong.fix);
        }
        let problem = format!("{}, and OBI does not start", wrong.what);
        self.add((Error, "wrong-value"), &problem, &wrong.fix);
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

    /// Where selectors are, OBI says so itself; everywhere else it goes on without a word.
    fn unknown(&mut self, name: &str, section: &Section) {
        let path = self.path();
        let keys = self.keys;
        if self.is_strict() {
            let near = nearest(name, section.keys().map(String::as_str));
            let near = near.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
            let known: Vec<&str> = section.keys().map(String::as_str).collect();
            let fix = format!("{near}known are {}", known.join(", "));
            return self.add(
                (Error, "unknown-key"),
                "OBI has no such key, and does not start",
                &fix,
            );
        }
        if let Some(removed) = keys.removed.get(&path) {
            let release = self.subject.release;
            if release >= removed.until {
                let problem = format!(
                    "OBI {release} does not have it any more and ignores it without a word"
                );
                self.add((Warning, "removed-key"), &problem, &format!("write {}", removed.instead));
            }
            return;
        }
        if let Some(meant) = keys.misnomers.get(&path) {
            let problem = "OBI has no such key and ignores it without a word";
            return self.add((Warning, "unknown-key"), problem, &format!("write {meant}"));
        }
        let near = nearest(name, section.keys().map(String::as_str));
        let elsewhere = || somewhere(name, &keys.root, &mut Vec::new());
        let fix = match (near, elsewhere()) {
            (Some(near), _) => format!("did you mean {near}?"),
            (None, Some(path)) => format!("it belongs elsewhere: {path}"),
            (None, None) => "leave it out".to_owned(),
        };
        if path.starts_with("discovery.") && path.contains(']') && !path.contains("].") {
            return;
        }
        self.add(
            (Warning, "unknown-key"),
            "OBI has no such key and ignores it without a word",
            &fix,
        );
    }

    fn add(
        &mut self,
        kind: (super::super::finding::Severity, &'static str),
        problem: &str,
        fix: &str,
    ) {
        self.findings.push(self.subject.about(&self.steps, kind, problem, fix));
    }

    fn is_strict(&self) -> bool {
        std::ptr::eq(self.keys, Keys::v2())
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

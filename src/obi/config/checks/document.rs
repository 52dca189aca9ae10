//! Whether there is a configuration at all.

use std::collections::BTreeMap;

use super::{
    super::finding::{Finding, Severity::Error},
    Subject,
};
use crate::tree::{Content, Node, Place, Step};

/// OBI reads any size, and needs minutes and half a gigabyte for it: nobody means that.
const LARGEST: usize = 1 << 20;

/// How many keys there may be: the time that OBI takes grows with their square.
const MOST: usize = 10_000;

fn general(rule: &'static str, problem: impl Into<String>, fix: impl Into<String>) -> Finding {
    let (path, place) = (String::new(), None);
    Finding { severity: Error, rule, path, place, problem: problem.into(), fix: fix.into() }
}

/// Why a text is not even looked at.
pub(super) fn unfit(text: &str) -> Option<Finding> {
    (text.len() > LARGEST).then(|| {
        let problem = format!(
            "{} bytes are no configuration: OBI would need minutes to read them",
            text.len()
        );
        general("too-large", problem, format!("write no more than {LARGEST} bytes"))
    })
}

/// The document in the text; it is not looked into further where there is none.
pub(super) fn tree(text: &str, written: &dyn Fn(Place) -> Place) -> Result<Node, Finding> {
    let tree = Node::parse(text).map_err(|error| {
        let render = serde_saphyr::render_options! {
            formatter: &serde_saphyr::UserMessageFormatter,
            snippets: serde_saphyr::SnippetMode::Off,
        };
        if is_of_aliases(&error) {
            return general(
                "too-many-aliases",
                "its aliases stand for too much to be a configuration",
                "write it out",
            );
        }
        let place = error.location().map(|it| written(Place::from(it)));
        let problem = format!(
            "this is no YAML, and OBI does not start: {}",
            error.render_with_options(render)
        );
        Finding { place, ..general("not-yaml", problem, "write one YAML document") }
    })?;
    match tree.content {
        Content::Fields(_) | Content::Null => Ok(tree),
        _ => {
            let problem = "the document is no section, and OBI does not start";
            Err(general("not-a-section", problem, "write keys with values: `trace_printer: text`"))
        }
    }
}

/// OBI reads it all the same, after a while.
fn is_of_aliases(error: &serde_saphyr::Error) -> bool {
    error.to_string().contains("alias")
}

/// Why a document is not looked into.
pub(super) fn crowded(tree: &Node) -> Option<Finding> {
    let mut keys = 0;
    tree.walk(&mut Vec::new(), &mut |_, node| keys += node.entries().len());
    (keys > MOST).then(|| {
        let problem =
            format!("{keys} keys are no configuration: OBI would need minutes to read them");
        general("too-large", problem, format!("write no more than {MOST} keys"))
    })
}

/// Keys that are written twice.
pub(super) fn doubles(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    subject.tree.walk(&mut Vec::new(), &mut |steps, node| {
        let mut seen = BTreeMap::new();
        for (key, _) in node.entries() {
            if seen.insert(&key.name, key.place).is_none() {
                continue;
            }
            let mut steps = steps.to_vec();
            steps.push(Step::Key(key.name.clone()));
            let place = Some((subject.written)(key.place));
            let problem = "it is written twice, and OBI does not start";
            let finding =
                subject.about(&steps, (Error, "double-key"), problem, "leave one of them out");
            findings.push(Finding { place, ..finding });
        }
    });
    findings
}

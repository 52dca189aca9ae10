//! Lists taken apart, and what every object must have.

use std::collections::HashMap;

use super::{
    Document,
    node::{Content, Node, Place},
    parts,
    problem::Problems,
};
use crate::toolsets::kubernetes::few::briefly;

/// How deep lists may lie in each other.
const DEEPEST: usize = 8;

/// An object as it is written, with what its list says of it.
struct Found {
    index: usize,
    node: Node,
    /// `apiVersion` and `kind` of the items of a list such as `ConfigMapList`, which may leave them out.
    of_list: Option<(String, String)>,
}

/// Kind, group, namespace and name.
type Identity = (String, String, Option<String>, String);

#[derive(Default)]
pub(super) struct Objects {
    found: Vec<Found>,
}

impl Objects {
    /// Takes the objects of a document.
    pub(super) fn take(&mut self, index: usize, node: Node, problems: &mut Problems) {
        self.found_in(Found { index, node, of_list: None }, DEEPEST, problems);
    }

    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    fn found_in(&mut self, mut found: Found, depth: usize, problems: &mut Problems) {
        let Some(of_items) = list(&found.node) else {
            self.found.push(found);
            return;
        };
        let place = found.node.place;
        if depth == 0 {
            let problem = format!("more than {DEEPEST} lists in each other: take them apart");
            problems.at(found.index, place, problem);
            return;
        }
        for node in taken_items(&mut found.node) {
            if node.is_null() {
                let problem = "an item of a list that is nothing: leave its dash out";
                problems.at(found.index, node.place, problem);
                continue;
            }
            let found = Found { index: found.index, node, of_list: of_items.clone() };
            self.found_in(found, depth - 1, problems);
        }
    }

    /// The documents, if nothing is wrong with them.
    pub(super) fn checked(self, problems: &mut Problems) -> Vec<Document> {
        let mut known: HashMap<Identity, (usize, Place)> = HashMap::new();
        let mut documents = Vec::with_capacity(self.found.len());
        for mut found in self.found {
            complete(&mut found);
            let Found { index, node, .. } = found;
            let place = node.place;
            if let Some(identity) = identity(index, &node, problems) {
                let known = *known.entry(identity).or_insert((index, place));
                if known != (index, place) {
                    let problem = again(&node, known);
                    problems.at(index, place, problem);
                }
            }
            documents.push(Document { index, line: place.line, object: node.into_value() });
        }
        documents
    }
}

/// Whether a node is a list of objects, and what it says of their kind.
#[expect(clippy::option_option, reason = "a list need not say anything")]
fn list(node: &Node) -> Option<Option<(String, String)>> {
    let kind = node.get("kind")?.text()?;
    let of = kind.strip_suffix("List")?;
    let items = node.get("items");
    let is_list = items.is_some_and(|it| it.items().is_some() || it.is_null());
    if !is_list || node.get("spec").is_some() {
        return None;
    }
    let api_version = node.get("apiVersion").and_then(Node::text);
    let api_version = api_version.filter(|_| !of.is_empty());
    Some(api_version.map(|it| (it.to_owned(), of.to_owned())))
}

fn taken_items(node: &mut Node) -> Vec<Node> {
    let Content::Fields(fields) = &mut node.content else { return Vec::new() };
    let items = fields.iter_mut().find(|(key, _)| key.name == "items");
    match items.map(|it| &mut it.1.content) {
        Some(Content::List(items)) => std::mem::take(items),
        _ => Vec::new(),
    }
}

/// Adds what only the list says.
fn complete(found: &mut Found) {
    let Some((api_version, kind)) = found.of_list.take() else { return };
    let place = found.node.place;
    for (name, value) in [("kind", kind), ("apiVersion", api_version)] {
        if found.node.get(name).is_none()
            && let Content::Fields(fields) = &mut found.node.content
        {
            fields.insert(0, super::node::field(name, value, place));
        }
    }
}

/// What tells an object from all others, unless something is wrong with it.
fn identity(index: usize, node: &Node, problems: &mut Problems) -> Option<Identity> {
    if !matches!(node.content, Content::Fields(_)) {
        let problem = format!(
            "an object with apiVersion, kind and metadata is expected, and this is {}",
            node.what()
        );
        problems.at(index, node.place, problem);
        return None;
    }
    if node.get("kind").and_then(Node::text) == Some("List") {
        problems.at(index, node.place, "a List without `items`: give it a list of objects");
        return None;
    }
    if is_for_kustomize(node) {
        let problem = "this is for kustomize and not for a cluster: give what `kubectl kustomize` makes of it";
        problems.at(index, node.place, problem);
        return None;
    }
    let mut keep = |outcome: Result<Option<String>, (Place, String)>| {
        outcome.map_err(|(place, problem)| problems.at(index, place, problem)).ok()
    };
    let api_version = keep(parts::api_version(node));
    let kind = keep(parts::kind(node));
    let name = keep(parts::name(node));
    let namespace = keep(parts::namespace(node));
    for problem in parts::texts(node) {
        keep(Err(problem));
    }
    let api_version = api_version.flatten()?;
    let group = api_version.split_once('/').map_or("", |it| it.0).to_owned();
    Some((kind.flatten()?, group, namespace?, name.flatten()?))
}

fn is_for_kustomize(node: &Node) -> bool {
    let version = node.get("apiVersion").and_then(Node::text);
    version.is_some_and(|it| it.starts_with("kustomize.config.k8s.io/"))
}

fn again(node: &Node, (index, place): (usize, Place)) -> String {
    let text = |node: Option<&Node>| briefly(node.and_then(Node::text).unwrap_or_default());
    let name = text(node.get("metadata").and_then(|it| it.get("name")));
    format!(
        "{} {name} again, after document {index}, line {}: keep one of them",
        text(node.get("kind")),
        place.line
    )
}

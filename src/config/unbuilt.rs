//! Keys that are understood and do nothing yet. A promise that is silently not kept is worse than none.

use super::{
    problem::Problem,
    tree::{Content, Node, Step},
};

const UNBUILT: [&[&str]; 9] = [
    &["toolsets", "local"],
    &["toolsets", "kubernetes", "default_namespace"],
    &["toolsets", "kubernetes", "default_image"],
    &["toolsets", "discovery"],
    &["toolsets", "docker"],
    &["policy", "confirm"],
    &["policy", "confirm_also"],
    &["policy", "max_affected"],
    &["obi"],
];

/// Every such key that the text asks something of.
pub(super) fn unbuilt(tree: &Node) -> Vec<Problem> {
    let asked = UNBUILT.iter().filter(|keys| find(tree, keys).is_some_and(asks_something));
    let about = |keys: &&[&str]| {
        let steps: Vec<Step> = keys.iter().map(|it| Step::Key((*it).to_owned())).collect();
        Problem::about(tree, &steps, "not built yet, has no effect")
    };
    asked.map(about).collect()
}

fn find<'a>(tree: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().try_fold(tree, |node, key| node.get(key))
}

/// What is empty or switched off gets what it asks for.
fn asks_something(node: &Node) -> bool {
    let is_off = node.get("enabled").is_some_and(|it| matches!(it.content, Content::Bool(false)));
    match &node.content {
        Content::Null => false,
        Content::List(items) => !items.is_empty(),
        Content::Section(entries) => !entries.is_empty() && !is_off,
        Content::Bool(_) | Content::Number(_) | Content::Text(_) => true,
    }
}

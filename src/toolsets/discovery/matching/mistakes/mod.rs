//! All that is wrong with a file at once, where serde ends with the first mistake: what is wrong is told and left out, and the rest
//! is read again.

mod reading;

use std::{collections::HashSet, ptr};

use serde::de::DeserializeOwned;

use self::reading::{Kind, Reader, Wrong};
use crate::{
    nearest::nearest,
    tree::{Node, Place},
};

/// Nobody mends more at once.
const MOST: usize = 50;

/// Every mistake that keeps the document from being read, each with its place, in their order. What is wrong only because something
/// was left out is none. Of fields that are missing in one place the first is told, and of the document's own all that are required.
pub(super) fn mistakes<T: DeserializeOwned>(
    document: &Node,
    required: &[&str],
) -> Vec<(Place, String)> {
    let (mut left_out, mut strange) = (HashSet::new(), HashSet::new());
    let mut told = Vec::new();
    while told.len() < MOST {
        let reader = Reader { node: document, left_out: &left_out };
        let Err(Wrong { at, message, kind }) = T::deserialize(reader) else { break };
        let (node, place) = at.unwrap_or_else(|| (ptr::from_ref(document), document.place));
        let means = |here: &Node, field: &str| {
            is_cut(here, &left_out, |key, it| {
                key == field || (strange.contains(&it) && nearest(key, [field]).is_some())
            })
        };
        if ptr::eq(node, document) && matches!(kind, Kind::Missing(_)) {
            let missing =
                required.iter().filter(|it| document.get(it).is_none() && !means(document, it));
            told.extend(missing.map(|it| (place, missing_field(it))));
            break;
        }
        let is_ours = find(document, node).is_some_and(|it| match kind {
            Kind::Missing(field) => means(it, field),
            Kind::Strange | Kind::Other => lacks_any(it, &left_out),
        });
        if !is_ours {
            told.push((place, message));
        }
        if kind == Kind::Strange {
            strange.insert(node);
        }
        if ptr::eq(node, document) || !left_out.insert(node) {
            break;
        }
    }
    told.sort();
    told
}

fn missing_field(field: &str) -> String {
    format!("missing field `{field}`")
}

/// All that lies directly in it; one of the two is empty.
fn inside(node: &Node) -> impl Iterator<Item = &Node> {
    node.items().iter().chain(node.entries().iter().map(|(_, it)| it))
}

fn find(here: &Node, node: *const Node) -> Option<&Node> {
    if ptr::eq(here, node) { Some(here) } else { inside(here).find_map(|it| find(it, node)) }
}

/// Whether anything in it was left out.
fn lacks_any(node: &Node, left_out: &HashSet<*const Node>) -> bool {
    inside(node).any(|it| left_out.contains(&ptr::from_ref(it)) || lacks_any(it, left_out))
}

/// Whether one of its own fields was left out that is so.
fn is_cut(
    node: &Node,
    left_out: &HashSet<*const Node>,
    is_so: impl Fn(&str, *const Node) -> bool,
) -> bool {
    let mut entries = node.entries().iter().map(|(key, it)| (key, ptr::from_ref(it)));
    entries.any(|(key, it)| left_out.contains(&it) && is_so(&key.name, it))
}

//! What is on offer, and whose it is. A name has one owner.

use std::collections::BTreeMap;

use super::Duplicate;

#[derive(Clone)]
pub(super) struct Owned<T> {
    /// The place of its toolset among the watched; `None` for what the registry itself offers.
    pub(super) owner: Option<usize>,
    pub(super) item: T,
}

pub(super) fn place<K: Ord + AsRef<str>, T>(
    shelf: &mut BTreeMap<K, Owned<T>>,
    kind: &'static str,
    name: K,
    owner: usize,
    item: T,
    names: &[&'static str],
) -> Result<(), Duplicate> {
    if let Some(twin) = shelf.get(&name) {
        return Err(duplicate(kind, name.as_ref(), twin.owner, Some(owner), names));
    }
    shelf.insert(name, Owned { owner: Some(owner), item });
    Ok(())
}

pub(super) fn duplicate(
    kind: &'static str,
    name: &str,
    first: Option<usize>,
    second: Option<usize>,
    names: &[&'static str],
) -> Duplicate {
    let named = |owner: Option<usize>| {
        owner.and_then(|it| names.get(it)).copied().unwrap_or("the registry")
    };
    Duplicate { kind, name: name.to_owned(), first: named(first), second: named(second) }
}

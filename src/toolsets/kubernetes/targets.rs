//! Which kinds, which names, and where: `deploy/web`, `pods,services`, `all`.

use std::sync::Arc;

use super::{
    cluster::Cluster,
    discovery::{Catalog, Reference, Resource},
    few::briefly,
};
use crate::tool::ToolError;

/// Each name is a request of its own, and two more when it is not there.
const MOST_NAMES: usize = 100;

/// In bytes, by the API's own rule for names.
const LONGEST_NAME: usize = 253;

/// The same for what is also a part of a DNS name.
const LONGEST_LABEL: usize = 63;

/// One kind, and the names that were asked for; all objects when there are none.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) resource: Arc<Resource>,
    pub(super) names: Vec<String>,
}

/// Where to look for objects that have a namespace.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    One {
        namespace: String,
        /// The call named it.
        named: bool,
    },
    All,
}

impl Scope {
    pub(super) fn namespace(&self) -> Option<&str> {
        match self {
            Self::One { namespace, .. } => Some(namespace),
            Self::All => None,
        }
    }
}

/// Of a namespace that was checked.
pub(super) fn scope(cluster: &Cluster, namespace: Option<&str>, all_namespaces: bool) -> Scope {
    if all_namespaces || namespace.is_some_and(means_all) {
        return Scope::All;
    }
    let own = cluster.identity.namespace.as_str();
    Scope::One { namespace: namespace.unwrap_or(own).to_owned(), named: namespace.is_some() }
}

pub(super) fn means_all(namespace: &str) -> bool {
    matches!(namespace, "*" | "all")
}

/// What is wrong with the names that a call gives beside the kinds.
pub(super) fn misnamed<'a>(
    namespace: Option<&'a str>,
    names: Option<&'a str>,
) -> impl Iterator<Item = String> {
    let namespace = namespace.filter(|it| !means_all(it));
    let namespace = namespace.and_then(|it| check_namespace("namespace", it).err());
    let names = parts(names.unwrap_or_default()).filter_map(|it| check_name("name", it).err());
    namespace.into_iter().chain(names)
}

/// Reads `resource` and `name`, which was checked, against what the cluster serves.
pub(super) async fn resolve(
    cluster: &Cluster,
    resource: &str,
    name: Option<&str>,
) -> Result<Vec<Target>, ToolError> {
    let names: Vec<String> = parts(name.unwrap_or_default()).map(str::to_owned).collect();
    if names.len() > MOST_NAMES || parts(resource).count() > MOST_NAMES {
        return Err(ToolError::invalid(format!(
            "more than {MOST_NAMES} names: list the kind, with a selector"
        )));
    }
    let mut targets: Vec<Target> = Vec::new();
    for part in parts(resource) {
        for target in one(cluster, part).await? {
            merge(&mut targets, target);
        }
    }
    if targets.is_empty() {
        return Err(ToolError::invalid("`resource` names no kind"));
    }
    for target in &mut targets {
        if !target.names.is_empty() && !names.is_empty() && target.names != names {
            return Err(ToolError::invalid(format!(
                "`resource` asks for {} and `name` for {}: give one of them",
                target.names.join(","),
                names.join(",")
            )));
        }
        if target.names.is_empty() {
            target.names.clone_from(&names);
        }
        if target.resource.group.is_empty() && target.resource.plural == "namespaces" {
            let wrong = target.names.iter().find_map(|it| check_namespace("resource", it).err());
            wrong.map_or(Ok(()), |it| Err(ToolError::invalid(it)))?;
        }
    }
    Ok(targets)
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).map(str::trim).filter(|it| !it.is_empty())
}

async fn one(cluster: &Cluster, text: &str) -> Result<Vec<Target>, ToolError> {
    let found = cluster.discovery().find(cluster, |catalog| read(catalog, text)).await?;
    let targets = found.map_err(|catalog| {
        let [first, _] = Reference::readings(text);
        super::discovery::unknown(&catalog, first.map_or(text, |it| it.kind))
    })?;
    for name in targets.iter().flat_map(|it| &it.names) {
        check_name("resource", name).map_err(ToolError::invalid)?;
    }
    Ok(targets)
}

fn read(catalog: &Catalog, text: &str) -> Option<Vec<Target>> {
    let target = |it: Reference<'_>| {
        let names = it.name.map(str::to_owned).into_iter().collect();
        Some(vec![Target { resource: catalog.resource(it.kind)?, names }])
    };
    let members = || {
        let members = catalog.category(text).into_iter();
        let listed = members.filter(|it| it.supports("list"));
        let targets: Vec<Target> =
            listed.map(|resource| Target { resource, names: Vec::new() }).collect();
        (!targets.is_empty()).then_some(targets)
    };
    Reference::readings(text).into_iter().flatten().find_map(target).or_else(members)
}

/// `pod/a,pod/b` is one list of two pods.
fn merge(targets: &mut Vec<Target>, new: Target) {
    match targets.iter_mut().find(|it| it.resource == new.resource) {
        Some(known) => known.names.extend(new.names),
        None => targets.push(new),
    }
}

/// A namespace's name is a label of RFC 1123; any other would be asked for in vain.
pub(super) fn check_namespace(argument: &str, name: &str) -> Result<(), String> {
    check_name(argument, name)?;
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    let is_closed = !name.starts_with('-') && !name.ends_with('-');
    if is_closed && name.bytes().all(is_plain) && name.len() <= LONGEST_LABEL {
        return Ok(());
    }
    Err(format!(
        "`{argument}`: {:?} is no namespace: lower-case letters, digits and, between them, `-` make its name, {LONGEST_LABEL} at most",
        briefly(name)
    ))
}

/// What stands in a path must not be able to leave it.
pub(super) fn check_name(argument: &str, name: &str) -> Result<(), String> {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_' | '@' | '+');
    if name.len() > LONGEST_NAME {
        let length = name.len();
        return Err(format!("`{argument}`: a name of {length} bytes; {LONGEST_NAME} are the most"));
    }
    if name.chars().all(plain) && !matches!(name, "" | "." | "..") {
        return Ok(());
    }
    Err(format!("`{argument}`: {name:?} is not a name that an object can have"))
}

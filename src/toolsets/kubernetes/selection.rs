//! Which objects a change is for: those that are named, those that a selector meets, or all of a kind.

use std::{collections::HashSet, sync::Arc};

use serde_json::{Value, json};

use super::{
    address::Address,
    cluster::Cluster,
    discovery::Resource,
    listing::{Listing, Need, Thing},
    missing::{all_of, missing_namespace},
    problems::Problems,
    side_by_side::side_by_side,
    targets::{self, Target},
};
use crate::tool::ToolError;

/// More are not looked at: no operator lets so many be changed at once.
const MOST: usize = 1_000;
const PAGE: usize = 250;

/// The arguments that say which.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selection<'a> {
    pub(super) resource: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
    pub(super) labels: Option<&'a str>,
    pub(super) fields: Option<&'a str>,
    /// All of the kind.
    pub(super) all: bool,
    /// What can be given in the place of names, if anything.
    pub(super) ways: &'static str,
}

/// An object as it was seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) address: Address,
    pub(super) object: Value,
}

impl Selection<'_> {
    /// What can be told without a cluster.
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.names(self.namespace, self.name);
        problems.one_namespace(self.namespace);
        problems.labels("label_selector", self.labels);
        problems.fields("field_selector", self.fields);
        let once = !(self.all && self.selects());
        problems.unless(once, "`all` and a selector: give one of them");
    }

    fn selects(&self) -> bool {
        self.labels.is_some() || self.fields.is_some()
    }

    /// All of them, or an error that says which are not there. Never none.
    pub(super) async fn seen(&self, cluster: &Cluster) -> Result<Vec<Seen>, ToolError> {
        let targets = targets::resolve(cluster, self.resource, self.name).await?;
        self.is_clear(&targets)?;
        let scope = targets::scope(cluster, self.namespace, false);
        let namespace = scope.namespace();
        if targets.iter().any(|it| !it.names.is_empty()) {
            return named(cluster, &targets, namespace).await;
        }
        let mut found = Vec::new();
        for target in &targets {
            self.list(cluster, &target.resource, namespace, &mut found).await?;
        }
        if found.is_empty() {
            return Err(self.nothing(cluster, &targets, namespace).await);
        }
        Ok(found)
    }

    /// Nothing is changed because somebody forgot to say what.
    fn is_clear(&self, targets: &[Target]) -> Result<(), ToolError> {
        let chooses = self.all || self.selects();
        let nameless = targets.iter().find(|it| it.names.is_empty());
        let is_named = targets.iter().any(|it| !it.names.is_empty());
        match nameless {
            Some(target) if is_named || !chooses => {
                let kind = &target.resource;
                let (all, one) = (kind.full_name(), &kind.singular);
                let ways = match self.ways {
                    "" => String::new(),
                    ways => format!(", or give {ways}"),
                };
                Err(ToolError::invalid(format!(
                    "`resource`: which {all}? Name them ({one}/NAME){ways}"
                )))
            }
            None if chooses => Err(ToolError::invalid(
                "names, and what chooses among all: give one of them".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    async fn list(
        &self,
        cluster: &Cluster,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        found: &mut Vec<Seen>,
    ) -> Result<(), ToolError> {
        let (labels, fields) = (self.labels, self.fields);
        let listing = Listing { namespace, labels, fields, ..Listing::of_all(cluster, resource) };
        let mut token = None::<String>;
        loop {
            let page = listing.page(Need::Manifest, token.as_deref(), PAGE).await;
            let page = page.map_err(|it| listing.failed(&it))?;
            found.extend(page.rows.into_iter().filter_map(|it| match it.thing {
                Thing::Whole(object) => Some(Seen::new(resource, object)),
                Thing::Described(_) | Thing::Unknown => None,
            }));
            if found.len() > MOST {
                return Err(ToolError::Refused(format!(
                    "more than {MOST} objects: choose fewer, and do it in parts"
                )));
            }
            token = page.next;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    async fn nothing(
        &self,
        cluster: &Cluster,
        targets: &[Target],
        namespace: Option<&str>,
    ) -> ToolError {
        let is_namespaced = targets.iter().any(|it| it.resource.namespaced);
        let namespace = namespace.filter(|_| is_namespaced);
        if let Some(problem) = missing_namespace(cluster, namespace).await {
            return problem;
        }
        let kinds: Vec<String> = targets.iter().map(|it| it.resource.full_name()).collect();
        let kinds = kinds.join(",");
        let place = namespace.map(|it| format!(" in namespace {it}")).unwrap_or_default();
        let given = [("label_selector", self.labels), ("field_selector", self.fields)];
        let chosen = given.into_iter().filter_map(|(name, it)| Some(format!("{name} {}", it?)));
        let chosen: Vec<String> = chosen.collect();
        if chosen.is_empty() {
            return ToolError::NotFound(format!("no {kinds}{place}"));
        }
        let all = [
            ("resource", Some(json!(kinds))),
            ("namespace", namespace.map(Value::from)),
            ("columns", Some(json!(["labels"]))),
        ];
        let given = all.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?)));
        let call = Value::Object(given.collect());
        ToolError::NotFound(format!(
            "no {kinds}{place} fit {}; kubectl_get {call} shows what there is",
            chosen.join(" and ")
        ))
    }
}

impl Seen {
    fn new(resource: &Arc<Resource>, object: Value) -> Self {
        Self { address: Address::of(resource, &object), object }
    }
}

/// All that are missing are told at once.
async fn named(
    cluster: &Cluster,
    targets: &[Target],
    namespace: Option<&str>,
) -> Result<Vec<Seen>, ToolError> {
    let mut addresses = Vec::new();
    for Target { resource, names } in targets {
        let mut known = HashSet::new();
        let names = names.iter().filter(|it| known.insert(it.as_str()));
        addresses.extend(names.map(|it| Address::new(resource, namespace, it)));
    }
    let looks: Vec<_> = addresses.into_iter().map(|it| look(cluster, it)).collect();
    let outcomes: Vec<_> = side_by_side(looks).await;
    let (mut seen, mut errors) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(it) => seen.push(it),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(seen) } else { Err(all_of(errors)) }
}

async fn look(cluster: &Cluster, address: Address) -> Result<Seen, ToolError> {
    let object = address.found(cluster).await?;
    Ok(Seen { address, object })
}

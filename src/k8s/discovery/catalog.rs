//! Everything that a cluster serves, and how it is found by name.

use std::sync::Arc;

use super::name::KindName;
use crate::{k8s::guard::Guard, nearest::nearest};

/// One resource in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Empty for the core group.
    pub group: String,
    pub version: String,
    pub kind: String,
    pub plural: String,
    pub singular: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    pub verbs: Vec<String>,
    /// Whether this is the version that the server prefers among those that have this resource.
    pub preferred: bool,
}

impl Resource {
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `pods`, `deployments.apps`
    pub fn full_name(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    pub fn supports(&self, verb: &str) -> bool {
        self.verbs.iter().any(|it| it == verb)
    }

    /// Whether the API server defines the kind itself: `apps`, `batch`, `*.k8s.io`; not `x-k8s.io`, which anybody may use.
    pub fn is_built_in(&self) -> bool {
        !self.group.contains('.') || self.group.ends_with(".k8s.io")
    }

    /// The collection, of one namespace or of the whole cluster.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let base = format!("{root}/{}", self.api_version());
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{base}/namespaces/{namespace}/{}", self.plural),
            None => format!("{base}/{}", self.plural),
        }
    }

    fn has_name(&self, name: &str) -> bool {
        [&self.plural, &self.singular, &self.kind].iter().any(|it| it.eq_ignore_ascii_case(name))
    }

    fn has_short_name(&self, name: &str) -> bool {
        self.short_names.iter().any(|it| it.eq_ignore_ascii_case(name))
    }
}

/// A group and version whose server did not say what it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub group_version: String,
}

#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// In the server's order: the core group first, then groups and versions as it prefers them.
    pub resources: Vec<Arc<Resource>>,
    pub failed: Vec<Failed>,
}

impl Catalog {
    pub(super) fn new(mut resources: Vec<Resource>, failed: Vec<Failed>) -> Self {
        let mut seen = std::collections::HashSet::new();
        for resource in &mut resources {
            resource.preferred = seen.insert((resource.group.clone(), resource.plural.clone()));
        }
        Self { resources: resources.into_iter().map(Arc::new).collect(), failed }
    }

    /// By plural, singular, kind or short name, with or without group and version.
    pub fn resource(&self, name: &str) -> Option<Arc<Resource>> {
        KindName::readings(name).find_map(|it| self.reading(&it))
    }

    /// The resources of a category, such as `all`; empty when there is none of that name.
    pub fn category(&self, name: &str) -> Vec<Arc<Resource>> {
        let member = |it: &&Arc<Resource>| it.preferred && it.categories.iter().any(|c| c == name);
        self.resources.iter().filter(member).cloned().collect()
    }

    /// Every plural, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().filter(|it| it.preferred).map(|it| it.plural.as_str())
    }

    /// The group versions whose server is down, as a list; none when all of them answer.
    pub(crate) fn down(&self) -> Option<String> {
        let failed: Vec<&str> = self.failed.iter().map(|it| it.group_version.as_str()).collect();
        (!failed.is_empty()).then(|| failed.join(", "))
    }

    /// What of the operator's rules does nothing here, and may be a slip.
    pub(crate) fn doubts(&self, guard: &Guard) -> Vec<String> {
        // What a silent server would serve nobody knows.
        if !self.failed.is_empty() {
            return Vec::new();
        }
        let served = self.resources.iter().map(|it| (it.group.as_str(), it.plural.as_str()));
        let idle = guard.without_effect(&served.collect::<Vec<_>>());
        let told = idle.into_iter().map(|pattern| {
            let name = pattern.split(['.', '/']).next().unwrap_or_default();
            let hint = nearest(name, self.names()).map(|it| format!(": did you mean {it}?"));
            format!(
                "policy.deny_resources: `{pattern}` fits nothing that the cluster serves{}",
                hint.unwrap_or_default()
            )
        });
        told.collect()
    }

    pub(super) fn cluster_scoped(&self) -> Vec<(String, String)> {
        let without = self.resources.iter().filter(|it| it.preferred && !it.namespaced);
        without.map(|it| (it.group.clone(), it.plural.clone())).collect()
    }

    fn reading(&self, name: &KindName<'_>) -> Option<Arc<Resource>> {
        let exact = |it: &Resource| name.group.is_none_or(|group| it.group == group);
        let begun = |it: &Resource| {
            name.group.is_some_and(|group| !group.is_empty() && it.group.starts_with(group))
        };
        let in_version = |it: &Resource| name.version.map_or(it.preferred, |v| it.version == v);
        let find = |group: &dyn Fn(&Resource) -> bool, named: &dyn Fn(&Resource) -> bool| {
            self.resources.iter().find(|it| in_version(it) && group(it) && named(it)).cloned()
        };
        let full = |it: &Resource| it.has_name(name.kind);
        let short = |it: &Resource| it.has_short_name(name.kind);
        find(&exact, &full)
            .or_else(|| find(&exact, &short))
            .or_else(|| find(&begun, &full))
            .or_else(|| find(&begun, &short))
    }
}

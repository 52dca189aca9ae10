use serde::Deserialize;

use super::{Condition, Meta, Name};

/// An `HTTPRoute` of the Gateway API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Route {
    pub(crate) metadata: Meta,
    pub(crate) spec: RouteSpec,
    pub(crate) status: RouteStatus,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RouteSpec {
    parent_refs: Vec<Reference>,
    rules: Vec<RouteRule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RouteRule {
    backend_refs: Vec<Reference>,
}

/// What a route leads to, or where it is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    group: Option<String>,
    kind: Option<String>,
    namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RouteStatus {
    pub(crate) parents: Vec<ParentStatus>,
}

/// What the controller of one parent says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ParentStatus {
    pub(crate) parent_ref: Name,
    pub(crate) conditions: Vec<Condition>,
}

impl Route {
    /// Each Service and port of its own namespace that it leads to, once.
    pub(crate) fn backends(&self) -> Vec<&Reference> {
        let all = self.spec.rules.iter().flat_map(|it| &it.backend_refs);
        once(all.filter(|it| it.is_near("", "Service", self)))
    }

    /// The Gateways of its own namespace to which it is attached.
    pub(crate) fn gateways(&self) -> Vec<&Reference> {
        let all = self.spec.parent_refs.iter();
        once(all.filter(|it| it.is_near("gateway.networking.k8s.io", "Gateway", self)))
    }
}

impl Reference {
    /// Whether it is of a kind, which is also the one that it does not name, and in the route's own namespace.
    fn is_near(&self, group: &str, kind: &str, route: &Route) -> bool {
        let is =
            |given: &Option<String>, it: &str| given.as_deref().is_none_or(|given| given == it);
        is(&self.group, group)
            && is(&self.kind, kind)
            && is(&self.namespace, &route.metadata.namespace)
    }
}

fn once<'a>(references: impl Iterator<Item = &'a Reference>) -> Vec<&'a Reference> {
    let mut known: Vec<&Reference> = Vec::new();
    for reference in references {
        if !known.contains(&reference) {
            known.push(reference);
        }
    }
    known
}

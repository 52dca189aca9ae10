//! The last gate: it sees every request that leaves for the API server, so no tool can forget it. What it cannot read, it refuses.

mod name;
mod rule;
mod target;

pub use self::rule::{BadPattern, Names};
pub(crate) use self::{name::USER, rule::Glob};

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::{Method, Request, header::CONTENT_LENGTH};
use kube::client::Body;
use tower::{BoxError, filter::Predicate};

use self::{
    rule::Rule,
    target::{Meaning, Target, is_review, meaning},
};

/// What the operator allows, as it is written in the configuration.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Globs `kind-or-plural[.group][/subresource]`, such as `secrets`, `pods/exec`, `*.rbac.authorization.k8s.io`.
    pub deny_resources: Vec<String>,
    /// Globs of namespaces; `*` for all.
    pub allow_namespaces: Vec<String>,
    pub deny_namespaces: Vec<String>,
    pub writes: Writes,
}

/// What may leave of all that could change something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Writes {
    #[default]
    All,
    /// What the API server tries and does not keep.
    DryRun,
    None,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deny_resources: Vec::new(),
            allow_namespaces: vec!["*".to_owned()],
            deny_namespaces: Vec::new(),
            writes: Writes::All,
        }
    }
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0} are denied by policy (policy.deny_resources)")]
    Resource(String),
    #[error("namespace {0} is not allowed by policy (policy.namespaces)")]
    Namespace(String),
    /// What was asked for spans namespaces, and only some are allowed.
    #[error("{0} can be used in one allowed namespace at a time only (policy.namespaces)")]
    AllNamespaces(String),
    /// Through a node one comes to the pods of every namespace, and only some are allowed.
    #[error(
        "{0} reaches the pods of every namespace, and only some are allowed (policy.namespaces)"
    )]
    Node(String),
    #[error("{0} is not possible in read-only mode (policy.mode)")]
    ReadOnly(String),
    #[error("{0} would change something, and policy.mode is dry_run")]
    DryRun(String),
    #[error("the path {0} names no resource that can be checked")]
    Path(String),
    /// It would have been answered by what the server itself may.
    #[error("{0} is not asked in nobody's name (toolsets.kubernetes.identity: impersonate)")]
    Nobody(String),
}

/// Refuses what the limits exclude. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard {
    rules: Arc<Rules>,
    scopes: Arc<Scopes>,
    /// Whether every request has to be in somebody's name.
    impersonates: bool,
}

#[derive(Debug)]
struct Rules {
    denied: Vec<Rule>,
    namespaces: Names,
    writes: Writes,
}

/// The cluster-scoped resources of one cluster; known exactly once discovery has run.
#[derive(Debug, Default)]
pub(crate) struct Scopes(ArcSwapOption<Vec<(String, String)>>);

impl Scopes {
    /// Takes `(group, plural)` of everything without a namespace.
    pub(crate) fn learn(&self, cluster_scoped: Vec<(String, String)>) {
        self.0.store(Some(Arc::new(cluster_scoped)));
    }

    fn is_cluster_scoped(&self, group: &str, resource: &str) -> bool {
        match self.0.load().as_deref() {
            Some(known) => known.iter().any(|(g, plural)| g == group && plural == resource),
            None => target::CLUSTER_SCOPED.contains(&(group, resource)),
        }
    }
}

impl Guard {
    pub fn new(limits: &Limits) -> Result<Self, BadPattern> {
        let denied =
            limits.deny_resources.iter().map(|it| Rule::parse(it)).collect::<Result<_, _>>()?;
        let namespaces = Names::new(&limits.allow_namespaces, &limits.deny_namespaces)?;
        let rules = Rules { denied, namespaces, writes: limits.writes };
        Ok(Self { rules: Arc::new(rules), scopes: Arc::default(), impersonates: false })
    }

    /// Whether only that is let out which is asked in somebody's name.
    #[must_use]
    pub(crate) fn impersonating(self, impersonates: bool) -> Self {
        Self { impersonates, ..self }
    }

    /// The same rules for another cluster, whose resources are other ones.
    pub(crate) fn for_another_cluster(&self) -> Self {
        Self { scopes: Arc::default(), ..self.clone() }
    }

    pub(crate) fn scopes(&self) -> Arc<Scopes> {
        Arc::clone(&self.scopes)
    }

    pub fn allows_namespace(&self, name: &str) -> bool {
        self.rules.namespaces.allow(name)
    }

    pub fn restricts_namespaces(&self) -> bool {
        !self.rules.namespaces.allow_everything()
    }

    /// Allowed namespaces that are written out, as far as there are any.
    pub fn literal_namespaces(&self) -> Vec<String> {
        self.rules.namespaces.literal()
    }

    /// Whether the allowed namespaces are all written out.
    pub(crate) fn names_its_namespaces(&self) -> bool {
        self.rules.namespaces.are_literal()
    }

    /// Denied resources, as the operator wrote them, that a cluster which serves these `(group, plural)` does not have.
    pub(crate) fn without_effect(&self, resources: &[(&str, &str)]) -> Vec<String> {
        let idle = self.rules.denied.iter().filter(|it| !it.has_effect(resources));
        idle.map(|it| it.text.clone()).collect()
    }

    /// Whether a resource may be used at all. `group` is empty for the core group.
    pub fn denies(&self, group: &str, resource: &str, subresource: Option<&str>) -> bool {
        self.rules.denied.iter().any(|it| it.matches(group, resource, subresource))
    }

    /// All denied resources, as the operator wrote them: `secrets, pods/exec`. None when nothing is denied.
    pub fn denied(&self) -> Option<String> {
        let all: Vec<&str> = self.rules.denied.iter().map(|it| it.text.as_str()).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    fn admit(&self, method: &Method, path: &str, query: Option<&str>) -> Result<(), Refusal> {
        match meaning(path) {
            Meaning::ServerItself if is_read(method) => Ok(()),
            Meaning::ServerItself | Meaning::Unclear => Err(Refusal::Path(path.to_owned())),
            Meaning::Resource(target) => {
                self.admit_resource(&target)?;
                self.admit_namespace(method, &target)?;
                self.admit_method(method, &target, query)
            }
        }
    }

    fn admit_resource(&self, target: &Target<'_>) -> Result<(), Refusal> {
        let denied = self.rules.denied.iter();
        let mut hits =
            denied.filter(|it| it.matches(target.group, target.resource, target.subresource));
        hits.next().map_or(Ok(()), |_| Err(Refusal::Resource(target.to_string())))
    }

    fn admit_namespace(&self, method: &Method, target: &Target<'_>) -> Result<(), Refusal> {
        if !self.restricts_namespaces() {
            return Ok(());
        }
        match target.namespace {
            Some(namespace) if self.allows_namespace(namespace) => Ok(()),
            Some(namespace) => Err(Refusal::Namespace(namespace.to_owned())),
            // The name of a new namespace stands in the body only, where it is not seen from here.
            None if target.is_namespaces() && !is_read(method) => {
                Err(Refusal::AllNamespaces(target.to_string()))
            }
            None if target.runs_something() => Err(Refusal::Node(target.to_string())),
            // Whoever lists namespaces leaves out those that are not allowed: it cannot be seen from here.
            None if is_review(target) || self.has_no_namespace(target) => Ok(()),
            None => Err(Refusal::AllNamespaces(target.to_string())),
        }
    }

    fn has_no_namespace(&self, target: &Target<'_>) -> bool {
        self.scopes.is_cluster_scoped(target.group, target.resource)
    }

    fn admit_method(
        &self,
        method: &Method,
        target: &Target<'_>,
        query: Option<&str>,
    ) -> Result<(), Refusal> {
        let reads = is_read(method) && !target.runs_something();
        let asks = *method == Method::POST && is_review(target);
        let what = || format!("{method} of {target}");
        match self.rules.writes {
            _ if reads || asks => Ok(()),
            Writes::All => Ok(()),
            Writes::DryRun if is_dry_run(query) && !target.runs_something() => Ok(()),
            Writes::DryRun => Err(Refusal::DryRun(what())),
            Writes::None => Err(Refusal::ReadOnly(what())),
        }
    }
}

/// Of a deletion that has options in its body, the API server does not read the parameters, and so not that it is a dry run.
fn without_body(request: Request<Body>) -> Request<Body> {
    let (mut parts, _) = request.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    Request::from_parts(parts, Body::empty())
}

/// Said once, and in the one spelling that the API server knows: what could be read in two ways is no dry run.
fn is_dry_run(query: Option<&str>) -> bool {
    let parameters = query.unwrap_or_default().split('&');
    let mut said = parameters.filter(|it| it.to_ascii_lowercase().starts_with("dryrun"));
    said.next() == Some("dryRun=All") && said.next().is_none()
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

impl Predicate<Request<Body>> for Guard {
    type Request = Request<Body>;

    fn check(&mut self, request: Request<Body>) -> Result<Request<Body>, BoxError> {
        name::admit(self.impersonates, &request)?;
        self.admit(request.method(), request.uri().path(), request.uri().query())?;
        if self.rules.writes == Writes::DryRun && *request.method() == Method::DELETE {
            return Ok(without_body(request));
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests;

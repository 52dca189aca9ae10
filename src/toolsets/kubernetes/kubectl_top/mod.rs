//! `kubectl_top`: what pods and nodes use, beside what they asked for and what there is.

mod kubelets;
mod nodes;
mod pods;
#[cfg(test)]
mod tests;
mod usage;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    clients::Clients,
    cluster::Cluster,
    listing::Listing,
    problems::Problems,
    resources::Amount,
    targets::{self, Target},
};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
};

const DEFAULT_LIMIT: usize = 100;

/// CPU and memory in use: pods beside requests and limits, nodes beside allocatable.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlTop {
    /// pods (default) or nodes
    resource: Option<String>,
    /// Or several: a,b
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// In every namespace
    all_namespaces: Option<bool>,
    /// app=web,tier!=db
    label_selector: Option<String>,
    /// Default: cpu
    sort_by: Option<By>,
    /// A row a container
    containers: Option<bool>,
    /// Most rows
    limit: Option<i64>,
    /// Kubeconfig context
    context: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum By {
    #[default]
    Cpu,
    Memory,
}

/// What each pod that labels choose uses, by its name; none where no metrics API says it.
pub(super) async fn used(
    cluster: &Cluster,
    namespace: &str,
    labels: &str,
) -> Option<HashMap<String, Amount>> {
    let source = usage::source(cluster, "pods").await.ok()?.ok()?;
    let (namespace, labels) = (Some(namespace), Some(labels));
    let listing = Listing { namespace, labels, ..Listing::of_all(cluster, &source) };
    let usages = usage::measured::<usage::PodUsage>(&listing).await.ok()?;
    Some(usages.into_iter().map(|it| (it.metadata.name.clone(), it.total())).collect())
}

impl Tool for KubectlTop {
    const NAME: &'static str = "kubectl_top";
    const TITLE: &'static str = "Use of CPU and memory";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        self.check()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        // One of many reads in parallel is large, and stands in every call's future otherwise.
        let answer = Box::pin(self.answer(&cluster, session));
        cluster.before(session.deadline(), answer).await
    }
}

impl KubectlTop {
    fn check(&self) -> Result<(), ToolError> {
        let Self { namespace, all_namespaces, name, label_selector, limit, .. } = self;
        let all = *all_namespaces == Some(true);
        let mut problems = Problems::default();
        let less = "`limit`: less than 1 would show nothing";
        problems.unless(limit.is_none_or(|it| it >= 1), less);
        problems.unless(
            namespace.is_none() || !all,
            "`namespace` and `all_namespaces` exclude each other",
        );
        problems.unless(
            name.is_none() || label_selector.is_none(),
            "`name` and `label_selector` exclude each other",
        );
        problems.unless(
            name.is_none() || !all,
            "`name` is looked for in one namespace: give `namespace`",
        );
        problems.names(namespace.as_deref(), name.as_deref());
        problems.labels("label_selector", label_selector.as_deref());
        problems.none()
    }

    async fn answer(&self, cluster: &Cluster, session: &Session) -> Result<Document, ToolError> {
        let resource = self.resource.as_deref().unwrap_or("pods");
        let targets = targets::resolve(cluster, resource, self.name.as_deref()).await?;
        let [Target { resource, names }] = targets.as_slice() else {
            return Err(ToolError::invalid("`resource`: pods or nodes, one of them"));
        };
        let limit =
            self.limit.map_or(DEFAULT_LIMIT, |it| usize::try_from(it).unwrap_or(usize::MAX));
        let scope = targets::scope(
            cluster,
            self.namespace.as_deref(),
            self.all_namespaces.unwrap_or_default(),
        );
        let by = self.sort_by.unwrap_or_default();
        let labels = self.label_selector.as_deref();
        let deadline = session.deadline();
        match (resource.group.as_str(), resource.plural.as_str()) {
            ("" | "metrics.k8s.io", "pods") => {
                let containers = self.containers.unwrap_or_default();
                let top =
                    pods::Top { cluster, names, scope, labels, by, containers, limit, deadline };
                top.answer().await
            }
            ("" | "metrics.k8s.io", "nodes") => {
                nodes::Top { cluster, names, labels, by, limit }.answer().await
            }
            _ => Err(ToolError::invalid(format!(
                "`resource`: of pods and nodes it is known what they use, and not of {}",
                resource.full_name()
            ))),
        }
    }
}

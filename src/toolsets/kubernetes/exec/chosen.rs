//! The pod that is meant: by its name, or the first ready one of a workload.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::{
    allowed,
    place::{Place, Pod},
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        listing::Listing,
        missing::found,
        pod_selector::{may_have_pods, pod_selector},
        targets::{self, Target},
    },
};

/// Pods of a workload that are looked at.
const MOST_PODS: usize = 500;

/// A container that was asked for, and how it was found.
#[derive(Debug)]
pub(in crate::toolsets::kubernetes) struct Chosen {
    pub(in crate::toolsets::kubernetes) place: Place,
    /// `the first ready of 3 pods of deployments.apps web`
    how: Option<String>,
}

#[derive(Deserialize)]
struct PodList {
    #[serde(default)]
    items: Vec<Pod>,
}

impl Chosen {
    /// `resource` is a pod's name, or anything that has pods: `web-1`, `pod/web-1`, `deploy/web`.
    pub(in crate::toolsets::kubernetes) async fn find(
        cluster: &Cluster,
        namespace: Option<&str>,
        resource: &str,
        container: Option<&str>,
    ) -> Result<Self, ToolError> {
        let chosen = Self::choose(cluster, namespace, resource, container).await?;
        allowed::check(cluster, &chosen.place).await?;
        Ok(chosen)
    }

    async fn choose(
        cluster: &Cluster,
        namespace: Option<&str>,
        resource: &str,
        container: Option<&str>,
    ) -> Result<Self, ToolError> {
        let resource = of_pod(resource.trim())?;
        let targets = targets::resolve(cluster, &resource, None).await?;
        let [Target { resource, names }] = targets.as_slice() else { return Err(one()) };
        let [name] = names.as_slice() else { return Err(one()) };
        let scope = targets::scope(cluster, namespace, false);
        let Some(namespace) = scope.namespace() else {
            return Err(ToolError::invalid("`namespace`: a pod is in one namespace"));
        };
        if resource.group.is_empty() && resource.plural == "pods" {
            let place = Place::find(cluster, namespace, name, container).await?;
            return Ok(Self { place, how: None });
        }
        let owner = format!("{} {name}", resource.full_name());
        let mut pods = pods_of(cluster, resource, namespace, name).await?;
        let count = pods.len();
        let Some(first) = pods.iter().position(Pod::is_ready) else {
            return Err(ToolError::Conflict(format!(
                "no pod of {owner} in namespace {namespace} is ready, of {count}: see why, or name one"
            )));
        };
        let how = match count {
            1 => format!("the only pod of {owner}"),
            _ => format!("the first ready of {count} pods of {owner}"),
        };
        Ok(Self { place: pods.swap_remove(first).place(container)?, how: Some(how) })
    }
}

/// A name alone is that of a pod.
fn of_pod(text: &str) -> Result<String, ToolError> {
    let is_kind = ["", "po", "pod", "pods"].iter().any(|it| text.eq_ignore_ascii_case(it));
    if is_kind || text.contains([',', ' ']) {
        return Err(one());
    }
    Ok(if text.contains('/') { text.to_owned() } else { format!("pods/{text}") })
}

async fn pods_of(
    cluster: &Cluster,
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Result<Vec<Pod>, ToolError> {
    let without = || {
        let kind = resource.full_name();
        ToolError::invalid(format!("`resource`: {kind} {name} has no pods: name a pod"))
    };
    if !may_have_pods(resource) {
        return Err(without());
    }
    let all = Listing { namespace: Some(namespace), ..Listing::of_all(cluster, resource) };
    let object: Value = found(&Listing { name: Some(name), ..all }).await?;
    let labels = pod_selector(cluster, resource, namespace, &object).await?;
    let labels = labels.ok_or_else(without)?;
    let pods = cluster.resource("pods").await?;
    let listing = Listing { resource: &pods, labels: Some(&labels), ..all };
    let list = listing.objects::<PodList>(None, MOST_PODS).await;
    Ok(list.map_err(|it| listing.failed(&it))?.items)
}

impl fmt::Display for Chosen {
    /// `pod web-1 (the first ready of 3 pods of deployments.apps web), container main`
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "pod {}", self.place.pod)?;
        if let Some(how) = &self.how {
            write!(out, " ({how})")?;
        }
        write!(out, ", container {}", self.place.container)
    }
}

fn one() -> ToolError {
    ToolError::invalid("`resource`: one pod or workload, such as web-1 or deploy/web")
}

//! Which pods are meant: by name, by label, or as those of a workload or a Service.

use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    KubectlLogs,
    pods::{Pod, PodList},
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        error::ApiError,
        listing::Listing,
        missing::{all_of, found, missing_namespace},
        pod_selector::{may_have_pods, pod_selector},
        targets::{self, Target},
    },
};

/// The most pods of one call.
pub(super) const MOST_PODS: usize = 500;
/// Objects asked for at once.
const PARALLEL: usize = 16;

/// Where to look for pods, and for which.
pub(super) struct Selection<'a> {
    cluster: &'a Cluster,
    namespace: String,
    /// As [`targets::resolve`] takes it: a name alone is that of a pod.
    resource: String,
    labels: Option<&'a str>,
}

/// The pods, and what has to be said about how they were found.
#[derive(Default)]
pub(super) struct Selected {
    pub(super) pods: Vec<Pod>,
    pub(super) notes: Vec<String>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(cluster: &'a Cluster, namespace: String, call: &'a KubectlLogs) -> Self {
        let resource = call.resource.as_deref().unwrap_or("pods");
        let resource = resource.split([',', ' ']).filter(|it| !it.is_empty()).map(of_pod);
        let resource = resource.collect::<Vec<_>>().join(",");
        Self { cluster, namespace, resource, labels: call.label_selector.as_deref() }
    }

    pub(super) async fn pods(self) -> Result<Selected, ToolError> {
        let targets = targets::resolve(self.cluster, &self.resource, None).await?;
        let wanted: Vec<(&Target, Option<&str>)> = targets.iter().flat_map(each).collect();
        let finds: Vec<_> = wanted.iter().map(|(it, name)| self.of(&it.resource, *name)).collect();
        let found: Vec<_> = stream::iter(finds).buffered(PARALLEL).collect().await;
        let mut selected = Selected::default();
        let mut errors = Vec::new();
        for outcome in found {
            match outcome {
                Ok(found) => selected.add(found),
                Err(error) => errors.push(error),
            }
        }
        if errors.len() == wanted.len() && !errors.is_empty() {
            return Err(all_of(errors));
        }
        selected.notes.extend(errors.iter().map(ToString::to_string));
        selected.bound();
        Ok(selected)
    }

    async fn of(&self, resource: &Resource, name: Option<&str>) -> Result<Found, ToolError> {
        let is_pod = resource.group.is_empty() && resource.plural == "pods";
        match name {
            Some(_) if is_pod && self.labels.is_some() => Err(ToolError::invalid(
                "`label_selector` chooses among pods, and `resource` names one: give one of them",
            )),
            Some(name) if is_pod => {
                let pod = self.get(resource, name).await?;
                Ok(Found { pods: vec![pod], ..Found::default() })
            }
            None if is_pod => self.list(self.labels, None).await,
            None => Err(ToolError::invalid(format!(
                "`resource`: which of the {}? write {}/NAME",
                resource.full_name(),
                resource.singular
            ))),
            Some(name) if may_have_pods(resource) => self.behind(resource, name).await,
            Some(name) => Err(without_pods(resource, name)),
        }
    }

    /// The pods that an object selects.
    async fn behind(&self, resource: &Resource, name: &str) -> Result<Found, ToolError> {
        let object: Value = self.get(resource, name).await?;
        let selector = pod_selector(self.cluster, resource, &self.namespace, &object).await?;
        let Some(selector) = selector else {
            return Err(without_pods(resource, name));
        };
        let labels = [Some(selector.as_str()), self.labels];
        let labels = labels.into_iter().flatten().collect::<Vec<_>>().join(",");
        self.list(Some(&labels), Some(&format!("{} {name}", resource.full_name()))).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        resource: &Resource,
        name: &str,
    ) -> Result<T, ToolError> {
        found(&Listing { name: Some(name), ..self.listing(resource) }).await
    }

    fn listing<'b>(&'b self, resource: &'b Resource) -> Listing<'b> {
        let everywhere = Listing::of_all(self.cluster, resource);
        Listing { namespace: Some(&self.namespace), ..everywhere }
    }

    async fn list(&self, labels: Option<&str>, owner: Option<&str>) -> Result<Found, ToolError> {
        let resource = self.cluster.resource("pods").await?;
        let listing = Listing { labels, ..self.listing(&resource) };
        let (pods, is_cut) = list(&listing).await.map_err(|it| listing.failed(&it))?;
        if pods.is_empty()
            && let Some(problem) = missing_namespace(self.cluster, Some(&self.namespace)).await
        {
            return Err(problem);
        }
        let none = pods.is_empty().then(|| self.none(labels, owner));
        Ok(Found { pods, none, is_cut })
    }

    fn none(&self, labels: Option<&str>, owner: Option<&str>) -> String {
        let namespace = &self.namespace;
        let labels = labels.map(|it| format!(" with {it}")).unwrap_or_default();
        let owner = owner.map(|it| format!(", which {it} selects")).unwrap_or_default();
        format!("no pods{labels} in namespace {namespace}{owner}")
    }
}

/// The pods of one list, and whether there are more than these.
pub(super) async fn list(listing: &Listing<'_>) -> Result<(Vec<Pod>, bool), ApiError> {
    let (mut pods, mut token) = (Vec::new(), None::<String>);
    loop {
        let list: PodList = listing.objects(token.as_deref(), MOST_PODS).await?;
        pods.extend(list.items);
        token = Some(list.metadata.token).filter(|it| !it.is_empty());
        if token.is_none() || pods.len() >= MOST_PODS {
            return Ok((pods, token.is_some()));
        }
    }
}

#[derive(Default)]
struct Found {
    pods: Vec<Pod>,
    /// What there is none of.
    none: Option<String>,
    is_cut: bool,
}

impl Selected {
    fn add(&mut self, found: Found) {
        let is_new = |it: &Pod| !self.pods.iter().any(|known| known.name() == it.name());
        let new: Vec<Pod> = found.pods.into_iter().filter(is_new).collect();
        self.pods.extend(new);
        self.notes.extend(found.none);
        if found.is_cut {
            self.cut();
        }
    }

    /// There are more pods than were listed.
    pub(super) fn cut(&mut self) {
        self.notes.push(format!("only the first {MOST_PODS} pods: narrow with label_selector"));
    }

    pub(super) fn bound(&mut self) {
        let there = self.pods.len();
        if there > MOST_PODS {
            self.pods.truncate(MOST_PODS);
            self.notes
                .push(format!("only {MOST_PODS} of {there} pods: narrow with label_selector"));
        }
    }
}

/// `web-1` is a pod; `pods` is the kind.
fn of_pod(text: &str) -> String {
    if is_kind(text) || text.contains('/') { text.to_owned() } else { format!("pods/{text}") }
}

/// Whether a word means pods, and not one of that name.
pub(super) fn is_kind(text: &str) -> bool {
    ["po", "pod", "pods"].iter().any(|it| text.eq_ignore_ascii_case(it))
}

fn each(target: &Target) -> Vec<(&Target, Option<&str>)> {
    if target.names.is_empty() {
        return vec![(target, None)];
    }
    target.names.iter().map(|it| (target, Some(it.as_str()))).collect()
}

fn without_pods(resource: &Resource, name: &str) -> ToolError {
    ToolError::invalid(format!(
        "`resource`: {} {name} selects no pods: logs are of pods, workloads, Services and label_selector",
        resource.full_name()
    ))
}

//! The `DaemonSet`s that run an OBI: ours, and those of others.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    super::{AGENT, COMPONENT, MANAGED_BY, NAME, TACKLEBOX},
    scheduling::{Affinity, Toleration},
};
use crate::{
    obi::config::{Environment, Release},
    output::hinted,
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster, few::few, listing::Listing, obi::image::Image, table::ListMeta,
    },
};

/// Where an OBI is when nobody says where, and none is anywhere else.
pub(in crate::toolsets::kubernetes::obi) const USUAL_NAMESPACE: &str = "observability";

/// Of the pod template, and of the pods made of it: hex SHA-256 of the configuration's text.
pub(in crate::toolsets::kubernetes::obi) const CONFIG_HASH: &str = "tacklebox.io/config-sha256";

/// The container of OBI.
pub(in crate::toolsets::kubernetes::obi) const CONTAINER: &str = "obi";

const PAGE: usize = 500;
/// The most namespaces that are named.
const MOST_NAMED: usize = 10;

/// What the images of OBI and of Beyla, which is made of it, have in their names. The profiler is another program.
const IMAGES: [&str; 3] = ["ebpf-instrument", "beyla", "opentelemetry-ebpf"];
const NO_IMAGES: [&str; 2] = ["profiler", "k8s-cache"];

/// By which the pods of ours are found.
pub(in crate::toolsets::kubernetes::obi) fn labels() -> String {
    format!("app.kubernetes.io/name={NAME},{COMPONENT}={AGENT},{MANAGED_BY}={TACKLEBOX}")
}

/// Whether an image is one of OBI's or of Beyla's, by its name.
pub(in crate::toolsets::kubernetes::obi) fn is_obi(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default();
    let has = |it: &&str| name.contains(*it);
    IMAGES.iter().any(has) && !NO_IMAGES.iter().any(has)
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::toolsets::kubernetes::obi) struct Set {
    pub(super) metadata: Meta,
    spec: Spec,
    pub(in crate::toolsets::kubernetes::obi) status: Counts,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) generation: i64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Spec {
    template: Template,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Template {
    metadata: TemplateMeta,
    spec: PodSpec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct TemplateMeta {
    annotations: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodSpec {
    node_selector: BTreeMap<String, String>,
    affinity: Affinity,
    tolerations: Vec<Toleration>,
    host_network: bool,
    containers: Vec<Container>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: String,
    env: Vec<Variable>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Variable {
    name: String,
    value: Option<String>,
    value_from: Option<Value>,
}

/// As its controller counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::toolsets::kubernetes::obi) struct Counts {
    observed_generation: i64,
    #[serde(rename = "desiredNumberScheduled")]
    pub(in crate::toolsets::kubernetes::obi) desired: usize,
    #[serde(rename = "currentNumberScheduled")]
    pub(in crate::toolsets::kubernetes::obi) current: usize,
    #[serde(rename = "numberReady")]
    pub(in crate::toolsets::kubernetes::obi) ready: usize,
    #[serde(rename = "updatedNumberScheduled")]
    pub(in crate::toolsets::kubernetes::obi) updated: usize,
    #[serde(rename = "numberAvailable")]
    pub(in crate::toolsets::kubernetes::obi) available: usize,
    #[serde(rename = "numberMisscheduled")]
    pub(in crate::toolsets::kubernetes::obi) misplaced: usize,
}

/// An OBI or a Beyla that somebody else brought: told of, and never touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::kubernetes::obi) struct Foreign {
    pub(in crate::toolsets::kubernetes::obi) namespace: String,
    pub(in crate::toolsets::kubernetes::obi) name: String,
    pub(in crate::toolsets::kubernetes::obi) image: String,
    /// Who says that it is theirs: Helm, or an operator.
    pub(in crate::toolsets::kubernetes::obi) manager: Option<String>,
}

/// All that are seen, and in which namespace ours is looked for.
pub(in crate::toolsets::kubernetes::obi) struct Sets {
    pub(in crate::toolsets::kubernetes::obi) namespace: String,
    /// In that namespace.
    pub(in crate::toolsets::kubernetes::obi) own: Option<Set>,
    /// Namespaces in which there are others of ours.
    pub(in crate::toolsets::kubernetes::obi) elsewhere: Vec<String>,
    pub(in crate::toolsets::kubernetes::obi) foreign: Vec<Foreign>,
    /// Why not all namespaces were looked at.
    pub(in crate::toolsets::kubernetes::obi) note: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    metadata: ListMeta,
    items: Option<Vec<Set>>,
}

impl Sets {
    /// Looks everywhere, or where that is not allowed in one namespace. Without one that is named it is the one where the only
    /// deployment of ours is.
    pub(in crate::toolsets::kubernetes::obi) async fn read(
        cluster: &Cluster,
        named: Option<&str>,
    ) -> Result<Self, ToolError> {
        let resource = cluster.resource("daemonsets.apps").await?;
        let everywhere = Listing::of_all(cluster, &resource);
        let mut all = Self {
            namespace: named.unwrap_or(USUAL_NAMESPACE).to_owned(),
            own: None,
            elsewhere: Vec::new(),
            foreign: Vec::new(),
            note: None,
        };
        let found = match all.gather(&everywhere).await {
            Ok(own) => own,
            Err(error) if error.is_about_scope() || error.is_forbidden() => {
                let namespace = all.namespace.clone();
                let listing = Listing { namespace: Some(&namespace), ..everywhere };
                all.note = Some(format!(
                    "Only namespace {namespace} was looked at: DaemonSets of all namespaces may not be listed."
                ));
                all.gather(&listing).await.map_err(|it| listing.failed(&it))?
            }
            Err(error) => return Err(everywhere.failed(&error)),
        };
        all.choose(found, named)?;
        Ok(all)
    }

    /// Those of ours; of others only what is told of them.
    async fn gather(
        &mut self,
        listing: &Listing<'_>,
    ) -> Result<Vec<Set>, crate::toolsets::kubernetes::error::ApiError> {
        let (mut own, mut token) = (Vec::new(), None::<String>);
        loop {
            let list: List = listing.objects(token.as_deref(), PAGE).await?;
            for set in list.items.unwrap_or_default() {
                if set.is_ours() {
                    own.push(set);
                } else {
                    self.foreign.extend(set.foreign());
                }
            }
            token = Some(list.metadata.token).filter(|it| !it.is_empty());
            if token.is_none() {
                return Ok(own);
            }
        }
    }

    fn choose(&mut self, mut found: Vec<Set>, named: Option<&str>) -> Result<(), ToolError> {
        let at = |found: &[Set], namespace: &str| {
            found.iter().position(|it| it.metadata.namespace == namespace)
        };
        let place = match (named, found.as_slice()) {
            (None, [only]) => {
                only.metadata.namespace.clone_into(&mut self.namespace);
                Some(0)
            }
            (None, [_, _, ..]) if at(&found, USUAL_NAMESPACE).is_none() => {
                let names: Vec<&str> =
                    found.iter().map(|it| it.metadata.namespace.as_str()).collect();
                return Err(ToolError::invalid(format!(
                    "`namespace`: there are several deployments of OBI, in {}: name one",
                    few(&names, MOST_NAMED)
                )));
            }
            _ => at(&found, &self.namespace),
        };
        self.own = place.map(|it| found.remove(it));
        self.elsewhere = found.into_iter().map(|it| it.metadata.namespace).collect();
        Ok(())
    }
}

impl Sets {
    /// The error that there is none of ours.
    pub(in crate::toolsets::kubernetes::obi) fn nothing(&self, cluster: &Cluster) -> ToolError {
        let (namespace, context) = (&self.namespace, &cluster.identity.context);
        let wrong =
            format!("no OBI of Tacklebox's is in namespace {namespace} of context {context}");
        ToolError::NotFound(hinted(&wrong, "obi_k8s_deploy deploys one"))
    }
}

impl Set {
    fn is_ours(&self) -> bool {
        let is =
            |key: &str, value: &str| self.metadata.labels.get(key).is_some_and(|it| it == value);
        is("app.kubernetes.io/name", NAME) && is(COMPONENT, AGENT) && is(MANAGED_BY, TACKLEBOX)
    }

    fn foreign(self) -> Option<Foreign> {
        let Self { metadata, spec, .. } = self;
        let mut images = spec.template.spec.containers.into_iter().map(|it| it.image);
        let image = images.find(|it| is_obi(it))?;
        let manager = metadata.labels.get(MANAGED_BY).cloned();
        Some(Foreign { namespace: metadata.namespace, name: metadata.name, image, manager })
    }

    fn container(&self) -> Option<&Container> {
        let containers = &self.spec.template.spec.containers;
        containers.iter().find(|it| it.name == CONTAINER).or_else(|| containers.first())
    }

    pub(in crate::toolsets::kubernetes::obi) fn image(&self) -> &str {
        self.container().map(|it| it.image.as_str()).unwrap_or_default()
    }

    /// Of the image, as far as its tag says it.
    pub(super) fn release(&self) -> Release {
        let image = Image::parse(self.image()).ok();
        image.and_then(|it| it.0.release()).unwrap_or(Release::KNOWN)
    }

    /// What OBI finds set, whatever it is where it comes from elsewhere.
    pub(super) fn environment(&self) -> Environment {
        let variables = self.container().map(|it| it.env.as_slice()).unwrap_or_default();
        let value = |it: &Variable| match (&it.value, &it.value_from) {
            (Some(value), _) => value.clone(),
            (None, Some(_)) => "elsewhere".to_owned(),
            (None, None) => String::new(),
        };
        variables.iter().map(|it| (it.name.clone(), value(it))).collect()
    }

    /// The configuration that new pods run.
    pub(in crate::toolsets::kubernetes::obi) fn config_hash(&self) -> Option<&str> {
        self.spec.template.metadata.annotations.get(CONFIG_HASH).map(String::as_str)
    }

    /// Whether its controller has seen the last change of it.
    pub(super) fn is_seen(&self) -> bool {
        self.status.observed_generation >= self.metadata.generation
    }

    pub(super) fn node_selector(&self) -> &BTreeMap<String, String> {
        &self.spec.template.spec.node_selector
    }

    pub(super) fn affinity(&self) -> &Affinity {
        &self.spec.template.spec.affinity
    }

    pub(super) fn tolerations(&self) -> &[Toleration] {
        &self.spec.template.spec.tolerations
    }

    pub(super) fn is_in_host_network(&self) -> bool {
        self.spec.template.spec.host_network
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obi_and_beyla_are_known_by_their_images_and_others_are_not() {
        for (image, expected) in [
            ("docker.io/otel/ebpf-instrument:v0.13.0", true),
            ("registry:5000/mirror/ebpf-instrument@sha256:ab", true),
            ("grafana/beyla:3.33.0", true),
            ("ghcr.io/open-telemetry/opentelemetry-ebpf-instrumentation", true),
            ("otel/opentelemetry-ebpf-profiler:v0.1.0", false),
            ("otel/opentelemetry-ebpf-k8s-cache:v0.13.0", false),
            ("nginx:beyla", true),
            ("quay.io/cilium/cilium:v1.18", false),
        ] {
            assert_eq!(is_obi(image), expected, "{image}");
        }
    }
}

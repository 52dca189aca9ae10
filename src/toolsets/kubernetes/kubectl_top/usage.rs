//! What pods and nodes use now, as the metrics API says.

use std::sync::Arc;

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        error::{ApiError, Asked},
        listing::Listing,
        resources::Amount,
    },
};

/// The metrics API gives all at once, whatever it is asked for.
const PAGE: usize = 100_000;

const ABSENT: &str =
    "the cluster has no metrics API (metrics.k8s.io); metrics-server would give it";
const DOWN: &str = "the metrics API (metrics.k8s.io) is registered and its server does not answer: look at metrics-server in kube-system";

/// What a pod uses, by container.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodUsage {
    pub(super) metadata: Name,
    pub(super) containers: Vec<ContainerUsage>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub(super) struct Name {
    pub(super) namespace: String,
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ContainerUsage {
    pub(super) name: String,
    pub(super) usage: Amount,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeUsage {
    pub(super) metadata: Name,
    pub(super) usage: Amount,
}

impl PodUsage {
    pub(super) fn total(&self) -> Amount {
        self.containers.iter().map(|it| it.usage).sum()
    }
}

#[derive(Deserialize)]
struct List<T> {
    items: Option<Vec<T>>,
}

/// Why there are no metrics.
pub(super) enum Lack {
    /// The metrics API is not there, or does not work: the kubelets may be asked instead.
    Source(String),
    /// The API server's refusal, and the resource that it is about.
    Api(ApiError, String),
    Told(ToolError),
}

impl Lack {
    pub(super) fn of(error: ApiError, listing: &Listing<'_>) -> Self {
        Self::Api(error, listing.resource.full_name())
    }

    pub(super) fn told(self, listing: &Listing<'_>) -> ToolError {
        match self {
            Self::Source(reason) => ToolError::Unavailable(reason),
            Self::Api(error, resource) => {
                let (verb, _) = listing.asked();
                let Listing { name, namespace, .. } = *listing;
                let asked = Asked { verb, resource: &resource, name, namespace };
                listing.cluster.explain(&error, &asked)
            }
            Self::Told(error) => error,
        }
    }
}

/// `pods.metrics.k8s.io`, or why it is not served.
pub(super) async fn source(
    cluster: &Cluster,
    kind: &str,
) -> Result<Result<Arc<Resource>, String>, ToolError> {
    let name = format!("{kind}.metrics.k8s.io");
    let found = cluster.discovery().find(cluster, |catalog| catalog.resource(&name)).await?;
    Ok(found.map_err(|catalog| {
        let is_down =
            catalog.failed.iter().any(|it| it.group_version.starts_with("metrics.k8s.io/"));
        (if is_down { DOWN } else { ABSENT }).to_owned()
    }))
}

/// What the metrics API says of one list, or of one object.
pub(super) async fn measured<T: DeserializeOwned>(listing: &Listing<'_>) -> Result<Vec<T>, Lack> {
    let found = if listing.is_single() {
        listing.objects::<T>(None, PAGE).await.map(|it| vec![it])
    } else {
        let list = listing.objects::<List<T>>(None, PAGE).await;
        list.map(|it| it.items.unwrap_or_default())
    };
    match found {
        Ok(found) => Ok(found),
        Err(error) if error.is_backend_down() => Err(Lack::Source(DOWN.to_owned())),
        Err(error) if error.is_unknown_kind() && listing.name.is_none() => {
            Err(Lack::Source(ABSENT.to_owned()))
        }
        Err(error) => Err(Lack::of(error, listing)),
    }
}

/// What an error says, as a part of another sentence.
pub(super) fn sentence(error: ToolError) -> String {
    match error {
        ToolError::InvalidArguments(problems) => problems.join(", "),
        ToolError::Refused(text)
        | ToolError::NotFound(text)
        | ToolError::Unavailable(text)
        | ToolError::Failed(text) => text,
        other => other.to_string(),
    }
}

//! What of a cluster decides how OBI is deployed there.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Obi, asked::Ground, image::Image, record::Record};
use crate::{
    obi::Kernel,
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, listing::Listing},
};

const PAGE: usize = 500;

#[derive(Deserialize)]
struct Nodes {
    #[serde(default)]
    metadata: Meta,
    #[serde(default)]
    items: Vec<Node>,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(rename = "continue", default)]
    token: String,
}

/// As little of each as can be: there may be thousands.
#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    node_info: Info,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default)]
    kernel_version: String,
    #[serde(default)]
    operating_system: String,
}

impl Obi {
    /// With what is deployed already, where there is something.
    pub(super) async fn ground(
        &self,
        cluster: &Cluster,
        namespace: &str,
        record: Option<&Record>,
    ) -> Result<Ground, ToolError> {
        let configured = &self.defaults.configuration;
        let configured = (!configured.is_empty()).then(|| crate::obi::convert::yaml(configured));
        let (image, _) = Image::parse(&self.defaults.image)
            .map_err(|it| ToolError::Failed(format!("toolsets.kubernetes.default_image: {it}")))?;
        let deployed = record.map(|it| &it.wanted);
        Ok(Ground {
            namespace: namespace.to_owned(),
            image: deployed.map_or(image, |it| it.image.clone()),
            config: deployed.map(|it| it.config.clone()).or(configured),
            kernels: kernels(cluster).await,
            monitor: is_served(cluster, "servicemonitors.monitoring.coreos.com").await,
            openshift: is_served(cluster, "securitycontextconstraints.security.openshift.io").await,
            is_sidecar: false,
        })
    }
}

/// Of Linux, each once. Whoever may not list nodes gets what is needed on the oldest kernel.
async fn kernels(cluster: &Cluster) -> Vec<Kernel> {
    let Ok(resource) = cluster.resource("v1/Node").await else { return Vec::new() };
    let listing = Listing::of_all(cluster, &resource);
    let (mut kernels, mut token) = (BTreeSet::new(), None::<String>);
    loop {
        let Ok(page) = listing.objects::<Nodes>(token.as_deref(), PAGE).await else {
            return Vec::new();
        };
        let info = page.items.into_iter().map(|it| it.status.node_info);
        let linux = info.filter(|it| it.operating_system != "windows");
        kernels.extend(linux.filter_map(|it| it.kernel_version.parse::<Kernel>().ok()));
        if page.metadata.token.is_empty() {
            return kernels.into_iter().collect();
        }
        token = Some(page.metadata.token);
    }
}

async fn is_served(cluster: &Cluster, resource: &str) -> bool {
    cluster.resource(resource).await.is_ok()
}

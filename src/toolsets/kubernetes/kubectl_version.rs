//! `kubectl_version`: who answers, and in which version.

use k8s_openapi::apimachinery::pkg::version::Info;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    clients::Clients,
    cluster::{Cluster, JSON},
    error::Asked,
};
use crate::tool::{Object, Session, Tool, ToolError};

/// Version of the API server, with context, address and user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlVersion {
    /// Kubeconfig context
    context: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Version {
    /// Version of Tacklebox.
    client: String,
    /// Version of the API server.
    server: String,
    /// What the API server runs on, such as `linux/amd64`.
    platform: String,
    /// Context of the kubeconfig.
    context: String,
    /// Address of the API server.
    url: String,
    /// User of the kubeconfig, or the caller in whose name it asks; none inside a cluster.
    user: Option<String>,
    /// Where calls look that name no namespace.
    namespace: String,
}

impl Tool for KubectlVersion {
    const NAME: &'static str = "kubectl_version";
    const TITLE: &'static str = "Version";

    type Context = Clients;
    type Output = Object<Version>;

    async fn call(
        self,
        clients: &Clients,
        session: &Session,
    ) -> Result<Object<Version>, ToolError> {
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let info = ask(&cluster, session).await?;
        let (identity, user) = (cluster.identity.clone(), cluster.identity.who());
        let value = Version {
            client: env!("CARGO_PKG_VERSION").to_owned(),
            server: info.git_version,
            platform: info.platform,
            context: identity.context,
            url: identity.server,
            user,
            namespace: identity.namespace,
        };
        Ok(Object { text: value.text(), value })
    }
}

impl Version {
    fn text(&self) -> String {
        let Self { client, server, platform, context, url, user, namespace } = self;
        let user = user.as_deref().map(|it| format!(" as {it}")).unwrap_or_default();
        format!(
            "Kubernetes {server} ({platform}) at {url}; context {context}{user}, namespace {namespace}; Tacklebox {client}"
        )
    }
}

/// The cheapest question that needs the API server to be up and the credentials to be good enough to speak.
pub(super) async fn ask(cluster: &Cluster, session: &Session) -> Result<Info, ToolError> {
    let asked = Asked { verb: "get", resource: "/version", name: None, namespace: None };
    let answer = async {
        cluster.get_json("/version", JSON).await.map_err(|it| cluster.explain(&it, &asked))
    };
    cluster.before(session.deadline(), answer).await
}

//! `kubectl_get_crd_schema`: the fields of a kind, built in or defined by a CRD.

mod outline;
mod place;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;

use self::{outline::Outline, place::Place};
use super::{admitted, clients::Clients, cluster::Cluster};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
};

/// Explain the fields of a kind (CRD or built in), or of a path in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlGetCrdSchema {
    /// deploy, deploy.spec.template or crontabs.example.com.spec
    resource: Option<String>,
    /// The same
    #[serde(rename = "crdName")]
    crd_name: Option<String>,
    /// Levels of fields; default 2
    #[schemars(range(min = 1, max = 10))]
    depth: Option<u8>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for KubectlGetCrdSchema {
    const NAME: &'static str = "kubectl_get_crd_schema";
    const TITLE: &'static str = "Explain fields";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let text = self.subject()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        cluster.before(session.deadline(), explain(&cluster, text, self.depth)).await
    }
}

impl KubectlGetCrdSchema {
    fn subject(&self) -> Result<&str, ToolError> {
        match (&self.resource, &self.crd_name) {
            (Some(text), None) | (None, Some(text)) => Ok(text),
            (Some(_), Some(_)) => {
                Err(ToolError::invalid("`resource` and `crdName` mean the same: give one"))
            }
            (None, None) => Err(ToolError::invalid(
                "`resource` is missing: deploy, deploy.spec.template or crontabs.example.com.spec",
            )),
        }
    }
}

async fn explain(cluster: &Cluster, text: &str, depth: Option<u8>) -> Result<Document, ToolError> {
    let place = Place::read(cluster, text).await?;
    admitted::kind(cluster, &place.resource)?;
    let document = cluster.discovery().schemas().of(cluster, &place.resource).await?;
    let field = place.walk(&document)?;
    Ok(Outline { document: &document, place: &place, field, redactor: cluster.redactor() }
        .answer(depth))
}

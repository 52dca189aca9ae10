//! `kubectl_get`: one object, several, or lists of any kinds.

mod answer;
mod collect;
mod cursor;
mod listing;
mod manifests;
mod missing;
mod namespaces;
mod projection;
mod query;
mod show;
mod sort;
mod spread;
mod summary;
mod targets;
#[cfg(test)]
mod tests;
mod wire;

use schemars::JsonSchema;
use serde::Deserialize;

use self::query::Query;
use super::{clients::Clients, cluster::Cluster};
use crate::{
    output::Document,
    tool::{Effect, Session, Tool, ToolError},
};

/// Get or list objects of any kind: table, or cleaned yaml/json.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlGet {
    /// po, deploy/web, pods,services
    resource: String,
    /// Or several: a,b
    name: Option<String>,
    namespace: Option<String>,
    all_namespaces: Option<bool>,
    context: Option<String>,
    label_selector: Option<String>,
    field_selector: Option<String>,
    /// Column or JSON path; -age descends
    sort_by: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
    output: Option<Form>,
    /// image, node, owner, labels:app, JSON paths
    columns: Option<Vec<String>>,
    /// JSON paths of yaml/json
    fields: Option<Vec<String>>,
    /// Counts only
    summary: Option<bool>,
    grep: Option<String>,
    /// Not cleaned
    full: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Form {
    Table,
    Wide,
    Yaml,
    Json,
    Name,
}

impl Tool for KubectlGet {
    const NAME: &'static str = "kubectl_get";
    const TITLE: &'static str = "Get objects";
    const EFFECT: Effect = Effect::Read;

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let query = self.check()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        cluster.before(session.deadline(), self.answer(&cluster, &query, session)).await
    }
}

impl KubectlGet {
    async fn answer(
        &self,
        cluster: &Cluster,
        query: &Query,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let targets = targets::resolve(cluster, &self.resource, self.name.as_deref()).await?;
        let scope = targets::scope(cluster, self.namespace.as_deref(), query.all_namespaces);
        let show = show::Show { cluster, query, scope, deadline: session.deadline() };
        show.answer(&targets).await
    }
}

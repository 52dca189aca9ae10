//! `kubectl_get`: one object, several, or lists of any kinds.

mod answer;
mod collect;
mod cursor;
mod manifests;
mod projection;
mod query;
mod show;
mod sort;
mod spread;
mod summary;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;

use self::query::Query;
use super::{clients::Clients, cluster::Cluster, targets};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
};

/// Get or list objects of any kind: table, or cleaned yaml/json.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlGet {
    /// po, deploy/web or pods,services
    resource: String,
    /// Or several: a,b
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// Look in every namespace
    all_namespaces: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
    /// app=web,tier!=db
    label_selector: Option<String>,
    /// status.phase=Pending
    field_selector: Option<String>,
    /// Column or JSON path; -age descends
    sort_by: Option<String>,
    /// Most rows
    limit: Option<i64>,
    /// From the answer to continue
    cursor: Option<String>,
    /// Default: table
    output: Option<Form>,
    /// image, node, owner, labels:app, JSON paths
    columns: Option<Vec<String>>,
    /// JSON paths of yaml/json
    fields: Option<Vec<String>>,
    /// Counts only
    summary: Option<bool>,
    /// Regex on rows
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

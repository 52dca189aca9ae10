//! `kubectl_events`: what happened, newest first, with what is repeated said once.

mod answer;
mod collect;
mod event;
mod folded;
mod query;
mod subjects;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;

use super::clients::Clients;
use crate::{
    output::Document,
    tool::{Effect, Session, Tool, ToolError},
};

/// Events, newest first, repeated ones folded; of a workload also those of its pods.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlEvents {
    /// pod/web-1, deploy/web, or a kind; default: all
    resource: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// Look in every namespace
    all_namespaces: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
    /// Warning or Normal
    r#type: Option<String>,
    /// Or several: BackOff,Failed
    reason: Option<String>,
    /// 10m or a time
    since: Option<String>,
    /// Regex
    grep: Option<String>,
    /// Most rows
    limit: Option<u32>,
}

impl Tool for KubectlEvents {
    const NAME: &'static str = "kubectl_events";
    const TITLE: &'static str = "Read events";
    const EFFECT: Effect = Effect::Read;

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let now = jiff::Timestamp::now();
        let query = self.check(now)?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let subjects = subjects::Subjects::of(&cluster, &self).await?;
        let deadline = session.deadline();
        let collect =
            collect::Collect { cluster: &cluster, query: &query, subjects: &subjects, deadline };
        let found = collect.events().await?;
        answer::Answer { cluster: &cluster, query: &query, subjects: &subjects, now }
            .document(found)
            .await
    }
}

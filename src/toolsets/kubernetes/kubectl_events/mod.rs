//! `kubectl_events`: what happened, newest first, with what is repeated said once.

mod answer;
mod collect;
mod event;
mod folded;
mod query;
mod subjects;
#[cfg(test)]
mod tests;

use std::time::Instant;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use self::query::Query;
use super::{clients::Clients, cluster::Cluster, kubectl_describe::Described};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
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

/// The rows that a description has room for.
const FEW: u32 = 8;

impl KubectlEvents {
    /// The events of one object and of what it owns.
    pub(super) async fn of(
        described: &Described<'_>,
        deadline: Option<Instant>,
    ) -> Result<Document, ToolError> {
        let Described { cluster, resource, name, namespace, .. } = *described;
        let call = Self {
            resource: Some(format!("{}/{name}", resource.full_name())),
            namespace: namespace.map(str::to_owned),
            limit: Some(FEW),
            ..Self::default()
        };
        let now = Timestamp::now();
        call.answer(cluster, &call.check(now)?, now, deadline).await
    }

    async fn answer(
        &self,
        cluster: &Cluster,
        query: &Query,
        now: Timestamp,
        deadline: Option<Instant>,
    ) -> Result<Document, ToolError> {
        let subjects = subjects::Subjects::of(cluster, self).await?;
        let collect = collect::Collect { cluster, query, subjects: &subjects, deadline };
        let found = collect.events().await?;
        let answer = answer::Answer { cluster, query, subjects: &subjects, now };
        answer.document(found).await
    }
}

impl Tool for KubectlEvents {
    const NAME: &'static str = "kubectl_events";
    const TITLE: &'static str = "Read events";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let now = Timestamp::now();
        let query = self.check(now)?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        self.answer(&cluster, &query, now, session.deadline()).await
    }
}

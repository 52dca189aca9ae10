//! `kubectl_logs`: what containers wrote, of one pod or of all pods of a workload, in the order in which they wrote it.

mod answer;
mod beginning;
mod everywhere;
mod gathered;
mod level;
mod merged;
mod notes;
mod plan;
mod pods;
mod query;
mod read;
mod records;
mod redacted;
mod selected;
mod sieve;
mod tags;
#[cfg(test)]
mod tests;
mod written;

pub(super) use self::gathered::{Gathered, Shown, Wanted};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    clients::Clients,
    cluster::Cluster,
    targets::{self, Scope},
};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
};

/// Logs of a pod, or of all pods of a workload, Service or selector, merged by time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlLogs {
    /// web-1 (a pod), deploy/web, svc/web
    resource: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
    /// app=web,tier!=db
    label_selector: Option<String>,
    /// Or several: a,b; default: all but finished init
    container: Option<String>,
    /// Of the run before the last restart
    previous: Option<bool>,
    /// 10m or a time
    since: Option<String>,
    /// 5m (ago) or a time
    until: Option<String>,
    /// Last lines per container
    tail: Option<u32>,
    /// Regex
    grep: Option<String>,
    /// Regex
    exclude: Option<String>,
    /// Around matches
    context_lines: Option<u32>,
    /// At least: warn, error
    level: Option<String>,
    /// Fold repeated lines
    dedupe: Option<bool>,
    /// Default: where needed
    timestamps: Option<bool>,
}

/// Where a log comes from.
pub(super) struct Container {
    pub(super) namespace: String,
    pub(super) pod: String,
    pub(super) name: String,
}

impl KubectlLogs {
    /// The logs of one pod, and maybe of one container only.
    pub(super) fn of_pod(pod: &str, namespace: Option<&str>, container: Option<&str>) -> Self {
        Self {
            resource: Some(format!("pod/{pod}")),
            namespace: namespace.map(str::to_owned),
            container: container.map(str::to_owned),
            ..Self::default()
        }
    }

    /// The last lines that the pods of a Job have written.
    pub(super) fn of_job(name: &str, namespace: &str, context: Option<&str>, tail: u32) -> Self {
        Self {
            resource: Some(format!("jobs.batch/{name}")),
            namespace: Some(namespace.to_owned()),
            context: context.map(str::to_owned),
            tail: Some(tail),
            ..Self::default()
        }
    }

    /// The containers whose logs this call shows, now or once they have begun to write.
    pub(super) async fn sources(&self, cluster: &Cluster) -> Result<Vec<Container>, ToolError> {
        let query = self.check(jiff::Timestamp::now())?;
        let Scope::One { namespace, .. } =
            targets::scope(cluster, self.namespace.as_deref(), false)
        else {
            return Err(ToolError::invalid("`namespace`: a pod is in one namespace"));
        };
        let selection = selected::Selection::new(cluster, namespace.clone(), self);
        let selected = selection.pods().await?;
        plan::check_names(&selected.pods, &query.containers)?;
        let of_pod = |pod: &pods::Pod| {
            let wanted = pod.containers().filter(|it| plan::is_wanted(pod, it, &query));
            let container = |name: &str| Container {
                namespace: namespace.clone(),
                pod: pod.name().to_owned(),
                name: name.to_owned(),
            };
            wanted.map(container).collect::<Vec<_>>()
        };
        Ok(selected.pods.iter().flat_map(of_pod).collect())
    }
}

impl Tool for KubectlLogs {
    const NAME: &'static str = "kubectl_logs";
    const TITLE: &'static str = "Read logs";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let query = self.check(jiff::Timestamp::now())?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let selected = match targets::scope(&cluster, self.namespace.as_deref(), false) {
            Scope::All => everywhere::selected(&cluster, &self, session.deadline()).await?,
            Scope::One { namespace, .. } => {
                selected::Selection::new(&cluster, namespace, &self).pods().await?
            }
        };
        let plan = plan::Plan::new(&selected.pods, &query)?;
        let reads = read::Reader::new(&cluster, &query, &plan, session).all().await;
        answer::Answer { cluster: &cluster, query: &query, selected: &selected, plan: &plan }
            .document(reads)
    }
}

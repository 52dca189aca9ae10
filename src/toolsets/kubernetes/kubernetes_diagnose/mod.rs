//! `kubernetes_diagnose`: from a symptom to its cause, in one call that only reads.

mod asked;
mod finding;
mod mention;
mod model;
mod rank;
mod reference;
mod report;
mod rules;
mod snapshot;
mod subject;
#[cfg(test)]
mod tests;

pub(super) use self::{
    finding::word,
    model::{LabelSelector, Taint, Toleration},
};

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Deserialize;

use self::{
    asked::Asked,
    report::Report,
    snapshot::Reader,
    subject::{Kind, Subject},
};
use super::{address::Address, clients::Clients, cluster::Cluster};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
};

/// Kept of the time of a call for thinking and telling.
const RESERVE: Duration = Duration::from_millis(500);

/// Why something does not work: findings ranked from the root, with evidence and the next call.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubernetesDiagnose {
    /// deploy/web, svc/web, pvc/data, node/n1; default: the namespace
    resource: Option<String>,
    /// Beside a kind
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for KubernetesDiagnose {
    const NAME: &'static str = "kubernetes_diagnose";
    const TITLE: &'static str = "Diagnose";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let asked = self.asked(&cluster).await?;
        let context = self.context.as_deref();
        Box::pin(diagnosis(&cluster, &asked, context, session.deadline())).await
    }
}

/// Why an object that was met on the way does not work; None if no rule knows its kind.
pub(super) async fn of_object(
    cluster: &Cluster,
    object: &Address,
    context: Option<&str>,
    deadline: Option<Instant>,
) -> Option<Result<Document, ToolError>> {
    let subject = Subject::new(Kind::of(&object.resource)?, &object.name);
    let asked = Asked { subject, namespace: object.namespace.clone() };
    Some(Box::pin(diagnosis(cluster, &asked, context, deadline)).await)
}

async fn diagnosis(
    cluster: &Cluster,
    asked: &Asked,
    context: Option<&str>,
    deadline: Option<Instant>,
) -> Result<Document, ToolError> {
    let Asked { subject, namespace } = asked;
    let catalog = cluster.discovery().catalog(cluster).await?;
    let deadline = deadline.map(|it| soon(it, Instant::now()));
    let reader = Reader::new(cluster, &catalog, namespace.as_deref(), deadline);
    let snapshot = snapshot::gather(&reader, subject).await;
    asked::check(&reader, &snapshot, subject).await?;
    let findings = rules::look(&snapshot);
    let report = Report {
        ranking: rank::rank(&snapshot, subject, findings),
        snapshot: &snapshot,
        asked: subject,
        gaps: reader.gaps(),
        requests: reader.requests(),
        redactor: cluster.redactor(),
        context,
    };
    Ok(report.document())
}

/// A little before the deadline, but never before now.
fn soon(deadline: Instant, now: Instant) -> Instant {
    deadline.checked_sub(RESERVE).map_or(now, |it| it.max(now))
}

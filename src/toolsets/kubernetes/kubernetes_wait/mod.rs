//! `kubernetes_wait`: until something is so, or can no longer become so, or time is up.

mod follow;
mod goal;
mod judge;
mod rollout;
#[cfg(test)]
mod tests;

pub(super) use self::{
    follow::{End, Follow},
    goal::Goal,
    rollout::state as rollout_state,
};

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    clients::Clients,
    cluster::Cluster,
    late::{self, LAST_WORDS},
    problems::Problems,
    targets::{self, Target},
};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
};

const DEFAULT_SECONDS: u64 = 60;
const MOST_SECONDS: u64 = 600;
/// What connecting and finding the kind may take.
const BEGIN: Duration = Duration::from_secs(10);

/// Wait until an object has a condition or value, is rolled out or gone; ends early, with the reason, when that cannot come.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubernetesWait {
    /// deploy/web
    resource: String,
    /// If not in resource
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// rollout, create, delete, condition=Ready[=False] or jsonpath={.status.phase}=Running; default by kind
    #[serde(rename = "for")]
    goal: Option<String>,
    /// Seconds; default 60
    #[schemars(range(min = 1, max = 600))]
    timeout: Option<u64>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for KubernetesWait {
    const NAME: &'static str = "kubernetes_wait";
    const TITLE: &'static str = "Wait";
    const LIMIT: Option<Duration> = Some(Duration::from_secs(MOST_SECONDS + 10));

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let goal = self.check()?;
        let cluster = clients.cluster(self.context.as_deref(), &soon(session)).await?;
        self.wait(&cluster, goal, session).await
    }
}

impl KubernetesWait {
    fn check(&self) -> Result<Option<Goal>, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), self.name.as_deref());
        let goal = problems.keep(self.goal.as_deref().map(Goal::parse).transpose());
        problems.none()?;
        Ok(goal.flatten())
    }

    async fn wait(
        &self,
        cluster: &Arc<Cluster>,
        goal: Option<Goal>,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let started = Instant::now();
        let name = self.name.as_deref();
        let targets = targets::resolve(cluster, &self.resource, name);
        let targets = cluster.before(soon(session).deadline(), targets).await?;
        let [Target { resource, names }] = targets.as_slice() else { return Err(one_object()) };
        let [name] = names.as_slice() else { return Err(one_object()) };
        let goal = goal.map_or_else(|| Goal::usual(resource), Ok)?;
        goal.suits(resource)?;
        let scope = targets::scope(cluster, self.namespace.as_deref(), false);
        let namespace = scope.namespace().filter(|_| resource.namespaced);
        if resource.namespaced && namespace.is_none() {
            return Err(ToolError::invalid("`namespace`: one is waited in, and not all"));
        }
        let asked = Duration::from_secs(self.timeout.unwrap_or(DEFAULT_SECONDS));
        let end = late::end(session, started + asked, LAST_WORDS);
        let follow =
            Follow { cluster, resource, namespace, name, goal: &goal, session, started, end };
        let subject = format!("{}/{name}", resource.singular);
        match follow.until_end().await? {
            End::Met(seen) => Ok(Document::new().note(format!(
                "{subject}: {goal} after {} s{}",
                started.elapsed().as_secs(),
                beside(&seen)
            ))),
            End::Never(why) if why.starts_with(judge::NOT_COMPARED) => {
                Err(ToolError::invalid(format!("`for`: {why}")))
            }
            End::Never(why) => {
                Err(ToolError::Failed(format!("{subject} can no longer be {goal}: {why}")))
            }
            End::TimeUp(seen) => {
                let waited = started.elapsed().as_secs();
                let cut = if end < started + asked { CUT_SHORT } else { "" };
                let why = self.why(&goal, &subject, namespace);
                Err(ToolError::Failed(format!(
                    "{subject}: not {goal} after {waited} s{cut}; seen last: {seen}; call again to go on waiting{why}"
                )))
            }
        }
    }

    /// The call that tells why a rollout does not come to its end.
    fn why(&self, goal: &Goal, subject: &str, namespace: Option<&str>) -> String {
        if *goal != Goal::Rollout {
            return String::new();
        }
        let context = self.context.as_deref();
        let all = [("resource", Some(subject)), ("namespace", namespace), ("context", context)];
        let given = all.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?.into())));
        let call = Value::Object(given.collect());
        format!(", or kubernetes_diagnose {call} to know why")
    }
}

/// For what has to answer before there is anything to wait for: a server that hangs is told of soon.
fn soon(session: &Session) -> Session {
    session.until(std::time::Instant::now() + BEGIN)
}

/// The operator's limit for calls is shorter than what was asked for.
const CUT_SHORT: &str =
    ", which is as long as a call may take here (policy.timeouts: kubernetes_wait)";

fn beside(seen: &str) -> String {
    if seen.is_empty() { String::new() } else { format!(" ({seen})") }
}

fn one_object() -> ToolError {
    ToolError::invalid("`resource`: one object, such as deploy/web")
}

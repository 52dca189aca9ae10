//! `kubectl_run_job`: a program that runs once in a pod of its own, from its beginning to its end, and leaves nothing behind.

mod answer;
mod follow;
mod made;
mod manifest;
mod pods;
mod source;

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use self::{answer::Answer, follow::Follow, made::Made, source::Source};
use super::{
    address::Address, clients::Clients, cluster::Cluster, kubectl_logs::KubectlLogs, late,
    problems::Problems, targets,
};
use crate::{
    output::Document,
    tool::{Affected, Change, Effect, Planned, Preview, Session, ToolError},
};

const DEFAULT_SECONDS: u64 = 120;
const MOST_SECONDS: u64 = 600;
/// What planning may take.
const BEGIN: Duration = Duration::from_secs(10);
/// What is left for reading its logs and putting it away.
const END: Duration = Duration::from_secs(20);
/// Lines of its log.
const TAIL: u32 = 500;

/// Run a command in a new pod, or a cronjob now; waits, shows logs and exit code, and cleans up.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlRunJob {
    /// cronjob/nightly; or give image
    from: Option<String>,
    /// busybox:1.37
    image: Option<String>,
    #[schemars(description = r#"With image: ["sh","-c","date"]; default: the image's"#)]
    command: Option<Vec<String>>,
    /// Seconds, then it is stopped; default 120
    #[schemars(range(min = 1, max = 600))]
    timeout: Option<u64>,
    /// Only show what would run
    dry_run: Option<bool>,
    /// Default: the context's
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

/// The Job that is to be made.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    namespace: String,
    manifest: Value,
    source: Source,
}

impl Change for KubectlRunJob {
    const NAME: &'static str = "kubectl_run_job";
    const TITLE: &'static str = "Run a job";
    const EFFECT: Effect = Effect::Execute;
    const LIMIT: Option<Duration> =
        Some(Duration::from_secs(MOST_SECONDS + BEGIN.as_secs() + END.as_secs() + 5));

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        self.check()?;
        let soon = session.until(std::time::Instant::now() + BEGIN);
        let cluster = clients.cluster(self.context.as_deref(), &soon).await?;
        cluster.before(soon.deadline(), self.planned(&cluster)).await
    }

    async fn carry_out(
        self,
        plan: Plan,
        clients: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, namespace, manifest, source } = plan;
        let soon = session.until(std::time::Instant::now() + BEGIN);
        cluster.before(soon.deadline(), source.check(&cluster, &namespace)).await?;
        let made = Made::make(&cluster, &namespace, manifest, session).await?;
        let started = Instant::now();
        let end = late::end(session, started + self.time(), END);
        let follow = Follow { cluster: &cluster, job: &made.address, session, started, end };
        let outcome = follow.until_end().await;
        let soon = session.until(std::time::Instant::now() + END / 2);
        let (name, context) = (made.address.name.as_str(), self.context.as_deref());
        let logs = KubectlLogs::of_job(name, &namespace, context, TAIL);
        let logs = crate::tool::Tool::call(logs, clients, &soon).await;
        let (address, warnings) = (made.address.clone(), made.warnings.clone());
        let left = made.put_away().await.err();
        let answer = Answer { address: &address, outcome, started, warnings, logs, left };
        answer.document()
    }
}

impl KubectlRunJob {
    fn time(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(DEFAULT_SECONDS))
    }

    fn check(&self) -> Result<(), ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.unless(
            self.from.is_some() != self.image.is_some(),
            "give `from` or `image`, one of them",
        );
        problems.unless(
            self.command.is_none() || self.from.is_none(),
            "`command`: what a cronjob runs is said by it",
        );
        let command = self.command.as_deref().unwrap_or_default();
        let is_line = matches!(command, [line] if line.contains(char::is_whitespace));
        problems.unless(
            !is_line,
            "`command`: each word is an item of its own, as no shell reads it; or [\"sh\",\"-c\",\"...\"]",
        );
        let image = self.image.as_deref().unwrap_or("some");
        let is_image = !image.is_empty() && !image.contains(char::is_whitespace);
        problems.unless(is_image, "`image`: this is the name of no image");
        problems.none()
    }

    async fn planned(&self, cluster: &Arc<Cluster>) -> Result<Planned<Plan>, ToolError> {
        let jobs = cluster.resource("jobs.batch").await?;
        let scope = targets::scope(cluster, self.namespace.as_deref(), false);
        let Some(namespace) = scope.namespace().map(str::to_owned) else {
            return Err(ToolError::invalid("`namespace`: a job is in one namespace"));
        };
        let source = match (&self.from, &self.image) {
            (Some(from), _) => Source::cron_job(cluster, from, &namespace).await?,
            (None, image) => Source::Image {
                image: image.clone().unwrap_or_default(),
                command: self.command.clone(),
            },
        };
        let manifest = manifest::job(&source, &namespace, self.time());
        // The API server says now what it would say then.
        Made::tried(cluster, &namespace, &manifest).await?;
        let affected = Affected {
            name: format!("{}?????", manifest::prefix(&manifest)),
            state: source.state(),
            ..Address::new(&jobs, Some(&namespace), "").affected(Effect::Create, None)
        };
        let preview = Preview {
            summary: format!(
                "{source} would run once in namespace {namespace} of context {}",
                cluster.identity.context
            ),
            details: manifest::told(&manifest, self.time()),
            affected: vec![affected],
        };
        let cluster = Arc::clone(cluster);
        Ok(Planned { plan: Plan { cluster, namespace, manifest, source }, preview })
    }
}

#[cfg(test)]
mod tests;

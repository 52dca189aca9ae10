//! `kubectl_exec`: a program, run once in a container.

mod answer;
mod preview;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use self::answer::Answer;
use super::{
    clients::Clients,
    cluster::Cluster,
    exec::{Chosen, Exec, MOST_READ},
    late::{self, LAST_WORDS},
    problems::Problems,
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
};

const DEFAULT_SECONDS: u64 = 30;
const MOST_SECONDS: u64 = 600;
/// What connecting and finding the pod may take.
const BEGIN: Duration = Duration::from_secs(10);
/// Bytes of a stream that may be worth showing; the rest of a longer one is its middle.
const KEPT: usize = 64 * 1024;
/// In bytes. What is more is a file.
const MOST_STDIN: usize = 1024 * 1024;

/// Run a program in a container and show what it prints; no terminal, and no shell unless the command names one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlExec {
    /// web-1 (a pod), deploy/web (its first ready pod)
    resource: String,
    /// Needed if there are several
    container: Option<String>,
    #[schemars(
        length(min = 1),
        description = r#"["ls","-l"], or for a shell ["sh","-c","ls | wc -l"]"#
    )]
    command: Vec<String>,
    /// Text for its input
    stdin: Option<String>,
    /// Seconds; default 30
    #[schemars(range(min = 1, max = 600))]
    timeout: Option<u64>,
    /// Only show what would run
    dry_run: Option<bool>,
    /// Default: the context's
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

/// Where it is to run, as that was seen.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    chosen: Chosen,
}

impl Change for KubectlExec {
    const NAME: &'static str = "kubectl_exec";
    const TITLE: &'static str = "Run in a container";
    const EFFECT: Effect = Effect::Execute;
    const LIMIT: Option<Duration> = Some(Duration::from_secs(MOST_SECONDS + 10));

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
        let choosing = Box::pin(self.choose(&cluster));
        let chosen = cluster.before(soon.deadline(), choosing).await?;
        let preview = preview::preview(self, &cluster, &chosen);
        Ok(Planned { plan: Plan { cluster, chosen }, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, chosen } = &plan;
        chosen.place.check(cluster).await?;
        let asked = Instant::now() + self.time();
        let exec = Exec {
            cluster,
            place: &chosen.place,
            argv: &self.command,
            stdin: self.stdin.clone().map(Bytes::from),
            kept: KEPT,
            read: MOST_READ,
            deadline: late::end(session, asked, LAST_WORDS),
        };
        let running = exec.start().await?;
        session.changed();
        let finished = running.finish(session).await?;
        Ok(Answer { chosen, finished: &finished }.document())
    }
}

impl KubectlExec {
    fn time(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(DEFAULT_SECONDS))
    }

    fn check(&self) -> Result<(), ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        let [program, ..] = self.command.as_slice() else {
            return Err(ToolError::invalid("`command`: it names no program"));
        };
        problems.unless(!program.is_empty(), "`command`: the name of the program is empty");
        let is_line = self.command.len() == 1 && program.contains(char::is_whitespace);
        if is_line {
            let words: Vec<&str> = program.split_whitespace().collect();
            let shell = ["sh", "-c", program];
            problems.unless(false, &format!(
                "`command`: each word is an item of its own, as no shell reads it: {}; or name a shell, if the image has one: {}",
                preview::quoted(&words),
                preview::quoted(&shell),
            ));
        }
        let has_nul = self.command.iter().any(|it| it.contains('\0'));
        problems.unless(!has_nul, "`command`: an argument cannot have a NUL in it");
        let length = self.stdin.as_ref().map_or(0, String::len);
        problems.unless(
            length <= MOST_STDIN,
            &format!("`stdin`: {length} bytes; {MOST_STDIN} are the most"),
        );
        problems.none()
    }

    async fn choose(&self, cluster: &Cluster) -> Result<Chosen, ToolError> {
        let (resource, container) = (self.resource.as_str(), self.container.as_deref());
        Chosen::find(cluster, self.namespace.as_deref(), resource, container).await
    }
}

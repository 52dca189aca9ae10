//! `kubectl_cp`: one small file, out of a container or into it. No file of this machine is read or written.

mod answer;
mod files;
mod path;
mod preview;
mod write;

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use self::files::Files;
use super::{
    clients::Clients,
    cluster::Cluster,
    exec::Chosen,
    late::{self, LAST_WORDS},
    problems::Problems,
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
};

/// In bytes. What is larger belongs into an image or a volume.
const MOST: usize = 1024 * 1024;
/// What finding the container may take, and then what all the work in it may.
const TIME: Duration = Duration::from_secs(30);

/// Read a file of a container, up to 1 MiB, or write one: whole or not at all.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlCp {
    /// web-1 (a pod), deploy/web (its first ready pod)
    resource: String,
    /// Needed if there are several
    container: Option<String>,
    /// In the container
    path: String,
    /// What to write; without it the file is read
    content: Option<String>,
    /// The same for any bytes
    content_base64: Option<String>,
    /// Only show what would be done
    dry_run: Option<bool>,
    /// Default: the context's
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

/// Which file, and what becomes of it.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    chosen: Chosen,
    path: String,
    /// What to write; otherwise it is read.
    content: Option<Bytes>,
}

impl Change for KubectlCp {
    const NAME: &'static str = "kubectl_cp";
    const TITLE: &'static str = "Copy a file";
    const EFFECT: Effect = Effect::Execute;
    const LIMIT: Option<Duration> = Some(Duration::from_secs(2 * TIME.as_secs()));

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    /// Nothing is read yet: what stands in a file is for those who may run programs, and that is being decided.
    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let (path, content) = self.check()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let (namespace, container) = (self.namespace.as_deref(), self.container.as_deref());
        let chosen = Box::pin(Chosen::find(&cluster, namespace, &self.resource, container));
        let chosen = cluster.before(session.deadline(), chosen).await?;
        let plan = Plan { cluster, chosen, path, content };
        let preview = preview::preview(&plan);
        Ok(Planned { plan, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, chosen, path, content } = plan;
        chosen.place.check(&cluster).await?;
        let usual = Instant::now() + TIME;
        let deadline = late::end(session, usual, LAST_WORDS);
        let files = Files { cluster, place: chosen.place.clone(), deadline };
        let Some(content) = content else {
            let data = files.read(&path, session).await?;
            return Ok(answer::read(&chosen, &path, &data));
        };
        let written = write::write(files, &path, content, session).await?;
        Ok(answer::written(&chosen, &path, &written))
    }
}

impl KubectlCp {
    /// The path as programs are given it, and what is to be written.
    fn check(&self) -> Result<(String, Option<Bytes>), ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        let path = problems.keep(path::check(&self.path));
        let is_one = self.content.is_none() || self.content_base64.is_none();
        problems.unless(is_one, "give `content` or `content_base64`, not both");
        let decoded = self.content_base64.as_deref().map(|it| {
            STANDARD.decode(it.trim()).map_err(|error| format!("`content_base64`: {error}"))
        });
        let decoded = problems.keep(decoded.transpose()).flatten();
        let text = self.content.as_ref().map(|it| it.clone().into_bytes());
        let content = text.or(decoded).map(Bytes::from);
        let length = content.as_ref().map_or(0, Bytes::len);
        problems.unless(length <= MOST, &format!("`content`: {length} bytes; {MOST} are the most"));
        problems.none()?;
        Ok((path.unwrap_or_default(), content))
    }
}

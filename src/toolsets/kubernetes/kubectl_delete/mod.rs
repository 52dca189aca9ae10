//! `kubectl_delete`: objects by name or by selector, each only if it is still the one that was shown.

mod going;
mod held;
pub(super) mod inside;
mod left;
mod options;
mod plan;

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use self::{
    going::Going,
    left::{Left, wait},
    options::{Options, Propagation},
};
use super::{
    changed::{Changed, call, with_next},
    clients::Clients,
    cluster::Cluster,
    field::text,
    outcomes::Outcomes,
    problems::Problems,
    selection::Selection,
};
use crate::{
    output::{Document, Keep},
    tool::{Change, Effect, Planned, Session, ToolError},
};

const DEFAULT_SECONDS: u64 = 30;
const MOST_SECONDS: u64 = 600;

/// Delete objects by name or selector and wait until they are gone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlDelete {
    /// pod/a,pod/b, or a kind
    resource: String,
    /// If not in resource
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// app=web
    label_selector: Option<String>,
    /// status.phase=Failed
    field_selector: Option<String>,
    /// All of the kind in the namespace
    all: Option<bool>,
    /// To what it owns; default background
    propagation: Option<Propagation>,
    /// Seconds to end in; 0 forces
    #[schemars(range(min = 0, max = 86_400))]
    grace_period: Option<i64>,
    /// Seconds until gone; default 30
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would go
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

/// What is to go, as it was seen.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    going: Vec<Going>,
}

impl Change for KubectlDelete {
    const NAME: &'static str = "kubectl_delete";
    const TITLE: &'static str = "Delete";
    const EFFECT: Effect = Effect::Delete;
    const LIMIT: Option<Duration> = Some(Duration::from_secs(MOST_SECONDS + 60));

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let mut problems = Problems::default();
        self.selection().check(&mut problems);
        problems.none()?;
        let session = session.until(std::time::Instant::now() + plan::LIMIT);
        let cluster = clients.cluster(self.context.as_deref(), &session).await?;
        let going = cluster.before(session.deadline(), self.going(&cluster)).await?;
        let preview = self.preview(&cluster, &going);
        Ok(Planned { plan: Plan { cluster, going }, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, going } = plan;
        let (mut outcomes, mut left) = (Outcomes::new(&cluster, session), Vec::new());
        for it in &going {
            outcomes.take(&it.seen.address, self.ended(&cluster, it, &mut left)).await;
        }
        // Whoever is told that not all was done is told so at once.
        if outcomes.is_partial() {
            return outcomes.document("");
        }
        let is_waited_for = !left.is_empty();
        let (left, waited) =
            wait(&cluster, left, self.wait.unwrap_or(DEFAULT_SECONDS), session).await;
        let waited = is_waited_for.then_some(waited);
        self.told(outcomes, &going, &left, waited)
    }
}

impl KubectlDelete {
    fn selection(&self) -> Selection<'_> {
        Selection {
            resource: &self.resource,
            name: self.name.as_deref(),
            namespace: self.namespace.as_deref(),
            labels: self.label_selector.as_deref(),
            fields: self.field_selector.as_deref(),
            all: self.all.unwrap_or(false),
            ways: "label_selector, field_selector or all: true",
        }
    }

    fn options(&self) -> Options {
        Options { propagation: self.propagation, grace_period: self.grace_period }
    }

    async fn ended(
        &self,
        cluster: &Cluster,
        going: &Going,
        left: &mut Vec<Left>,
    ) -> Result<Changed, ToolError> {
        if going.is_to_be_deleted(&self.options()) {
            return self.delete(cluster, going, left).await;
        }
        left.push(Left::new(going));
        Ok(going.already())
    }

    /// What is not gone with the answer goes to `left`.
    async fn delete(
        &self,
        cluster: &Cluster,
        going: &Going,
        left: &mut Vec<Left>,
    ) -> Result<Changed, ToolError> {
        let Going { seen, .. } = going;
        let write = |version: &str| self.options().delete(seen, version);
        let outcome = seen.address.write_as_seen(cluster, "delete", &seen.object, write).await;
        let written = match outcome {
            Ok(written) => written,
            // Somebody else was quicker, and wanted the same.
            Err(ToolError::NotFound(_)) => return Ok(going.done("was deleted meanwhile").left()),
            Err(error) => {
                return match left::ending(cluster, seen).await {
                    Some(it) if matches!(error, ToolError::Conflict(_)) => {
                        left.push(it);
                        Ok(going.done("is being deleted already, by somebody else").left())
                    }
                    _ => Err(error),
                };
            }
        };
        if text(&written.object, "/kind") == "Status" {
            return Ok(going.done("deleted").warnings(written.warnings));
        }
        left.push(Left::new(going));
        Ok(going.done("is being deleted").warnings(written.warnings))
    }

    /// `waited` is how long; none if nothing had to be waited for.
    fn told(
        &self,
        outcomes: Outcomes<'_>,
        going: &[Going],
        left: &[Left],
        waited: Option<Duration>,
    ) -> Result<Document, ToolError> {
        let document = outcomes.document("")?;
        let seconds = waited.unwrap_or_default().as_secs();
        let Some(first) = left.first() else {
            let document = match waited {
                Some(_) => document.note(format!("gone after {seconds} s")),
                None => document,
            };
            return Ok(with_next(document, &self.look_call(going)));
        };
        let lines: Vec<String> = left.iter().map(Left::told).collect();
        let next = first.wait_call(self.context.as_deref());
        let document = document.note(format!("not gone after {seconds} s: {}", left.len()));
        let document = document.untrusted("what holds it", lines.join("\n"), Keep::Head);
        Ok(with_next(document, &next))
    }

    /// The call that shows what there is now.
    fn look_call(&self, going: &[Going]) -> String {
        let Some(first) = going.first() else { return String::new() };
        let address = &first.seen.address;
        call(
            "kubectl_get",
            &address.resource.full_name(),
            address,
            &[("context", self.context.as_deref().map(Value::from))],
        )
    }
}

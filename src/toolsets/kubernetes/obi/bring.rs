//! From what is there to what is wanted: tried, shown, applied, waited for and proven; and back where it does not come to run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    MANAGED_BY, NAME, TACKLEBOX,
    objects::objects,
    record::Record,
    remove,
    seen::{self, Refusals},
    wanted::Wanted,
};
use crate::{
    obi::health::State,
    output::Document,
    tool::{Preview, Session, ToolError},
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        kubectl_apply::{self, Applied, Made},
        settle::{self, Settled, Settling},
    },
};

/// What going back may take, beside what it follows.
const BACK: Duration = Duration::from_mins(2);
/// What a proof takes at the least: OBI looks for processes every five seconds, and leaves alone what is younger than five.
const PROOF: Duration = Duration::from_secs(25);
/// Of the time of a call, kept for going back.
const RESERVE: Duration = Duration::from_secs(5);
/// What a call may take that waits for as long as it can, and goes back then.
pub(super) const LIMIT: Duration = settle::LIMIT.saturating_add(BACK);

/// That a namespace was made for OBI, and goes with it.
pub(super) const MADE_FOR: &str = "tacklebox.io/made-for";
const POD_SECURITY: &str = "pod-security.kubernetes.io/enforce";

/// How what is wanted is brought about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    /// Whether a namespace that is not there is made.
    pub(super) makes_namespace: bool,
    /// Whether objects of somebody else become ours.
    pub(super) adopts: bool,
}

/// What would be done.
pub(in super::super) struct Bringing {
    cluster: Arc<Cluster>,
    before: Option<Record>,
    pub(super) record: Record,
    plan: kubectl_apply::Plan,
}

impl Bringing {
    pub(super) async fn plan(
        cluster: &Arc<Cluster>,
        wanted: Wanted,
        way: &Way,
    ) -> Result<Self, ToolError> {
        let namespace = wanted.namespace.clone();
        let before = Record::read(cluster, &namespace).await?;
        let record = match &before {
            Some(before) => before.next(wanted),
            None => Record::first(wanted),
        };
        let makes = way.makes_namespace && is_missing(cluster, &namespace).await?;
        let others = if makes { vec![made_namespace(&namespace)] } else { Vec::new() };
        let plan = Box::pin(applying(cluster, &record, others, way.adopts)).await?;
        Ok(Self { cluster: Arc::clone(cluster), before, record, plan })
    }

    /// With what is to be known beside the objects.
    pub(super) fn preview(&self, notes: &[String]) -> Preview {
        let Preview { summary, details, affected } = self.plan.preview();
        let notes = notes.iter().map(String::as_str);
        let details: Vec<&str> = notes.chain([details.as_str()]).collect();
        Preview { summary, details: details.join("\n"), affected }
    }

    /// `waiting` is for as long as is waited; none is not waited at all.
    pub(super) async fn carry_out(
        self,
        session: &Session,
        waiting: &Waiting<'_>,
    ) -> Result<Document, ToolError> {
        let Self { cluster, before, record, plan } = self;
        let refusals = Refusals::now(&cluster, &record.wanted.namespace).await;
        let applied = match Box::pin(plan.carry_out(session)).await {
            Ok(applied) => applied,
            Err(error) => {
                return Err(Box::pin(back(&cluster, session, &record, before, error)).await);
            }
        };
        let Applied { written, document } = applied;
        if waiting.seconds == 0 {
            return Ok(document.note("not waited for: obi_k8s_status says how it goes on"));
        }
        let started = Instant::now();
        let written: Vec<&Address> = written.iter().collect();
        let Waiting { context, tool, seconds } = *waiting;
        let settling = Settling { cluster: &cluster, session, context, tool, seconds };
        let Settled { document: settled, failing, is_done } = tokio::select! {
            settled = Box::pin(settling.settle(&written)) => settled,
            said = Box::pin(refusals.until_more(&cluster, &record.wanted.namespace)) => {
                let error = ToolError::Failed(format!("OBI does not come to run: its pods are refused: {said}"));
                return Err(Box::pin(back(&cluster, session, &record, before, error)).await);
            }
        };
        if !failing.is_empty() {
            let error =
                ToolError::Failed(format!("OBI does not come to run: {}", failing.join("; ")));
            return Err(Box::pin(back(&cluster, session, &record, before, error)).await);
        }
        let document = document.and(settled);
        if !is_done {
            return Ok(document.note("it goes on: obi_k8s_status says how"));
        }
        let until = until(session, started, seconds);
        let proof = seen::proof(&cluster, session, &record.wanted.namespace, until);
        match Box::pin(proof).await {
            Ok(proof) if proof.state == State::Unavailable => {
                let error =
                    ToolError::Failed(format!("OBI runs and is of no use: {}", proof.why()));
                Err(Box::pin(back(&cluster, session, &record, before, error)).await)
            }
            Ok(proof) => Ok(document.lines(proof.lines())),
            Err(error) => {
                Ok(document.note(format!("what it does could not be seen: {}", error.reason())))
            }
        }
    }
}

/// It takes some seconds to do anything, and is given them however long the rollout took; but for what going back may take.
fn until(session: &Session, started: Instant, seconds: u64) -> Instant {
    let asked = started + Duration::from_secs(seconds);
    let least = Instant::now() + PROOF;
    let end = asked.max(least);
    session.deadline().map_or(end, |it| end.min(it.checked_sub(RESERVE).unwrap_or(it)))
}

/// How long is waited, by which tool, of which context.
pub(super) struct Waiting<'a> {
    pub(super) seconds: u64,
    pub(super) tool: &'static str,
    pub(super) context: Option<&'a str>,
}

/// All objects of what is recorded, tried as one set.
async fn applying(
    cluster: &Arc<Cluster>,
    record: &Record,
    others: Vec<Value>,
    adopt: bool,
) -> Result<kubectl_apply::Plan, ToolError> {
    let wanted = &record.wanted;
    let plan = wanted.plan().ok_or_else(|| {
        ToolError::invalid("`config`: there is no configuration of OBI to be read in it")
    })?;
    let members = objects(wanted, &plan);
    let namespace = &wanted.namespace;
    Made { set: NAME, namespace, data: record.data(), members, others, adopt }.plan(cluster).await
}

/// What ran before runs again, or nothing is left of what was made; and the error says so.
async fn back(
    cluster: &Arc<Cluster>,
    session: &Session,
    record: &Record,
    before: Option<Record>,
    error: ToolError,
) -> ToolError {
    let session = session.until(Instant::now() + BACK);
    let went = match &before {
        Some(before) => again(cluster, &session, before).await,
        None => Box::pin(remove::all(cluster, &session, &record.wanted.namespace)).await,
    };
    let told = match (went, before) {
        (Ok(()), Some(before)) => format!("revision {} is there again", before.revision),
        (Ok(()), None) => "what this call made is gone again".to_owned(),
        (Err(why), Some(before)) => format!(
            "going back to revision {} failed too: {}; call obi_k8s_deploy again, or obi_k8s_undeploy",
            before.revision,
            why.reason()
        ),
        (Err(why), None) => format!(
            "removing what was made failed too: {}; obi_k8s_undeploy removes it",
            why.reason()
        ),
    };
    error.rewritten(|it| format!("{it}; {told}"))
}

async fn again(
    cluster: &Arc<Cluster>,
    session: &Session,
    before: &Record,
) -> Result<(), ToolError> {
    let plan = Box::pin(applying(cluster, before, Vec::new(), false)).await?;
    Box::pin(plan.carry_out(session)).await.map(drop)
}

async fn is_missing(cluster: &Cluster, namespace: &str) -> Result<bool, ToolError> {
    let resource = cluster.resource("v1/Namespace").await?;
    let address = Address::new(&resource, None, namespace);
    match address.get(cluster).await {
        Ok(_) => Ok(false),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(address.failed(cluster, "get", &error)),
    }
}

/// Nothing of what OBI needs is allowed in a namespace that is held to a standard.
fn made_namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": { MANAGED_BY: TACKLEBOX, POD_SECURITY: "privileged" },
            "annotations": { MADE_FOR: NAME },
        },
    })
}

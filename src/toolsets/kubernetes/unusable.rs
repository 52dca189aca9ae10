//! Which tools whoever asks can never use. They are not listed: an agent tries what it is offered.
//!
//! Never is a big word: a tool is left out only where policy denies what it needs, or where the API server has said for every
//! namespace that nothing grants it. In doubt it is listed, and a call is not refused for what is found here: rights come and go.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream};
use tokio::time::Instant;

use super::{
    clients::Clients,
    cluster::Cluster,
    namespaces::PARALLEL,
    needs::{Need, needs},
    rules::Rules,
};
use crate::{
    k8s::namespaces::candidates,
    tool::{Caller, Session, ToolError},
    toolsets::Unusable,
};

/// How long a finding is good for.
const FRESH: Duration = Duration::from_mins(1);
/// A list does not wait longer for it.
const PATIENCE: Duration = Duration::from_secs(1);
/// With more namespaces nobody is asked about each.
const MOST_NAMESPACES: usize = 50;

pub(super) struct Offers {
    clients: Arc<Clients>,
    /// By caller, where the cluster tells one from another.
    kept: Mutex<HashMap<Option<Caller>, Kept>>,
}

#[derive(Clone)]
struct Kept {
    since: Instant,
    unusable: Vec<Unusable>,
}

/// What keeps a tool from being of use.
type Lack = (&'static Need, &'static str);

const DENIED: &str = "policy denies it (policy.deny_resources)";
const UNGRANTED: &str = "nothing grants it in any namespace";

impl Offers {
    pub(super) fn new(clients: Arc<Clients>) -> Self {
        Self { clients, kept: Mutex::default() }
    }

    pub(super) async fn unusable(&self, session: &Session) -> Vec<Unusable> {
        let Ok(caller) = self.clients.impersonated(session) else { return Vec::new() };
        if let Some(kept) = self.kept().get(&caller) {
            return kept.unusable.clone();
        }
        let unusable = told(&self.lacks(session).await);
        let kept = Kept { since: Instant::now(), unusable: unusable.clone() };
        self.kept().insert(caller, kept);
        unusable
    }

    /// What is still good.
    fn kept(&self) -> MutexGuard<'_, HashMap<Option<Caller>, Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, it| it.since.elapsed() < FRESH);
        kept
    }

    async fn lacks(&self, session: &Session) -> Vec<Lack> {
        let guard = self.clients.guard();
        let (denied, open): (Vec<_>, Vec<_>) = needs().partition(|it| it.is_denied_by(guard));
        let ungranted = self.ungranted(open, session).await;
        let denied = denied.into_iter().map(|it| (it, DENIED));
        denied.chain(ungranted.into_iter().map(|it| (it, UNGRANTED))).collect()
    }

    /// None where it cannot be told.
    async fn ungranted(&self, needs: Vec<&'static Need>, session: &Session) -> Vec<&'static Need> {
        // What one context does not grant another may.
        let contexts = self.clients.contexts().map(|(names, _)| names.len());
        if contexts != Ok(1) {
            return Vec::new();
        }
        let session = session.until((Instant::now() + PATIENCE).into_std());
        let Ok(cluster) = self.clients.cluster(None, &session).await else { return Vec::new() };
        let ungranted = cluster.before(session.deadline(), ungranted(&cluster, needs)).await;
        ungranted.unwrap_or_default()
    }
}

/// Those that no namespace's rules meet.
async fn ungranted(
    cluster: &Cluster,
    mut needs: Vec<&'static Need>,
) -> Result<Vec<&'static Need>, ToolError> {
    let home = cluster.identity.namespace.as_str();
    if cluster.guard().allows_namespace(home)
        && !narrow(&mut needs, &Rules::of(cluster, home).await?)
    {
        return Ok(Vec::new());
    }
    if needs.is_empty() {
        return Ok(needs);
    }
    let candidates = candidates(cluster).await?;
    let are_all = !candidates.guessed || cluster.guard().names_its_namespaces();
    if !are_all || candidates.names.len() > MOST_NAMESPACES {
        return Ok(Vec::new());
    }
    let others = candidates.names.into_iter().filter(|it| it != home);
    let reviews = others.map(|it| async move { Rules::of(cluster, &it).await });
    let mut reviews = stream::iter(reviews).buffer_unordered(PARALLEL);
    while let Some(rules) = reviews.next().await {
        if !narrow(&mut needs, &rules?) || needs.is_empty() {
            return Ok(Vec::new());
        }
    }
    Ok(needs)
}

/// Takes out what these rules meet. `false` when they are not all that there are.
fn narrow(needs: &mut Vec<&'static Need>, rules: &Rules) -> bool {
    needs.retain(|it| !it.is_met_by(rules));
    rules.doubt().is_none()
}

fn told(lacks: &[Lack]) -> Vec<Unusable> {
    let told = lacks.iter().map(|(need, why)| Unusable {
        tool: need.tool,
        reason: format!("it needs the right to {}, and {why}", need.what()),
    });
    told.collect()
}

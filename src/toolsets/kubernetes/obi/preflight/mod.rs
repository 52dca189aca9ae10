//! Whether a cluster can do what is wanted of OBI there, before anything of it is deployed.
//!
//! `look` sees all that matters and changes nothing; the `rules` judge what was seen, and ask nobody.

mod asks;
mod look;
pub(super) mod node;
mod rules;
mod snapshot;
#[cfg(test)]
mod tests;

use self::{rules::Asked, snapshot::Snapshot};
use super::wanted::Wanted;
use crate::{
    obi::{host::Check, plan::Plan},
    tool::{Session, ToolError},
    toolsets::kubernetes::cluster::Cluster,
};

/// The check that fails where the namespace is not there: whoever creates it first may pass it over.
pub(super) const MISSING_NAMESPACE: &str = "namespace";

/// All checks; those that `is_fatal` says keep OBI from being deployed.
pub(super) async fn run(
    cluster: &Cluster,
    session: &Session,
    wanted: &Wanted,
    plan: &Plan,
) -> Result<Vec<Check>, ToolError> {
    let look = Box::pin(look::look(cluster, session, wanted));
    let seen = cluster.before(session.deadline(), look).await?;
    Ok(rules::checks(&Asked { seen: &seen, wanted, plan }))
}

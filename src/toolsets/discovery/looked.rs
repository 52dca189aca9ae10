//! What there is to see, once there is something.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    snapshot::Snapshot,
    survey::{Look, Survey},
};
use crate::tool::{Session, ToolError};

/// What an answer needs to get out before the call's deadline.
const MARGIN: Duration = Duration::from_millis(300);
pub(super) const NOT_YET: &str = "not everybody has answered yet: ask again in a moment";
/// A caller who has no deadline does not wait for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was found, and whether everybody has answered. Waits for the first round, but no longer than the call may take.
pub(super) async fn looked(
    survey: &Survey,
    session: &Session,
) -> Result<(Arc<Snapshot>, bool), ToolError> {
    let usual = Instant::now() + PATIENCE;
    let deadline = session.deadline().and_then(|it| it.checked_sub(MARGIN));
    match survey.whole(deadline.map_or(usual, Instant::from_std)).await {
        Look::Whole(snapshot) => Ok((snapshot, true)),
        Look::Partly(snapshot) => Ok((snapshot, false)),
        Look::NotYet(why) => Err(not_yet(why)),
    }
}

/// The same where anything may be seen at all: an empty cluster and one that may not be read look alike otherwise.
pub(super) async fn seen(
    survey: &Survey,
    session: &Session,
) -> Result<(Arc<Snapshot>, bool), ToolError> {
    let (snapshot, is_whole) = looked(survey, session).await?;
    match snapshot.blindness() {
        Some(why) => Err(ToolError::Refused(why)),
        None => Ok((snapshot, is_whole)),
    }
}

/// Why there is nothing to see, if that is known.
pub(super) fn not_yet(why: Option<String>) -> ToolError {
    ToolError::Unavailable(match why {
        Some(why) => format!("nothing was looked through yet: {why}"),
        None => "the cluster is being looked through for the first time: ask again in a moment"
            .to_owned(),
    })
}

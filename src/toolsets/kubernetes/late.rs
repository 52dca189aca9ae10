//! When a call has to stop looking or waiting, while there is time to say how it stands.

use std::time::{Duration, Instant};

use tokio::time::Instant as Moment;

use crate::tool::Session;

/// What is left for saying what was found.
const MARGIN: Duration = Duration::from_secs(1);

/// What an answer needs to get out before the call is ended from outside.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(500);

/// When to stop waiting: as asked, or earlier if the call ends earlier, of whose time some is `kept`.
pub(super) fn end(session: &Session, asked: Moment, kept: Duration) -> Moment {
    let allowed = session.deadline().and_then(|it| it.checked_sub(kept));
    allowed.map_or(asked, |it| Moment::from_std(it).min(asked))
}

/// Whether it is time to say what was found.
pub(super) fn is_late(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|it| Instant::now() + MARGIN > it)
}

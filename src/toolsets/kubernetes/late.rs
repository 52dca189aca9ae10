//! When a call that goes through long lists has to stop looking.

use std::time::{Duration, Instant};

/// What is left for saying what was found.
const MARGIN: Duration = Duration::from_secs(1);

/// Whether it is time to say what was found.
pub(super) fn is_late(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|it| Instant::now() + MARGIN > it)
}

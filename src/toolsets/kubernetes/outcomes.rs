//! What comes of several objects that are changed one after the other, and how it is told when not all of them were.

use super::{
    address::{Address, UNKNOWN},
    changed::{self, Changed},
    cluster::Cluster,
    few::few,
    late::is_late,
    missing::all_of,
};
use crate::{
    output::Document,
    tool::{Session, ToolError},
};

/// Objects of each sort that an error names.
const MOST_NAMED: usize = 10;

/// What came of them so far.
pub(super) struct Outcomes<'a> {
    cluster: &'a Cluster,
    /// Its deadline is that of all of them.
    session: Session,
    changed: Vec<Changed>,
    undone: Vec<(String, ToolError)>,
    untried: Vec<String>,
    is_stopped: bool,
}

impl<'a> Outcomes<'a> {
    pub(super) fn new(cluster: &'a Cluster, session: &Session) -> Self {
        let session = session.clone();
        let (changed, undone, untried) = (Vec::new(), Vec::new(), Vec::new());
        Self { cluster, session, changed, undone, untried, is_stopped: false }
    }

    /// Changes the next one, unless it makes no sense to go on. What was changed is counted.
    pub(super) async fn take(
        &mut self,
        address: &Address,
        change: impl Future<Output = Result<Changed, ToolError>>,
    ) {
        // Nothing is begun of which nobody could be told how it ended.
        if self.is_stopped || is_late(self.session.deadline()) {
            self.is_stopped = true;
            self.untried.push(address.to_string());
            return;
        }
        match self.in_time(address, change).await {
            Ok(changed) => {
                if !changed.is_left {
                    self.session.changed();
                }
                self.changed.push(changed);
            }
            Err(error) => {
                self.is_stopped = matches!(error, ToolError::Unavailable(_) | ToolError::Busy(_));
                self.undone.push((address.to_string(), error));
            }
        }
    }

    async fn in_time(
        &self,
        address: &Address,
        change: impl Future<Output = Result<Changed, ToolError>>,
    ) -> Result<Changed, ToolError> {
        let mut is_answered = false;
        let change = async {
            let outcome = change.await;
            is_answered = true;
            outcome
        };
        let outcome = self.cluster.before(self.session.deadline(), change).await;
        outcome.map_err(|error| match error {
            ToolError::Unavailable(why) if !is_answered => ToolError::Unavailable(format!(
                "{why}; whether {address} has been changed {UNKNOWN}: look at it before you try again"
            )),
            other => other,
        })
    }

    /// Whether something was not done.
    pub(super) fn is_partial(&self) -> bool {
        !self.undone.is_empty() || !self.untried.is_empty()
    }

    /// An error if not all was done, with what was and what was not.
    pub(super) fn document(self, next: &str) -> Result<Document, ToolError> {
        if self.is_partial() {
            Err(self.broken_off())
        } else {
            Ok(changed::document(self.changed, next))
        }
    }

    fn broken_off(self) -> ToolError {
        let Self { changed, undone, untried, .. } = self;
        if changed.is_empty() && untried.is_empty() {
            return all_of(undone.into_iter().map(|it| it.1).collect());
        }
        let (left, done): (Vec<Changed>, Vec<Changed>) =
            changed.into_iter().partition(|it| it.is_left);
        let headlines = |it: Vec<Changed>| it.into_iter().map(|it| it.headline).collect::<Vec<_>>();
        let mut undone = undone.into_iter();
        let first = undone.next().map(|(object, error)| named(&object, error));
        let also: Vec<String> =
            undone.map(|(object, error)| named(&object, error).to_string()).collect();
        let told = [
            ("not done either", also),
            ("not tried", untried),
            ("left as it is", headlines(left)),
            ("done", headlines(done)),
        ];
        let nothing = (told.iter().all(|(what, it)| *what != "done" || it.is_empty()))
            .then(|| "nothing was changed".to_owned());
        let told = told.into_iter().filter(|it| !it.1.is_empty()).map(|(what, objects)| {
            let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
            format!("{what}: {}", few(&objects, MOST_NAMED))
        });
        let told = told.chain(nothing).collect::<Vec<_>>().join("; ");
        let late = || ToolError::Failed("time was up before all of it was done".to_owned());
        with(first.unwrap_or_else(late), &told)
    }
}

/// Which object an error is about, unless it says so itself.
fn named(object: &str, error: ToolError) -> ToolError {
    if error.to_string().contains(object) {
        return error;
    }
    error.rewritten(|it| format!("{object}: {it}"))
}

fn with(error: ToolError, more: &str) -> ToolError {
    match error {
        ToolError::InvalidArguments(mut problems) => {
            problems.push(more.to_owned());
            ToolError::InvalidArguments(problems)
        }
        other => other.rewritten(|it| format!("{it}; {more}")),
    }
}

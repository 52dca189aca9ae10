//! When the whole cluster may not be listed: the namespaces that may be, one by one.

use std::time::Instant;

use futures::{StreamExt, stream};

use super::{cluster::Cluster, error::ApiError, few::few, late::is_late};
use crate::{
    k8s::namespaces::{Candidates, candidates},
    tool::ToolError,
};

/// Namespaces asked for at once.
pub(super) const PARALLEL: usize = 8;

/// The most namespaces that a note names.
const MOST_NAMED: usize = 10;

/// How far a walk over the namespaces came.
pub(super) struct Walked {
    /// Which part of the cluster the answer is about.
    pub(super) note: String,
    /// Time ran out before the last of them.
    pub(super) cut_short: bool,
}

/// Why one namespace gives nothing.
pub(super) enum Nothing {
    Forbidden,
    /// Deleted since the namespaces were listed.
    Gone,
    Failed(ToolError),
}

impl Nothing {
    pub(super) fn because(error: &ApiError, told: impl FnOnce() -> ToolError) -> Self {
        match error {
            it if it.is_forbidden() => Self::Forbidden,
            it if it.is_not_found() => Self::Gone,
            _ => Self::Failed(told()),
        }
    }
}

/// Asks every namespace that may be looked at, several at once, and hands on what each gives, in the order of their names.
/// None when not one gave anything: then it stands that the whole is refused.
pub(super) async fn each<T, F: Future<Output = Result<T, Nothing>>>(
    cluster: &Cluster,
    deadline: Option<Instant>,
    ask: impl Fn(String) -> F,
    mut take: impl FnMut(T),
) -> Result<Option<Walked>, ToolError> {
    let Candidates { names, guessed } = candidates(cluster).await?;
    let answers: Vec<F> = names.iter().cloned().map(ask).collect();
    let mut answers = stream::iter(answers).buffered(PARALLEL);
    let (mut shown, mut forbidden) = (Vec::new(), Vec::new());
    let mut left = names.iter().map(String::as_str);
    while let (Some(answer), Some(name)) = (answers.next().await, left.next()) {
        match answer {
            Ok(found) => {
                shown.push(name);
                take(found);
            }
            Err(Nothing::Forbidden) => forbidden.push(name),
            Err(Nothing::Gone) => {}
            Err(Nothing::Failed(error)) => return Err(error),
        }
        if is_late(deadline) {
            break;
        }
    }
    let cut_short = left.next().is_some();
    let walked = Walked { note: note(&shown, &forbidden, guessed), cut_short };
    Ok((!shown.is_empty()).then_some(walked))
}

/// Which part of the cluster an answer is about.
pub(super) fn note(shown: &[&str], forbidden: &[&str], guessed: bool) -> String {
    let mut note = format!(
        "Not the whole cluster, which may not be listed: only namespace {}",
        few(shown, MOST_NAMED)
    );
    if !forbidden.is_empty() {
        note = format!("{note}; forbidden: {}", few(forbidden, MOST_NAMED));
    }
    if guessed {
        note = format!("{note}; which other namespaces exist may not be listed either");
    }
    format!("{note}.")
}

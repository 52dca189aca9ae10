//! Whether a person is asked before something is changed, in a sentence for the operator.

use crate::config::{Confirm, Mode, Policy};

/// What the operator chose, and whether anything is deleted or executed without anybody's yes.
pub(super) struct Consent {
    pub(super) text: &'static str,
    pub(super) is_lax: bool,
}

impl Consent {
    pub(super) fn of(policy: &Policy) -> Self {
        let (text, is_lax) = match (policy.mode, policy.confirm) {
            (Mode::ReadOnly, _) => ("nothing can be changed (policy.mode: read_only)", false),
            (Mode::DryRun, _) => ("changes are shown and not made (policy.mode: dry_run)", false),
            (Mode::Unguarded, _) => (
                "everything is changed, deleted and executed without asking anybody (policy.mode: unguarded)",
                true,
            ),
            (Mode::Guarded, Confirm::Always) => (
                "nothing is deleted or executed before a person has said yes (policy.confirm: always)",
                false,
            ),
            (Mode::Guarded, Confirm::WhenPossible) => (
                "clients that cannot ask a person delete and execute without a yes (policy.confirm: when_possible)",
                true,
            ),
            (Mode::Guarded, Confirm::Never) => (
                "everything is deleted and executed without asking anybody but about what policy.confirm_also marks (policy.confirm: never)",
                true,
            ),
        };
        Self { text, is_lax }
    }

    pub(super) fn log(&self) {
        if self.is_lax {
            tracing::warn!("{}", self.text);
        } else {
            tracing::info!("{}", self.text);
        }
    }
}

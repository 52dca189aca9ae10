use std::sync::Arc;

use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use super::source::{Digest, Holder};
use crate::tool::Caller;

/// The right to come in, as long as it holds. Two are the same when they were given for the same token.
#[derive(Clone)]
pub(in crate::server) struct Pass(Arc<Right>);

struct Right {
    caller: Caller,
    /// All that is kept of the token.
    digest: Option<Digest>,
    revoked: CancellationToken,
}

impl Pass {
    /// For whoever shows that token.
    pub(super) fn of(holder: &Holder, digest: Digest) -> Self {
        Self::new(Caller::authenticated(&holder.name, &holder.groups), Some(digest))
    }

    /// For whoever comes, where nobody is asked for a token.
    pub(super) fn anonymous() -> Self {
        Self::new(Caller::named("anonymous"), None)
    }

    fn new(caller: Caller, digest: Option<Digest>) -> Self {
        Self(Arc::new(Right { caller, digest, revoked: CancellationToken::new() }))
    }

    pub(super) fn digest(&self) -> Option<Digest> {
        self.0.digest
    }

    pub(super) fn opens_with(&self, digest: &Digest) -> bool {
        self.0.digest.is_some_and(|it| it.ct_eq(digest).into())
    }

    /// Whether it lets in that holder, as they are now: with other groups they are another to a cluster.
    pub(super) fn is_of(&self, holder: &Holder) -> bool {
        let caller = &self.0.caller;
        *caller.name == holder.name && caller.groups() == Some(&holder.groups)
    }

    pub(in crate::server) fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// Cancelled when the token no longer holds.
    pub(in crate::server) fn revoked(&self) -> &CancellationToken {
        &self.0.revoked
    }

    pub(in crate::server) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

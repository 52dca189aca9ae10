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
    /// Whether somebody else knows the token, and is asked again and again.
    reviewed: bool,
    revoked: CancellationToken,
}

impl Pass {
    /// For whoever shows that token.
    pub(super) fn of(holder: &Holder, digest: Digest) -> Self {
        Self::new(Caller::authenticated(&holder.name, &holder.groups), Some(digest), false)
    }

    /// For whoever comes, where nobody is asked for a token.
    pub(super) fn anonymous() -> Self {
        Self::new(Caller::named("anonymous"), None, false)
    }

    /// For whoever a reviewer says that the token's holder is.
    pub(super) fn reviewed(caller: Caller, digest: Digest) -> Self {
        Self::new(caller, Some(digest), true)
    }

    fn new(caller: Caller, digest: Option<Digest>, reviewed: bool) -> Self {
        Self(Arc::new(Right { caller, digest, reviewed, revoked: CancellationToken::new() }))
    }

    /// Whether it holds as long as somebody else says so.
    pub(in crate::server) fn is_reviewed(&self) -> bool {
        self.0.reviewed
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

    /// A review that was forgotten and made again has the same end.
    pub(in crate::server) fn is(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        let says_the_same = || one.digest == other.digest && one.caller == other.caller;
        Arc::ptr_eq(one, other) || one.reviewed && other.reviewed && says_the_same()
    }
}

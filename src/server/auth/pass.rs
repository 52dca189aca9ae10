use std::sync::Arc;

use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use super::source::Digest;
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
    pub(super) fn new(name: &str, digest: Option<Digest>) -> Self {
        let caller = Caller::named(name);
        Self(Arc::new(Right { caller, digest, revoked: CancellationToken::new() }))
    }

    pub(super) fn opens_with(&self, digest: &Digest) -> bool {
        self.0.digest.is_some_and(|it| it.ct_eq(digest).into())
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

use async_trait::async_trait;
use secrecy::SecretString;

/// Somebody who knows callers by their tokens.
#[async_trait]
pub trait Reviewer: Send + Sync {
    /// Ends by itself, within seconds.
    async fn review(&self, token: &SecretString) -> Result<Verdict, Unreachable>;
}

/// What is said of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Whose it is. They may call.
    Known { name: String, groups: Vec<String> },
    /// It is nobody's, or not for us.
    Unknown,
    /// It is somebody's who may not call.
    Forbidden { name: String, why: String },
}

/// Nothing could be said of the token; the reason is for the operator's log.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Unreachable(pub String);

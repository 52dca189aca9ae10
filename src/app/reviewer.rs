//! The cluster as the one who knows callers: what it says of a token, in the language of the door.

use async_trait::async_trait;
use secrecy::SecretString;

use super::callers::MASTERS;
use crate::{
    k8s::{Reviewed, TokenReviews},
    server::{Reviewer, Unreachable, Verdict},
};

pub struct ByCluster(TokenReviews);

impl ByCluster {
    pub fn new(reviews: TokenReviews) -> Self {
        Self(reviews)
    }
}

#[async_trait]
impl Reviewer for ByCluster {
    async fn review(&self, token: &SecretString) -> Result<Verdict, Unreachable> {
        let reviewed = self.0.review(token).await.map_err(|it| Unreachable(it.to_string()))?;
        Ok(match reviewed {
            Reviewed::Known { name, groups } => {
                if groups.iter().any(|it| it == MASTERS) {
                    tracing::warn!(caller = name, "a caller is in {MASTERS}: no RBAC limits them");
                }
                Verdict::Known { name, groups }
            }
            Reviewed::Unknown => Verdict::Unknown,
            Reviewed::Forbidden { name, why } => Verdict::Forbidden { name, why },
        })
    }
}

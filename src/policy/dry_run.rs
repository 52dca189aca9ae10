use async_trait::async_trait;

use super::{Approval, Call, Policy};
use crate::tool::{Preview, ToolError};

/// Every change is shown, and none is made.
pub struct DryRun;

#[async_trait]
impl Policy for DryRun {
    async fn approve(&self, _: &Call, _: &Preview) -> Result<Approval, ToolError> {
        Ok(Approval::ShowOnly)
    }
}

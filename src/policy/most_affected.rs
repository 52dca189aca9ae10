use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Approval, Call, Policy};
use crate::tool::{Affected, Preview, ToolError};

/// Bounds how many objects one call may change.
pub struct MostAffected(pub usize);

#[async_trait]
impl Policy for MostAffected {
    async fn approve(&self, _: &Call, preview: &Preview) -> Result<Approval, ToolError> {
        let affected = preview.affected.len();
        if affected <= self.0 {
            return Ok(Approval::Granted);
        }
        Err(ToolError::Refused(format!(
            "this would change {affected} objects ({}), and policy.max_affected is {}: do it in parts, or narrow it",
            counted(&preview.affected),
            self.0
        )))
    }
}

/// `52 Pod, 3 Service`
fn counted(affected: &[Affected]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for object in affected {
        *kinds.entry(&object.kind).or_default() += 1;
    }
    let counts = kinds.iter().map(|(kind, count)| format!("{count} {kind}"));
    counts.collect::<Vec<_>>().join(", ")
}

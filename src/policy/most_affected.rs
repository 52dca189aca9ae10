use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Approval, Call, Policy};
use crate::tool::{Affected, Preview, ToolError};

/// Bounds how many objects one call may change.
pub struct MostAffected(pub usize);

impl MostAffected {
    fn refusal(&self, preview: &Preview) -> Option<String> {
        let affected = preview.affected.len();
        (affected > self.0).then(|| {
            format!(
                "this would change {affected} objects ({}), and policy.max_affected is {}: do it in parts, or narrow it",
                counted(&preview.affected),
                self.0
            )
        })
    }
}

#[async_trait]
impl Policy for MostAffected {
    async fn approve(&self, _: &Call, preview: &Preview) -> Result<Approval, ToolError> {
        self.refusal(preview).map_or(Ok(Approval::Granted), |it| Err(ToolError::Refused(it)))
    }

    fn foretells(&self, _: &Call, preview: &Preview) -> Option<String> {
        self.refusal(preview).map(|it| format!("it would be refused: {it}"))
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

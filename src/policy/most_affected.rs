use std::collections::BTreeMap;

use super::Policy;
use crate::tool::{Affected, Preview};

/// Bounds how many objects one call may change.
pub struct MostAffected(pub usize);

impl Policy for MostAffected {
    fn forbids(&self, preview: &Preview) -> Option<String> {
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

/// `52 Pod, 3 Service`
fn counted(affected: &[Affected]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for object in affected {
        *kinds.entry(&object.kind).or_default() += 1;
    }
    let counts = kinds.iter().map(|(kind, count)| format!("{count} {kind}"));
    counts.collect::<Vec<_>>().join(", ")
}

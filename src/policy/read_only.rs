use super::Policy;
use crate::tool::Definition;

/// Leaves only the tools that change nothing.
pub struct ReadOnly;

impl Policy for ReadOnly {
    fn refuses(&self, tool: &Definition) -> Option<String> {
        let changes = !tool.effect.reads_only();
        changes.then(|| format!("{} changes things, and policy.mode is read_only", tool.name))
    }
}

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Policy;
use crate::tool::Definition;

/// Leaves the tools whose names the operator allows and does not deny.
pub struct Names {
    allow: GlobSet,
    deny: GlobSet,
}

impl Names {
    /// Both are globs over tool names; what is denied stays denied however it is allowed.
    pub fn new(allow: &[String], deny: &[String]) -> Result<Self, globset::Error> {
        Ok(Self { allow: globs(allow)?, deny: globs(deny)? })
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern)?);
    }
    set.build()
}

impl Policy for Names {
    fn refuses(&self, tool: &Definition) -> Option<String> {
        if self.deny.is_match(tool.name) {
            return Some(format!("{} is in policy.tools.deny", tool.name));
        }
        (!self.allow.is_match(tool.name))
            .then(|| format!("{} is not in policy.tools.allow", tool.name))
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// Globs that let names in, and globs that keep names out; what is denied stays denied however it is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Globs {
    /// What may be used. An empty list allows nothing.
    #[schemars(with = "Vec<text::Glob>")]
    pub allow: Vec<String>,
    /// What may not be used, whatever is allowed.
    #[schemars(with = "Vec<text::Glob>")]
    pub deny: Vec<String>,
}

/// Everything is allowed.
impl Default for Globs {
    fn default() -> Self {
        Self { allow: vec!["*".to_owned()], deny: Vec::new() }
    }
}

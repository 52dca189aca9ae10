//! How loud a line has to be to be shown.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Level;

/// As a caller asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Least {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    All,
}

impl Least {
    /// What has no level, such as a trace that is printed, is no louder than any information.
    pub fn hears(self, level: Option<Level>) -> bool {
        let level = level.unwrap_or(Level::Info);
        match self {
            Self::Error => level >= Level::Error,
            Self::Warn => level >= Level::Warn,
            Self::Info => level >= Level::Info,
            Self::Debug | Self::All => true,
        }
    }
}

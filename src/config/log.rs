use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is written to the standard error stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least important lines that are written.
    pub level: Level,
    /// What a line looks like.
    pub format: Format,
}

/// How important a line is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What makes the server useless.
    Error,
    /// What should be looked at.
    Warn,
    /// What happens in a day.
    #[default]
    Info,
    /// What happens in a call.
    Debug,
    /// Everything.
    Trace,
}

/// What a line looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl Level {
    /// The word for it, as filters of log lines have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

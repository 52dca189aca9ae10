//! What OBI can look at.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What processes do.
    Application,
    /// What flows through the network.
    Network,
    /// How connections do.
    Stats,
}

/// As the features of a configuration call it.
impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Application => "application",
            Self::Network => "network",
            Self::Stats => "stats",
        })
    }
}

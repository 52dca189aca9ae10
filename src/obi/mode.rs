//! What OBI can look at.

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

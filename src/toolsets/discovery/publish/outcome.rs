//! What became of an attempt to write.

use crate::{k8s::error::ApiError, tool::ToolError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::discovery) enum Outcome {
    /// It stood there already.
    Unchanged,
    Written {
        created: bool,
        /// Whether the document is another one than before, and not only a mark beside it.
        content: bool,
        /// What somebody else had changed, and is as it was again.
        drift: Option<String>,
        /// What of the document is another than what stood there, in sentences.
        changes: Vec<String>,
    },
    /// Nothing was written; what stood there stands there still.
    Not(Stop),
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::discovery) struct Stop {
    pub(in crate::toolsets::discovery) obstacle: Obstacle,
    /// For people, with what to do.
    pub(in crate::toolsets::discovery) reason: String,
}

/// What it takes to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::toolsets::discovery) enum Obstacle {
    /// This one does not lead.
    Standby,
    /// Somebody wrote in a later term.
    Superseded,
    /// It belongs to somebody else.
    Held,
    /// It stays until somebody changes something: the policy, the document, a right, the object.
    Lasting,
    /// The API server is down, or busy.
    Passing,
    /// It is not as it was shown to whoever said yes.
    Changed,
}

impl Stop {
    pub(super) fn new(obstacle: Obstacle, reason: String) -> Self {
        Self { obstacle, reason }
    }

    pub(super) fn of(error: &ApiError, reason: String) -> Self {
        let is_lasting = match error {
            // A right is given, and a namespace made, without anybody telling: it is tried again, and slowly.
            ApiError::Status(status) => matches!(status.code, 400 | 413 | 422),
            ApiError::Refused(_) => true,
            _ => false,
        };
        let obstacle = if is_lasting { Obstacle::Lasting } else { Obstacle::Passing };
        Self { obstacle, reason }
    }

    /// What is told to whoever asked for it.
    pub(in crate::toolsets::discovery) fn into_error(self) -> ToolError {
        match self.obstacle {
            Obstacle::Passing => ToolError::Unavailable(self.reason),
            Obstacle::Changed => ToolError::Conflict(self.reason),
            Obstacle::Standby | Obstacle::Superseded | Obstacle::Held | Obstacle::Lasting => {
                ToolError::Refused(self.reason)
            }
        }
    }
}

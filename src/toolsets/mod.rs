//! A toolset is a folder: a family of tools, resources and prompts that share a backend.

pub mod discovery;
pub mod kubernetes;
pub mod local;

#[cfg(feature = "conformance")]
pub mod conformance;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use prometheus_client::encoding::DescriptorEncoder;
use serde::Serialize;
use tokio::sync::broadcast;

use crate::{
    endpoint::BoundEndpoint,
    prompt::BoundPrompt,
    resource::BoundResource,
    tool::{BoundTool, Caller, Session},
};

#[async_trait]
pub trait Toolset: Send + Sync {
    fn name(&self) -> &'static str;

    /// What it is for, in one line of the instructions that every client reads.
    fn purpose(&self) -> String;

    fn tools(&self) -> Vec<BoundTool>;

    /// Tools that whoever asks can never use. Lists leave them out; a call is not refused for it, the backend decides.
    async fn unusable(&self, _session: &Session) -> Vec<Unusable> {
        Vec::new()
    }

    fn resources(&self) -> Vec<BoundResource> {
        Vec::new()
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        Vec::new()
    }

    /// What it answers over plain HTTP, beside MCP.
    fn endpoints(&self) -> Vec<BoundEndpoint> {
        Vec::new()
    }

    /// Called before the first probe, with the way to say that something changed; again after a start that failed.
    async fn initialize(&self, _changes: Changes) {}

    /// How the backend is doing. The only probe there is: whether the tools are listed, and what is said about them, follow from it.
    async fn health(&self) -> Health;

    /// Whether it has yet to see for the first time what it serves. No client is sent to a server of which that is so.
    fn is_starting(&self) -> bool {
        false
    }

    /// Its own numbers, written whenever somebody scrapes them. What a toolset has counted ends with it.
    fn measure(&self, _out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        Ok(())
    }

    /// What of the operator's settings has no effect on the backend as it is, and may be a slip; for `tacklebox check`.
    async fn doubts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Called when the toolset is taken out of service, at the end or by a reload.
    async fn shutdown(&self) {}
}

/// A tool that somebody can never use, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    pub tool: &'static str,
    pub reason: String,
}

/// The truth about a backend, with the reason and what to do whenever it is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum Health {
    Ready,
    /// Usable, but not as it should be.
    Degraded(String),
    /// Not usable: its tools are not listed.
    Unavailable(String),
}

impl Health {
    pub fn is_available(&self) -> bool {
        !matches!(self, Self::Unavailable(_))
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded(_) => "degraded",
            Self::Unavailable(_) => "unavailable",
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Ready => None,
            Self::Degraded(reason) | Self::Unavailable(reason) => Some(reason),
        }
    }
}

/// Something that clients may have looked at is no longer what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Tools,
    Prompts,
    Resources,
    /// The content behind one address.
    Resource(Arc<str>),
    /// The same as one caller sees it, which nobody else is to hear of.
    ResourceOf(Arc<str>, Caller),
}

/// The way to tell every client, of every era, of a change.
#[derive(Debug, Clone)]
pub struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        // Room for all that can be listened to, twice. A client that falls further behind is told to look at everything anew.
        Self(broadcast::Sender::new(1024))
    }
}

impl Changes {
    pub fn announce(&self, change: Change) {
        // Nobody listening is no reason to fail.
        let _ = self.0.send(change);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}

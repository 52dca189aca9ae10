//! The world of a test in sentences: a server with a toolset that does as it is told, and clients at its doors.

mod client;
mod log;
mod playground;
mod program;

pub use self::{
    client::{Client, discovering, initialize, modern, modern_asking},
    log::Log,
    playground::{Playground, Signs},
    program::{Running, bare},
};

use std::{sync::Arc, time::Duration};

use tacklebox::{
    output::{Redactor, Style},
    policy::{Policy, Stack},
    registry::{Registry, Rhythm},
    server::{Holder, Http, HttpSettings, Mcp, Rate, Reviewer, TokenSource, Tokens, serve_streams},
    toolsets::Toolset,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A server before anybody has come to its door.
pub struct World {
    pub mcp: Mcp,
    pub registry: Registry,
}

/// One toolset, [`Playground`], and these policies.
pub fn world(policies: Vec<Box<dyn Policy>>) -> World {
    with_toolsets(vec![Arc::new(Playground::default())], policies)
}

pub fn with_toolsets(toolsets: Vec<Arc<dyn Toolset>>, policies: Vec<Box<dyn Policy>>) -> World {
    let registry = Registry::new(toolsets, Stack::new(policies, style()), quick()).unwrap();
    World { mcp: Mcp::new(registry.clone(), &[7; 32]), registry }
}

pub fn style() -> Style {
    Style { budget: 8_000, redactor: Redactor::new(), fence: None }
}

/// Backends are asked often, so that a test need not wait.
fn quick() -> Rhythm {
    Rhythm {
        limit: Duration::from_millis(500),
        steady: Duration::from_millis(20),
        hurried: Duration::from_millis(10),
    }
}

impl World {
    /// A client at stdin and stdout, before it has said anything, and the server's end of it.
    pub fn stdio(&self) -> (Client, JoinHandle<std::io::Result<()>>) {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let (input, output) = tokio::io::split(far);
        let mcp = self.mcp.clone();
        let served = tokio::spawn(async move {
            serve_streams(&mcp, input, output, CancellationToken::new()).await
        });
        (Client::new(near), served)
    }

    /// A server on a free port of the loopback address.
    pub async fn http(&self, tokens: Tokens, settings: HttpSettings) -> Door {
        self.door(Http::new(self.mcp.clone(), tokens, settings)).await
    }

    /// The same that asks somebody else of tokens that it does not know.
    pub async fn reviewed_http(&self, tokens: Tokens, reviewer: Arc<dyn Reviewer>) -> Door {
        let http = Http::new(self.mcp.clone(), tokens, http_settings());
        self.door(http.reviewed_by(reviewer)).await
    }

    async fn door(&self, http: Http) -> Door {
        let listener = http.bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(http.serve(listener, stop.clone()));
        Door { url: format!("http://{address}"), stop, served }
    }
}

/// A server that listens.
pub struct Door {
    pub url: String,
    pub stop: CancellationToken,
    pub served: JoinHandle<std::io::Result<()>>,
}

pub fn nobody() -> Tokens {
    Tokens::read(Vec::new()).unwrap()
}

/// Somebody with a token, and in no group.
pub fn holder(name: &str, source: TokenSource) -> Holder {
    Holder { name: name.to_owned(), groups: Vec::new(), source }
}

pub fn http_settings() -> HttpSettings {
    HttpSettings {
        allowed_hosts: Vec::new(),
        allowed_origins: Vec::new(),
        allow_unauthenticated: false,
        max_body: 64 * 1024,
        max_sessions: 100,
        session_idle: Duration::from_mins(1),
        shutdown_grace: Duration::from_millis(300),
        rate: Rate { every: Duration::from_millis(10), burst: 150 },
    }
}

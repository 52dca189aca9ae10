//! MCP on the wire. The only module that names rmcp and axum: it translates, and decides nothing.

#![expect(
    deprecated,
    reason = "logging, sampling, roots and sessions are spoken by every client of today"
)]

mod advertise;
mod auth;
mod completion;
mod entrance;
mod exchange;
mod handler;
mod http;
mod mcp;
mod metrics;
mod reply;
mod rounds;
mod sessions;
mod stdio;
mod subscriptions;
mod wire;

pub use self::{
    auth::{BadToken, Holder, Replacement, TokenSource, Tokens, token_files},
    http::{Http, HttpSettings},
    mcp::Mcp,
    metrics::serve_metrics,
    stdio::{serve_stdio, serve_streams},
};

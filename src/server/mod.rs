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
mod origin;
mod reply;
mod rest;
mod rounds;
mod sessions;
mod stdio;
mod subscriptions;
mod wire;

pub use self::{
    auth::{
        BadToken, Holder, Replacement, Reviewer, TokenSource, Tokens, Unreachable, Verdict,
        token_files,
    },
    http::{Http, HttpSettings},
    mcp::Mcp,
    metrics::serve_metrics,
    rest::Rate,
    stdio::{serve_stdio, serve_streams},
};

//! Tacklebox: an MCP server that gives an AI agent composable toolsets for a Kubernetes cluster and its observability.
//!
//! The modules below are in reading order; data flows one way, from the configuration to the server.

pub mod app;
pub mod cli;
pub mod config;
pub mod telemetry;

pub mod output;
pub mod tool;

pub mod blank;
pub mod endpoint;
pub mod k8s;
pub mod prompt;
pub mod resource;
pub mod toolsets;

pub mod policy;
pub mod registry;
pub mod server;

pub mod content;
pub mod tree;

pub mod nearest;
pub mod obi;
mod random;

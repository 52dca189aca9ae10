//! Tacklebox through its public doors.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test stops where it fails and says what it saw, and nobody outside reaches in"
)]

mod availability;
mod cli;
mod clients;
mod cluster;
mod conformance;
mod diagnose;
mod discovery;
mod http;
mod kubeconfigs;
mod kubernetes;
mod leaks;
mod local;
mod policies;
mod reading;
mod stdio;
mod telemetry;
mod tools;
mod world;

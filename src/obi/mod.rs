//! What OBI, OpenTelemetry's eBPF instrumentation, is: what its configuration means, what it needs of a host, what it says and how
//! it is. It knows no server, no tool and no cluster.
//!
//! OBI fails silently: it ignores keys that it does not know, takes a variable that is not set for an empty text, and answers
//! `/healthz` with 200 while it instruments nothing. All of that is said here.

pub mod config;
pub mod convert;
pub mod health;
pub mod host;
mod kernel;
pub mod log;
mod mode;
mod pattern;
pub mod plan;
mod stat;
pub mod target;

pub use self::{
    kernel::{Has, Kernel},
    mode::Mode,
    stat::{Stat, ticks},
};

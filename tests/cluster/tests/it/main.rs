//! The control plane does what the server's tests rely on.

mod api;
mod end;
mod execs;
mod faults;
mod network;
mod pods;
mod scale;
mod users;

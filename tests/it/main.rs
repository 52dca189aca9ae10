//! Tacklebox through its public doors.

mod availability;
mod cli;
mod http;
mod policies;
mod stdio;
mod world;

//! Tacklebox through its public doors.

mod availability;
mod http;
mod policies;
mod stdio;
mod world;

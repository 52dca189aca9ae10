//! Tacklebox through its public doors.

mod http;
mod stdio;
mod world;

//! A large cluster in which products answer, and the program that looks for them.

pub(crate) mod backend;
pub(crate) mod published;
pub(crate) mod server;
pub(crate) mod services;

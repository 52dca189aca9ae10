//! Other people's programs: installed by package name into `target/tools`, and run where no packet can leave the machine.

mod install;
mod network;
mod run;
mod server;

pub(crate) use self::{
    install::{Node, npm, pip},
    network::Network,
    run::{run, succeeded},
    server::Server,
};

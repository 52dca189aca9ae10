//! OBI's configuration on the command line: nothing here asks a cluster or a running OBI.

mod given;
mod migrate;
mod preflight;
mod sarif;
mod text;
mod validate;

use std::process::ExitCode;

use super::{complain, print};
use crate::obi::config;

#[derive(Debug, clap::Args)]
pub(super) struct Obi {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what OBI would make of a configuration, its silent failures included
    Validate(validate::Validate),
    /// Say whether this host can do what a configuration asks OBI for
    Preflight(preflight::Preflight),
    /// Translate obi-mcp's keys, variables and OBI's version 1 to what OBI reads
    Migrate(migrate::Migrate),
    /// Print the JSON schema of OBI's configuration, version 1
    Schema,
}

impl Obi {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Validate(command) => command.run(),
            Command::Preflight(command) => command.run(),
            Command::Migrate(command) => command.run(),
            Command::Schema => {
                print(&serde_json::to_string_pretty(&config::schema())?);
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

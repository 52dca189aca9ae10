use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;

use super::{complain, print};
use crate::config;

#[derive(Debug, clap::Args)]
pub(super) struct Migrate {
    /// The old configuration; it is read and left as it is
    file: PathBuf,
}

impl Migrate {
    /// The new configuration goes to stdout, and what became of each old key to stderr.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{} cannot be read", self.file.display()))?;
        let migrated = config::migrate(&text)?;
        print(&migrated.yaml);
        for note in &migrated.notes {
            complain(note);
        }
        Ok(ExitCode::SUCCESS)
    }
}

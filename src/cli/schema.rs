use std::process::ExitCode;

use super::print;
use crate::config;

#[derive(Debug, clap::Args)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        print(&serde_json::to_string_pretty(config::schema())?);
        Ok(ExitCode::SUCCESS)
    }
}

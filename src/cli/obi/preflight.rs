use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{complain, print, validate::source};
use crate::obi::{
    config::{Environment, Release},
    host::{Check, Host, Outcome, preflight},
    plan::plan,
};

/// For whoever asks what it means.
const ENDS: &str = "Ends with 0 where nothing keeps OBI from starting here, with 1 where something does, and with 2 where the file cannot be read.";

#[derive(Debug, clap::Args)]
#[command(after_help = ENDS)]
pub(super) struct Preflight {
    /// The configuration that OBI would have; - is stdin
    file: PathBuf,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// The OBI that would run, for the commands that mend something
    #[arg(long, value_name = "FILE", default_value = "/usr/local/bin/obi")]
    binary: PathBuf,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

impl Preflight {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let source = match source(&self.file) {
            Ok(source) => source,
            Err(error) => {
                complain(&format!("error: {error:#}"));
                return Ok(ExitCode::from(2));
            }
        };
        let Some(plan) = plan(&source.text, &Environment::default(), Release::KNOWN) else {
            let name = &source.name;
            complain(&format!(
                "error: {name} is no configuration: see `tacklebox obi validate {name}`"
            ));
            return Ok(ExitCode::from(2));
        };
        let host = Host::look(Path::new("/")).with_binary(&self.binary);
        let checks = preflight(&host, &plan);
        print(&match self.output {
            Output::Text => text(&checks),
            Output::Json => serde_json::to_string_pretty(&checks)?,
        });
        let is_fit = !checks.iter().any(Check::is_fatal);
        Ok(if is_fit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for it in checks {
        let outcome = match it.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed if it.required => "FAILED",
            Outcome::Failed => "failed",
            Outcome::CannotTell => "cannot tell",
        };
        let _ = writeln!(text, "{outcome:<12} {}: {}", it.name, it.found);
        if it.outcome != Outcome::Passed {
            let _ = writeln!(text, "             {}", it.why);
            if !it.fix.is_empty() {
                let _ = writeln!(text, "             fix: {}", it.fix);
            }
        }
    }
    text.trim_end().to_owned()
}

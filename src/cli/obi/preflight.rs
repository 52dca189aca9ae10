use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{
    complain,
    given::{Given, Source, source},
    print, sarif,
};
use crate::obi::{
    config::Environment,
    host::{Check, Host, Outcome, configuration, preflight, program},
    plan::plan,
};

/// For whoever asks what it means.
const ENDS: &str = "Ends with 0 where nothing keeps OBI from starting here, with 1 where something does, and with 2 where the file cannot be read.";

/// What most are after: every program that listens is instrumented.
const USUAL: &str =
    "trace_printer: text\ndiscovery:\n  instrument:\n    - open_ports: \"1-65535\"\n";

#[derive(Debug, clap::Args)]
#[command(after_help = ENDS)]
pub(super) struct Preflight {
    /// The configuration that OBI would have; - is stdin [default: one that instruments programs]
    file: Option<PathBuf>,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// The OBI that would run
    #[arg(long, value_name = "FILE", default_value = "/usr/local/bin/obi")]
    binary: PathBuf,
    #[command(flatten)]
    given: Given,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Output {
    Text,
    Json,
    Sarif,
}

impl Preflight {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (source, environment) = match self.read() {
            Ok(read) => read,
            Err(error) => {
                complain(&format!("error: {error:#}"));
                return Ok(ExitCode::from(2));
            }
        };
        let Some(plan) = plan(&source.text, &environment, self.given.release()) else {
            let name = &source.name;
            let file = self.file.as_deref().unwrap_or_else(|| Path::new("FILE")).display();
            complain(&format!(
                "error: {name} is no configuration: see `tacklebox obi validate {file}`"
            ));
            return Ok(ExitCode::from(2));
        };
        let file = self.file.as_deref().unwrap_or_else(|| Path::new("FILE"));
        let fix = format!("see `tacklebox obi validate {}`", file.display());
        let starts = configuration(&source.text, &environment, self.given.release(), &fix);
        let mut checks = vec![program(&self.binary), starts];
        checks.extend(preflight(&Host::look(Path::new("/")).with_binary(&self.binary), &plan));
        print(&match self.output {
            Output::Text => text(&checks),
            Output::Json => serde_json::to_string_pretty(&checks)?,
            Output::Sarif => {
                let file = self.file.as_ref().map(|_| &source);
                serde_json::to_string_pretty(&sarif::checks(file, &checks))?
            }
        });
        let is_fit = !checks.iter().any(Check::is_fatal);
        Ok(if is_fit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn read(&self) -> anyhow::Result<(Source, Environment)> {
        let usual = || Ok(Source { name: "host".to_owned(), text: USUAL.to_owned() });
        Ok((self.file.as_deref().map_or_else(usual, source)?, self.given.environment()?))
    }
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for it in checks {
        let _ = writeln!(text, "{:<12} {}: {}", it.word(), it.name, it.found);
        if it.outcome != Outcome::Passed {
            let _ = writeln!(text, "             {}", it.why);
            if !it.fix.is_empty() {
                let _ = writeln!(text, "             fix: {}", it.fix);
            }
        }
    }
    text.trim_end().to_owned()
}

use std::{path::PathBuf, process::ExitCode};

use serde_json::{Value, json};

use super::{
    complain,
    given::{Given, Source, source},
    print, sarif, text,
};
use crate::obi::config::{Environment, Finding, Release, Report, Severity, check};

/// For whoever asks what it means.
const ENDS: &str = "Ends with 0 where OBI starts and does what is written, with 1 where it does not start (with --strict, also where it does something else), and with 2 where the file cannot be read.";

#[derive(Debug, clap::Args)]
#[command(after_help = ENDS)]
pub(super) struct Validate {
    /// The configuration; - is stdin
    file: PathBuf,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    given: Given,
    /// Fail also where OBI starts and does not do what is written
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Output {
    Text,
    Json,
    Sarif,
}

impl Validate {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (source, environment) = match self.read() {
            Ok(read) => read,
            Err(error) => {
                complain(&format!("error: {error:#}"));
                return Ok(ExitCode::from(2));
            }
        };
        let release = self.given.release();
        let report = check(&source.text, &environment, release);
        print(&match self.output {
            Output::Text => text::shown(&source, &report),
            Output::Json => serde_json::to_string_pretty(&data(&report, release))?,
            Output::Sarif => serde_json::to_string_pretty(&sarif::findings(&source, &report))?,
        });
        let worst = if self.strict { Severity::Warning } else { Severity::Error };
        let fails = report.severity().is_some_and(|it| it <= worst);
        Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn read(&self) -> anyhow::Result<(Source, Environment)> {
        Ok((source(&self.file)?, self.given.environment()?))
    }
}

fn data(report: &Report, release: Release) -> Value {
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    json!({"starts": report.starts(), "release": release.to_string(), "findings": findings})
}

fn finding(finding: &Finding) -> Value {
    let Finding { severity, rule, path, place, problem, fix } = finding;
    json!({
        "severity": severity,
        "rule": rule,
        "path": path,
        "line": place.map(|it| it.line),
        "column": place.map(|it| it.column),
        "problem": problem,
        "fix": fix,
    })
}

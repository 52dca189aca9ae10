use std::{io::Read, path::PathBuf, process::ExitCode};

use anyhow::Context;
use serde_json::{Value, json};

use super::{complain, print, sarif, text};
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
    /// The release of OBI that would read it, such as v0.10.0 [default: the newest that is known]
    #[arg(long, value_name = "X.Y.Z")]
    release: Option<Release>,
    /// A variable that OBI would have; the environment of this command does not count
    #[arg(long = "env", short, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// A file of variables that OBI would have, one NAME=VALUE a line
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
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

/// What the file is called in the output, and what is in it.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
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
        let release = self.release.unwrap_or(Release::KNOWN);
        let report = check(&source.text, &environment, release);
        print(&match self.output {
            Output::Text => text::shown(&source, &report),
            Output::Json => serde_json::to_string_pretty(&data(&report, release))?,
            Output::Sarif => serde_json::to_string_pretty(&sarif::log(&source, &report))?,
        });
        let worst = if self.strict { Severity::Warning } else { Severity::Error };
        let fails = report.severity().is_some_and(|it| it <= worst);
        Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn read(&self) -> anyhow::Result<(Source, Environment)> {
        Ok((source(&self.file)?, environment(&self.env_file, &self.env)?))
    }
}

/// Of a variable that is in several places, the last holds.
pub(super) fn environment(
    files: &[PathBuf],
    variables: &[(String, String)],
) -> anyhow::Result<Environment> {
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file);
        let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
        all.extend(variables_in(&text).with_context(|| file.display().to_string())?);
    }
    all.extend_from_slice(variables);
    Ok(all.into_iter().collect())
}

pub(super) fn source(file: &PathBuf) -> anyhow::Result<Source> {
    if file.as_os_str() != "-" {
        let text = std::fs::read_to_string(file);
        let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
        return Ok(Source { name: file.display().to_string(), text });
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).context("stdin cannot be read")?;
    Ok(Source { name: "stdin".to_owned(), text })
}

pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    let wrong = || format!("{text} is no variable: write NAME=VALUE");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    if name.trim().is_empty() {
        Err(wrong())
    } else {
        Ok((name.trim().to_owned(), value.to_owned()))
    }
}

/// As Docker reads such a file: blank lines and comments are nothing, and quotes are part of the value.
fn variables_in(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let lines =
        text.lines().filter(|it| !it.trim().is_empty() && !it.trim_start().starts_with('#'));
    lines.map(|it| variable(it).map_err(anyhow::Error::msg)).collect()
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

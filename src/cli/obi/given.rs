//! What a command is given to judge: a configuration, and what OBI would have beside it.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::obi::config::{Environment, Release};

/// What the file is called in the output, and what is in it.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

/// What OBI would have beside its file.
#[derive(Debug, clap::Args)]
pub(super) struct Given {
    /// The release of OBI that would read it, such as v0.10.0 [default: the newest that is known]
    #[arg(long, value_name = "X.Y.Z")]
    release: Option<Release>,
    /// A variable that OBI would have; the environment of this command does not count
    #[arg(long = "env", short, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// A file of variables that OBI would have, one NAME=VALUE a line
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
}

impl Given {
    pub(super) fn release(&self) -> Release {
        self.release.unwrap_or(Release::KNOWN)
    }

    /// Of a variable that is in several places, the last holds.
    pub(super) fn environment(&self) -> anyhow::Result<Environment> {
        environment(&self.env_file, &self.env)
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

pub(super) fn source(file: &Path) -> anyhow::Result<Source> {
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

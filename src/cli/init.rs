use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, bail};

use super::complain;

const EXAMPLE: &str = include_str!("../../config.example.yml");

#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// Where to write it
    #[arg(default_value = "tacklebox.yml")]
    file: PathBuf,
}

impl Init {
    /// Never writes over a file that is there.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let file = self.file.display();
        let written =
            File::create_new(&self.file).and_then(|mut it| it.write_all(EXAMPLE.as_bytes()));
        match written {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("{file} was not written, because it is there already: name another file")
            }
            written => written.with_context(|| format!("{file} was not written"))?,
        }
        complain(&format!(
            "wrote {file}; `tacklebox check --config {file}` says whether it is good"
        ));
        Ok(ExitCode::SUCCESS)
    }
}

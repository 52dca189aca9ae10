use std::{
    ffi::OsString,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use anyhow::Context;

/// What a program is started through that has to outlive this one.
#[derive(Debug, clap::Args)]
pub(super) struct Detach {
    program: OsString,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Detach {
    /// Becomes the program, in a session of its own: neither the terminal nor the group of whoever started it reaches it then.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        rustix::process::setsid().context("there is no session of its own to be had")?;
        let error = Command::new(&self.program).args(&self.arguments).exec();
        Err(error).with_context(|| self.program.display().to_string())
    }
}

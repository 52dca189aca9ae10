use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

/// A command that can be started, killed and started again, with its output in a file.
#[derive(Debug)]
pub(crate) struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    log: PathBuf,
    group: i32,
    child: Option<Child>,
}

impl Process {
    /// Starts `program` in `folder`, in the process group `group`, with an environment of its own: what the
    /// simulated kubelets execute sees nothing of the tests' environment.
    pub(crate) fn start(
        program: PathBuf,
        arguments: Vec<String>,
        folder: &Path,
        name: &str,
        group: i32,
    ) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let mut process =
            Self { program, arguments, folder: folder.to_owned(), log, group, child: None };
        process.run()?;
        Ok(process)
    }

    /// Runs the same command again, unless it is running.
    pub(crate) fn run(&mut self) -> Result<()> {
        if self.is_running() {
            return Ok(());
        }
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env(
                "PATH",
                std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin")),
            )
            .env("HOME", &self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(self.group)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        self.child = Some(child);
        Ok(())
    }

    /// `kill -9`, and waits until its ports are free again.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|it| it.try_wait().is_ok_and(|status| status.is_none()))
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_died(&mut self) -> bool {
        self.child.is_some() && !self.is_running()
    }

    /// The last lines that it wrote.
    pub(crate) fn last_lines(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n")
    }
}

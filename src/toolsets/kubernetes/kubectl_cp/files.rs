//! Files of a container, by programs that nearly every image with a shell has. None of them is told anything by a shell.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::MOST;
use crate::{
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        cluster::Cluster,
        exec::{Exec, Exit, Finished, Place},
        few::briefly,
    },
};

/// More than the largest file, so that a larger one is known by it.
const READ: usize = MOST + 2;

/// The files of one container, for a while.
#[derive(Clone)]
pub(super) struct Files {
    pub(super) cluster: Arc<Cluster>,
    pub(super) place: Place,
    pub(super) deadline: Instant,
}

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    File(Vec<u8>),
    /// More than is read.
    Large,
    /// A folder, a device, a pipe.
    NoFile,
    Nothing,
}

impl Files {
    pub(super) async fn read(&self, path: &str, session: &Session) -> Result<Vec<u8>, ToolError> {
        match self.find(path, session).await? {
            Found::File(data) => Ok(data),
            Found::Large => Err(ToolError::invalid(format!(
                "`path`: {path} has more than {MOST} bytes: read a part of it, by kubectl_exec [\"tail\",\"-c\",\"10000\",{path:?}]"
            ))),
            Found::NoFile => Err(no_file(path)),
            Found::Nothing => Err(ToolError::NotFound(format!(
                "no file {path} in container {} of pod {}",
                self.place.container, self.place.pod
            ))),
        }
    }

    pub(super) async fn find(&self, path: &str, session: &Session) -> Result<Found, ToolError> {
        if !self.is(&["test", "-f", path], session).await? {
            let is_there = self.is(&["test", "-e", path], session).await?;
            return Ok(if is_there { Found::NoFile } else { Found::Nothing });
        }
        let finished = self.run(&["cat", path], None, session).await?;
        match &finished.exit {
            exit if exit.code() == Some(0) => {
                let whole = finished.stdout.whole().filter(|it| it.len() <= MOST);
                Ok(whole.map_or(Found::Large, Found::File))
            }
            Exit::TooMuch { .. } => Ok(Found::Large),
            _ => Err(failed("cat", path, &finished)),
        }
    }

    /// What a program answers that says yes or no by its exit code.
    async fn is(&self, argv: &[&str], session: &Session) -> Result<bool, ToolError> {
        let finished = self.run(argv, None, session).await?;
        match finished.exit.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(failed("test", argv.last().copied().unwrap_or_default(), &finished)),
        }
    }

    /// Where a symbolic link leads; none for anything else.
    pub(super) async fn link(&self, path: &str, session: &Session) -> Option<String> {
        let finished = self.run(&["readlink", path], None, session).await.ok()?;
        let link = finished.stdout.shown().text.trim_end().to_owned();
        (finished.exit.code() == Some(0) && !link.is_empty()).then_some(link)
    }

    /// Makes a file, or replaces what is in it.
    ///
    /// The number of bytes is said beforehand: an input whose end is not passed on ends all the same.
    pub(super) async fn fill(
        &self,
        path: &str,
        content: &Bytes,
        session: &Session,
    ) -> Result<(), ToolError> {
        let (of, count) = (format!("of={path}"), format!("count={}", content.len()));
        let argv = ["dd", &of, "ibs=1", "obs=65536", &count];
        let input = Some(content.clone()).filter(|it| !it.is_empty());
        self.succeed(&argv, path, input, session).await
    }

    /// A copy with the rights and the owner of the file.
    pub(super) async fn copy(
        &self,
        from: &str,
        to: &str,
        session: &Session,
    ) -> Result<(), ToolError> {
        self.succeed(&["cp", "-p", from, to], to, None, session).await
    }

    /// Puts a file in the place of another, in one step.
    pub(super) async fn rename(
        &self,
        from: &str,
        to: &str,
        session: &Session,
    ) -> Result<(), ToolError> {
        self.succeed(&["mv", "-f", from, to], to, None, session).await
    }

    pub(super) async fn remove(&self, path: &str, session: &Session) -> Result<(), ToolError> {
        self.succeed(&["rm", "-f", path], path, None, session).await
    }

    async fn succeed(
        &self,
        argv: &[&str],
        path: &str,
        stdin: Option<Bytes>,
        session: &Session,
    ) -> Result<(), ToolError> {
        let finished = self.run(argv, stdin, session).await?;
        if finished.exit.code() == Some(0) {
            return Ok(());
        }
        Err(failed(argv.first().copied().unwrap_or_default(), path, &finished))
    }

    async fn run(
        &self,
        argv: &[&str],
        stdin: Option<Bytes>,
        session: &Session,
    ) -> Result<Finished, ToolError> {
        let argv: Vec<String> = argv.iter().map(|it| (*it).to_owned()).collect();
        let Self { cluster, place, deadline } = self;
        let (kept, read) = (READ, READ as u64);
        let exec = Exec { cluster, place, argv: &argv, stdin, kept, read, deadline: *deadline };
        let outcome = match exec.start().await {
            Ok(running) => running.finish(session).await,
            Err(error) => Err(error),
        };
        outcome.map_err(|error| match error {
            // The command is ours, and nothing is wrong with the caller's.
            ToolError::InvalidArguments(_) => self.without(argv.first().map_or("", |it| it)),
            other => other,
        })
    }

    fn without(&self, program: &str) -> ToolError {
        let Place { image, container, .. } = &self.place;
        ToolError::Failed(format!(
            "image {image} of container {container} has no {program}: files are read by its test and cat, and written by its cp, dd, mv and rm"
        ))
    }
}

pub(super) fn no_file(path: &str) -> ToolError {
    ToolError::invalid(format!("`path`: {path} is a folder or a device, and no file"))
}

fn failed(program: &str, path: &str, finished: &Finished) -> ToolError {
    let complaint = finished.stderr.shown().text;
    let said = complaint.trim().lines().next_back().unwrap_or_default();
    let said = if said.is_empty() { finished.exit.to_string() } else { briefly(said) };
    ToolError::Failed(format!("{program} of {path}: {said}"))
}

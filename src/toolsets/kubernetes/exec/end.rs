//! How a program ended, as far as anybody can tell.

use std::{fmt, time::Duration};

use kube::core::Status;

use crate::{output::clip, toolsets::kubernetes::one_line::one_line};

/// Of what a runtime says, in characters.
const LONGEST: usize = 300;

/// What became of a program that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::kubernetes) enum Exit {
    Code(i32),
    /// The runtime told it in a sentence, and not as a code.
    Worded(String),
    /// It had not ended in time.
    CutOff {
        after: Duration,
        /// It may still be waiting for the end of its input, which an old API server cannot pass on.
        input_open: bool,
    },
    /// It printed more than is read.
    TooMuch {
        read: u64,
    },
    /// The connection ended first.
    Lost {
        after: Duration,
        why: String,
    },
}

/// What a status is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Exit(Exit),
    /// It never ran: why, and what was said of it.
    NotStarted(Obstacle, String),
}

/// Why a program was not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The image has no such program.
    NoProgram,
    /// It is there, and cannot be run.
    NotExecutable,
    /// The container does not run any more.
    NoContainer,
    /// The API server does not reach the node.
    NoNode,
    /// The runtime could not do it.
    Runtime,
}

impl Exit {
    /// The code, also if it had to be read from a sentence.
    pub(in crate::toolsets::kubernetes) fn code(&self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(*code),
            Self::Worded(said) => said.rsplit_once("exit status ")?.1.trim().parse().ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => {
                write!(out, "exit code {code}")?;
                meaning(*code).map_or(Ok(()), |it| write!(out, " ({it})"))
            }
            Self::Worded(said) => match self.code() {
                Some(code) => write!(out, "exit code {code}, by the runtime's words: {said}"),
                None => write!(out, "ended with an error, and without an exit code: {said}"),
            },
            Self::CutOff { after, input_open } => {
                write!(
                    out,
                    "still running after {} s: it was cut off; the process may go on in the container",
                    after.as_secs()
                )?;
                if *input_open {
                    out.write_str(
                        "; an API server before 1.30 cannot tell it that its input has ended",
                    )?;
                }
                Ok(())
            }
            Self::TooMuch { read } => write!(
                out,
                "cut off after {} MiB of output; the process may go on in the container",
                read / 1024 / 1024
            ),
            Self::Lost { after, why } => write!(
                out,
                "the connection was lost after {} s ({why}): the command may have run to its end, or go on",
                after.as_secs()
            ),
        }
    }
}

/// What shells and runtimes mean by a code.
fn meaning(code: i32) -> Option<&'static str> {
    match code {
        126 => Some("not executable"),
        127 => Some("program not found"),
        130 => Some("SIGINT"),
        134 => Some("SIGABRT"),
        137 => Some("SIGKILL"),
        139 => Some("SIGSEGV"),
        141 => Some("SIGPIPE"),
        143 => Some("SIGTERM"),
        _ => None,
    }
}

/// What runtimes say of a program that did end.
const ENDED: [&str; 2] = ["exit status ", "signal: "];
/// What is said before the sentence that counts, once or more.
const BEFORE: [&str; 2] = ["Internal error occurred: ", "error executing command in container: "];

/// Words by which an obstacle is known. The first that fits counts.
const OBSTACLES: [(&str, Obstacle); 12] = [
    ("executable file not found", Obstacle::NoProgram),
    ("no such file or directory", Obstacle::NoProgram),
    ("permission denied", Obstacle::NotExecutable),
    ("exec format error", Obstacle::NotExecutable),
    ("container not found", Obstacle::NoContainer),
    ("pod does not exist", Obstacle::NoContainer),
    ("not running", Obstacle::NoContainer),
    ("CONTAINER_EXITED", Obstacle::NoContainer),
    ("error dialing backend", Obstacle::NoNode),
    ("unable to upgrade connection", Obstacle::NoNode),
    ("unable to start container process", Obstacle::Runtime),
    ("failed to exec in container", Obstacle::Runtime),
];

/// Reads the status that comes last.
pub(super) fn told(status: &[u8]) -> Told {
    let Ok(status) = serde_json::from_slice::<Status>(status) else {
        return Told::Exit(Exit::Worded(bounded(&String::from_utf8_lossy(status))));
    };
    if status.is_success() {
        return Told::Exit(Exit::Code(0));
    }
    if let Some(code) = code(&status) {
        return Told::Exit(Exit::Code(code));
    }
    let mut said = status.message.trim();
    while let Some(rest) = BEFORE.iter().find_map(|it| said.strip_prefix(it)) {
        said = rest;
    }
    if let Some(ending) = ending(said) {
        return Told::Exit(Exit::Worded(ending.to_owned()));
    }
    match OBSTACLES.iter().find(|(words, _)| said.contains(words)) {
        Some((words, obstacle)) => {
            // Of a command that is at fault nothing has to be repeated: whoever wrote it knows it.
            let is_known = matches!(obstacle, Obstacle::NoProgram | Obstacle::NotExecutable);
            Told::NotStarted(*obstacle, if is_known { words } else { said }.to_owned())
        }
        None => Told::Exit(Exit::Worded(bounded(said))),
    }
}

/// A sentence of a runtime can repeat the whole command.
fn bounded(said: &str) -> String {
    let mut said = one_line(said.trim()).into_owned();
    clip(&mut said, LONGEST);
    said
}

/// The last part of a sentence, when it tells how a program ended. What stands before it may quote the whole command.
fn ending(said: &str) -> Option<&str> {
    ENDED.iter().find_map(|words| {
        let (before, ending) = said.split_at_checked(said.rfind(words)?)?;
        (before.is_empty() || before.ends_with(": ")).then_some(ending)
    })
}

fn code(status: &Status) -> Option<i32> {
    let causes = &status.details.as_ref().filter(|_| status.reason == "NonZeroExitCode")?.causes;
    causes.iter().find(|it| it.reason == "ExitCode")?.message.trim().parse().ok()
}

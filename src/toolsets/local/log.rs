//! OBI's log: a file that only grows while it runs, and is made room in by copying it away.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use super::{Local, store::length};
use crate::tool::ToolError;

/// What is longer is put aside when a new OBI starts.
const LARGEST: u64 = 16 << 20;

/// Of the end of a log this much is looked at.
const READ: u64 = 2 << 20;

/// The end of a log.
pub(super) struct Tail {
    pub(super) bytes: Vec<u8>,
    /// Whether anything before it was left out.
    pub(super) is_cut: bool,
}

impl Local {
    /// What was written since the deployment, or the end of it.
    pub(super) fn tail(&self, from: u64) -> io::Result<Tail> {
        match tail(&self.store.log(), from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Tail { bytes: Vec::new(), is_cut: false })
            }
            other => other,
        }
    }

    /// Before a new one writes into it. Whoever has it open goes on writing at its end, because it was opened to append.
    pub(super) fn rotate(&self) -> Result<(), ToolError> {
        let path = self.store.log();
        if length(&path) <= LARGEST {
            return Ok(());
        }
        let aside = path.with_extension("log.1");
        fs::rename(&path, &aside)
            .map_err(|error| ToolError::Failed(format!("{}: {error}", aside.display())))
    }
}

fn tail(path: &Path, from: u64) -> io::Result<Tail> {
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    // A log that was emptied is shorter than it was.
    let from = if from > end { 0 } else { from };
    let start = from.max(end.saturating_sub(READ));
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    if start > from
        && let Some(first) = bytes.iter().position(|it| *it == b'\n')
    {
        // It begins in the middle of a line.
        bytes.drain(..=first);
    }
    Ok(Tail { bytes, is_cut: start > from })
}

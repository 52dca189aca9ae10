//! OBI's log: a file that only grows while it runs, and is made room in by copying it away.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use tokio::time::sleep;

use super::{
    Local,
    store::{Deployment, Lock, length},
};
use crate::tool::ToolError;

/// What is longer is put aside.
const LARGEST: u64 = 16 << 20;

/// Of the end of a log this much is looked at.
const READ: u64 = 2 << 20;

/// Between two looks at how long it is.
const PAUSE: Duration = Duration::from_mins(1);

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

    /// Whoever has it open goes on writing at its end, because it was opened to append.
    pub(super) fn make_room(&self, lock: &Lock) -> Result<(), ToolError> {
        let path = self.store.log();
        if length(&path) <= LARGEST {
            return Ok(());
        }
        put_aside(&path).map_err(|error| {
            ToolError::Failed(format!("{} cannot be made shorter: {error}", path.display()))
        })?;
        let Some(deployment) = self.store.deployment()? else { return Ok(()) };
        self.store.save(&Deployment { log_from: 0, ..deployment }, lock)
    }

    /// As long as a server is there, its log does not fill the disk.
    pub(super) async fn keep_room(&self) {
        loop {
            sleep(PAUSE).await;
            // Whoever changes something now makes room himself, and what cannot be done is tried again.
            let _ = self.store.lock_if_there().and_then(|it| self.make_room(&it));
        }
    }
}

/// The end of it, beside it; what was written between the two is lost.
fn put_aside(path: &Path) -> io::Result<()> {
    let mut log = File::options().read(true).write(true).open(path)?;
    log.seek(SeekFrom::Start(log.metadata()?.len().saturating_sub(LARGEST)))?;
    let mut options = File::options();
    let aside = options.write(true).create(true).truncate(true).mode(0o600);
    io::copy(&mut (&log).take(LARGEST), &mut aside.open(path.with_extension("log.1"))?)?;
    log.set_len(0)
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn of_a_log_that_was_emptied_everything_new_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("obi.log");
        fs::write(&path, "one\ntwo\n").unwrap();
        assert_eq!(tail(&path, 4).unwrap().bytes, b"two\n");
        assert_eq!(tail(&path, 100).unwrap().bytes, b"one\ntwo\n");
    }

    #[test]
    fn of_a_log_of_gigabytes_the_end_is_read_from_the_beginning_of_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("obi.log");
        let file = File::create(&path).unwrap();
        file.set_len(10 << 30).unwrap();
        let mut end = File::options().append(true).open(&path).unwrap();
        io::Write::write_all(&mut end, b"half\nlast\n").unwrap();
        let tail = tail(&path, 0).unwrap();
        assert!(tail.is_cut);
        assert_eq!(tail.bytes, b"last\n");
    }

    #[test]
    fn whoever_writes_goes_on_at_the_end_of_what_was_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("obi.log");
        let mut writer = File::options().create(true).append(true).open(&path).unwrap();
        io::Write::write_all(&mut writer, b"before\n").unwrap();
        put_aside(&path).unwrap();
        io::Write::write_all(&mut writer, b"after\n").unwrap();
        assert_eq!(fs::read(path.with_extension("log.1")).unwrap(), b"before\n");
        assert_eq!(fs::read(&path).unwrap(), b"after\n");
    }
}

//! Files that are whole at any time, and nobody else's.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::Path,
};

/// Whoever could write here would decide what runs, often as root.
const OTHERS_MAY_WRITE: u32 = 0o022;

pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let about = fs::metadata(folder)?;
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other(format!(
            "it belongs to another user (number {})",
            about.uid()
        )));
    }
    if about.mode() & OTHERS_MAY_WRITE != 0 {
        return Err(io::Error::other("others may write to it: chmod go-w it"));
    }
    Ok(())
}

/// A file, and no more of it than anything has that was written here.
pub(super) fn read(path: &Path, largest: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(largest + 1).read_to_string(&mut text)?;
    if text.len() as u64 > largest {
        return Err(io::Error::other("it is too long"));
    }
    Ok(text)
}

/// In place of what was there. Whoever looks sees the one or the other, and after a crash it is one of the two as well.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    let written = write(&fresh, content).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        // What is left is half a file that nobody reads.
        let _ = fs::remove_file(&fresh);
    }
    written
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

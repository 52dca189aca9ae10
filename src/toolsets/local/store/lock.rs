//! Only one at a time changes anything, of all servers of this user on this host.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
};

use super::{Store, unwritable};
use crate::tool::ToolError;

const FILE: &str = "lock";

/// As long as it is held. The system lets go of it with whoever held it, however that ends.
pub(in super::super) struct Lock(
    #[expect(dead_code, reason = "it is held, and never looked at")] File,
);

impl Store {
    /// The same where something was deployed once; who only looks makes no folder.
    pub(in super::super) fn lock_if_there(&self) -> Result<Lock, ToolError> {
        if self.folder.exists() {
            self.lock()
        } else {
            Err(ToolError::NotFound("nothing was deployed here".to_owned()))
        }
    }

    /// Makes the folder where there is none. Nobody waits: who holds it is told, and will be done soon.
    pub(in super::super) fn lock(&self) -> Result<Lock, ToolError> {
        self.prepare()?;
        let path = self.folder.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(|error| unwritable(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(file)),
            Err(TryLockError::Error(error)) => return Err(unwritable(&path, &error)),
        }
        // Whom to name is a courtesy: where the disk is full, what is changed says so.
        let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Lock(file))
    }
}

fn held(mut file: File) -> ToolError {
    let mut holder = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    let holder = match holder.parse::<u32>() {
        Ok(pid) if pid == std::process::id() => "this server".to_owned(),
        Ok(pid) => format!("another Tacklebox (process {pid})"),
        Err(_) => "another Tacklebox".to_owned(),
    };
    ToolError::Busy(format!("{holder} is just changing OBI on this host: try again in a moment"))
}

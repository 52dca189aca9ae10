//! Nothing stays behind, however the process ends.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Waits for the end of its standard input, which comes with the end of the process that holds the
/// other side of the pipe; then kills the group and removes the folder, whose files the dying may
/// hold open for a moment.
const SCRIPT: &str = r#"trap '' INT TERM HUP
read -r _
kill -s KILL -- "-$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$2" 2>/dev/null && exit; sleep 0.1; done"#;

/// Two tiny processes that end a cluster when this value is dropped, or when the process is gone: by its
/// own end, a panic, Ctrl-C or `kill -9`.
///
/// The cluster's processes form a process group of their own, which Ctrl-C in a terminal does not reach.
/// Being in it from birth, none can be missed, nor can what they start.
#[derive(Debug)]
pub(crate) struct Watchdog {
    /// Does nothing but give the group its number.
    anchor: Child,
    shell: Child,
}

impl Watchdog {
    /// Watches over `folder`, and over whatever joins [`Self::group`].
    pub(crate) fn start(folder: &Path) -> io::Result<Self> {
        let anchor = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()?;
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "watchdog", &anchor.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { anchor, shell })
    }

    /// The process group to be born in, see [`CommandExt::process_group`].
    pub(crate) fn group(&self) -> i32 {
        self.anchor.id().cast_signed()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Nothing is left to do with a failure: the processes are gone, or were not ours.
        let _ = self.shell.wait();
        let _ = self.anchor.wait();
    }
}

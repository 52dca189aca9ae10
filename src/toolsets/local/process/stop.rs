//! How a process is asked to end, and made to.

use std::{
    io,
    os::fd::OwnedFd,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use tokio::task::spawn_blocking;

use super::Birth;

/// What is killed ends at once, unless the kernel holds it.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ended {
    /// It was no longer there.
    Before,
    Gracefully,
    /// It had to be killed.
    Killed,
}

/// Why it still runs.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum Unstopped {
    #[error("it has not ended within {} s of being asked to", .0.as_secs())]
    Late(Duration),
    #[error(
        "it may not be stopped by this user: it belongs to another, or has rights that this server lacks"
    )]
    Forbidden,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Asks it to end, waits as long as it may take, and kills it then if that is wanted. No other process is ever reached.
pub(in super::super) async fn stop(
    birth: &Birth,
    patience: Duration,
    force: bool,
) -> Result<Ended, Unstopped> {
    let Some(process) = open(birth)? else { return Ok(Ended::Before) };
    if !send(&process, Signal::TERM)? {
        return Ok(Ended::Before);
    }
    let process = Arc::new(process);
    if has_ended(&process, patience).await? {
        return Ok(Ended::Gracefully);
    }
    if !force {
        return Err(Unstopped::Late(patience));
    }
    send(&process, Signal::KILL)?;
    if has_ended(&process, AT_ONCE).await? {
        Ok(Ended::Killed)
    } else {
        Err(Unstopped::Late(patience + AT_ONCE))
    }
}

/// Waits for its end, and no longer than that.
async fn has_ended(process: &Arc<OwnedFd>, patience: Duration) -> io::Result<bool> {
    let process = Arc::clone(process);
    let end = Instant::now() + patience;
    // Of a process, what can be read is its end.
    let wait = move || loop {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&left)) {
            Err(Errno::INTR) => {}
            other => return other.map_err(io::Error::from),
        }
    };
    Ok(spawn_blocking(wait).await?? > 0)
}

/// What holds on to exactly this process: between looking and holding its number may have gone to another.
fn open(birth: &Birth) -> Result<Option<OwnedFd>, Unstopped> {
    let Some(pid) = i32::try_from(birth.pid).ok().and_then(Pid::from_raw) else { return Ok(None) };
    if !birth.is_running() {
        return Ok(None);
    }
    let process = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(process) => process,
        Err(Errno::SRCH) => return Ok(None),
        Err(error) => return Err(io::Error::from(error).into()),
    };
    Ok(birth.is_running().then_some(process))
}

/// Whether it was there to be told.
fn send(process: &OwnedFd, signal: Signal) -> Result<bool, Unstopped> {
    match pidfd_send_signal(process, signal) {
        Ok(()) => Ok(true),
        Err(Errno::SRCH) => Ok(false),
        Err(Errno::PERM) => Err(Unstopped::Forbidden),
        Err(error) => Err(io::Error::from(error).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// A shell that has run this and waits.
    fn shell(script: &str) -> (Child, Birth) {
        let script = format!("{script}; echo ready; while :; do read line; done");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        let birth = Birth::of(child.id()).unwrap();
        (child, birth)
    }

    #[tokio::test]
    async fn what_is_asked_to_end_and_does_is_not_killed() {
        let (mut child, birth) = shell("true");
        assert_eq!(stop(&birth, AT_ONCE, true).await.unwrap(), Ended::Gracefully);
        assert_eq!(child.wait().unwrap().signal(), Some(15));
        assert_eq!(stop(&birth, AT_ONCE, true).await.unwrap(), Ended::Before);
    }

    #[tokio::test]
    async fn what_does_not_listen_is_killed_only_where_that_is_wanted() {
        let (mut child, birth) = shell("trap '' TERM");
        let short = Duration::from_millis(1);
        assert!(matches!(stop(&birth, short, false).await, Err(Unstopped::Late(_))));
        assert!(birth.is_running());
        assert_eq!(stop(&birth, short, true).await.unwrap(), Ended::Killed);
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }

    #[tokio::test]
    async fn another_process_with_the_same_number_is_left_alone() {
        let (mut child, birth) = shell("true");
        let earlier = Birth { ticks: 0, ..birth.clone() };
        assert_eq!(stop(&earlier, AT_ONCE, true).await.unwrap(), Ended::Before);
        assert!(birth.is_running());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

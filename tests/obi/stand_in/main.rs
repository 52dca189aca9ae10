//! Stands in for OBI where there is none: it does what OBI was seen to do with the same configuration, and nothing else.
//!
//! A recorded run says what was printed, when and how it ended, and what its endpoints answered. A run is found by what its
//! configuration and its environment come to, whatever the ports; where none was recorded, this ends with 70 and says so.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "it is a program that prints and ends as OBI does"
)]

mod configuration;
mod endpoints;
mod recorded;

use std::{collections::BTreeMap, env, fs, io::Write, process::ExitCode, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, sleep_until},
};

use self::{
    configuration::{Effective, Ports},
    recorded::Run,
};

const REFUSED: u8 = 255;
const NOT_RECORDED: u8 = 70;

/// When its endpoints were seen to open, after the start.
const OPEN: Duration = Duration::from_millis(2_100);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut end = signal(SignalKind::terminate()).expect("signals can be listened for");
    let variables: BTreeMap<String, String> =
        env::vars().filter(|(name, _)| name.starts_with("OTEL_")).collect();
    let text = match text(&variables) {
        Ok(text) => text,
        Err(path) => {
            eprintln!(
                "2026/11/22 06:37:43 ERROR can't open {path} error=\"open {path}: no such file or directory\""
            );
            return ExitCode::from(REFUSED);
        }
    };
    let wanted = Effective::of(&text, &variables);
    let taken = endpoints::taken(&wanted.ports).await;
    let Some(run) = Run::of(&wanted, taken) else {
        eprintln!("no run was recorded with {:?} and\n{text}", variables.keys());
        return ExitCode::from(NOT_RECORDED);
    };
    replay(run, &wanted.ports, &mut end).await
}

/// The variable counts for more than the command line; without both there is no file.
fn text(variables: &BTreeMap<String, String>) -> Result<String, String> {
    let argument = env::args().find_map(|it| it.strip_prefix("--config=").map(str::to_owned));
    let Some(path) = variables.get("OTEL_EBPF_CONFIG_PATH").cloned().or(argument) else {
        return Ok(String::new());
    };
    fs::read_to_string(&path).map_err(|_| path)
}

async fn replay(run: Run, ports: &Ports, end: &mut Signal) -> ExitCode {
    let begun = Instant::now();
    run.errors.iter().for_each(|it| eprintln!("{it}"));
    if let Some((code, after)) = run.end {
        tokio::select! {
            () = say(&run.lines, begun) => {}
            _ = end.recv() => return ExitCode::SUCCESS,
        }
        sleep_until(begun + after).await;
        return ExitCode::from(code);
    }
    let serving = async {
        sleep_until(begun + OPEN).await;
        endpoints::serve(ports, run.answers).await;
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(say(&run.lines, begun), serving) } => {}
        _ = end.recv() => {}
    }
    run.farewell.iter().for_each(|it| tell(it));
    ExitCode::SUCCESS
}

async fn say(lines: &[(Duration, String)], begun: Instant) {
    for (at, line) in lines {
        sleep_until(begun + *at).await;
        tell(line);
    }
}

/// OBI was seen to run on where its log cannot be written.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

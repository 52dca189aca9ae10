//! Running a program to its end beside the server.

use std::{
    process::{Command, Output, Stdio},
    time::Duration,
};

use super::Network;

/// Longer than any of the tools takes on a slow and busy machine.
const LIMIT: Duration = Duration::from_mins(10);

/// How a program ended and what it wrote. One that hangs fails the test.
pub(crate) async fn run(command: &Command, network: Network) -> Output {
    let mut command = tokio::process::Command::from(network.around(command));
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output()).await;
    let output = output.unwrap_or_else(|_| panic!("{command:?} does not end"));
    output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
}

/// What a program wrote to its standard output, if it went well.
pub(crate) fn succeeded(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    stdout
}

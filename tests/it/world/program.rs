use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program in a folder of its own, with nothing of this machine's environment.
pub fn bare(folder: &TempDir) -> Command {
    let mut command = Command::new(cargo_bin("tacklebox"));
    command.current_dir(folder).env_clear().env("HOME", folder.path());
    command
}

/// A server that runs as a client would start it.
pub struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

impl Running {
    /// Starts it and opens a session.
    pub fn start(command: &mut Command) -> Self {
        let mut running = Self::spawn(command);
        running.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": super::initialize() }));
        running.receive();
        running.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        running
    }

    /// Starts it and says nothing.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let errors = BufReader::new(child.stderr.take().unwrap());
        Self { child, input, output, errors }
    }

    pub fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
    }

    pub fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// A request and its answer; notifications in between are dropped.
    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": 2, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == 2 {
                return message;
            }
        }
    }

    /// The next line of stderr that says this.
    pub fn wait_for_log(&mut self, wanted: &str) -> String {
        let mut line = String::new();
        while !line.contains(wanted) {
            line.clear();
            let read = self.errors.read_line(&mut line).unwrap();
            assert!(read > 0, "the log ended without: {wanted}");
        }
        line
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits for the end and gives the exit code.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Ends the input and gives the exit code.
    pub fn end(self) -> Option<i32> {
        let Self { mut child, input, .. } = self;
        drop(input);
        child.wait().unwrap().code()
    }
}

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::Duration,
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

/// Far longer than anything takes: a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that runs as a client would start it. It ends with the test, however that ends.
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines,
    errors: Lines,
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
        let input = child.stdin.take();
        let output = Lines::of(child.stdout.take().unwrap());
        let errors = Lines::of(child.stderr.take().unwrap());
        Self { child, input, output, errors }
    }

    pub fn send(&mut self, message: &Value) {
        writeln!(self.input.as_ref().unwrap(), "{message}").unwrap();
    }

    pub fn receive(&mut self) -> Value {
        let line = self.output.next().unwrap_or_else(|why| panic!("no message came: {why}"));
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
        loop {
            let line = self.errors.next();
            let line = line.unwrap_or_else(|why| panic!("the log does not say {wanted:?}: {why}"));
            if line.contains(wanted) {
                return line;
            }
        }
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits for the end and gives the exit code.
    pub fn wait(mut self) -> Option<i32> {
        self.errors.to_the_end();
        self.child.wait().unwrap().code()
    }

    /// Ends the input and gives what is left of stderr.
    pub fn end_with_log(mut self) -> String {
        self.input = None;
        std::iter::from_fn(|| self.errors.next().ok()).map(|it| it + "\n").collect()
    }

    /// Ends the input and gives the exit code.
    pub fn end(mut self) -> Option<i32> {
        self.input = None;
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program writes, line by line, read by a thread of its own so that nobody waits for ever.
struct Lines(Receiver<String>);

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(stream).lines().map_while(Result::ok);
            lines.map(|it| sender.send(it)).all(|it| it.is_ok())
        });
        Self(receiver)
    }

    fn next(&self) -> Result<String, RecvTimeoutError> {
        self.0.recv_timeout(PATIENCE)
    }

    /// Reads until the program has ended, or for as long as anybody waits.
    fn to_the_end(&self) {
        let why = std::iter::repeat_with(|| self.next()).find_map(Result::err);
        assert_eq!(why, Some(RecvTimeoutError::Disconnected), "the program does not end");
    }
}

//! The program as an operator runs it: its commands, its exit codes, and what it says when something is wrong.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program in a folder of its own, with nothing of this machine's environment.
fn tacklebox(folder: &TempDir, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::from_std(bare(folder));
    command.args(arguments);
    command
}

fn bare(folder: &TempDir) -> Command {
    let mut command = Command::new(cargo_bin("tacklebox"));
    command.current_dir(folder).env_clear().env("HOME", folder.path());
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn with_config(text: &str) -> TempDir {
    let folder = folder();
    std::fs::write(folder.path().join("tacklebox.yml"), text).unwrap();
    folder
}

/// What a failing command says on stderr.
fn complaint(folder: &TempDir, arguments: &[&str]) -> String {
    let output = tacklebox(folder, arguments).assert().failure().get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

fn said(folder: &TempDir, arguments: &[&str]) -> String {
    let output = tacklebox(folder, arguments).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_problem_of_a_configuration_is_told_at_once_with_its_place_and_the_nearest_key() {
    let folder = with_config("policy:\n  mod: guarded\n  call_timeout: 10 parsecs\n");
    let complaint = complaint(&folder, &["check"]);
    assert!(complaint.contains("tacklebox.yml:2:3"), "{complaint}");
    assert!(complaint.contains("did you mean mode?"), "{complaint}");
    assert!(complaint.contains("tacklebox.yml:3:17"), "{complaint}");
    assert!(complaint.contains("is not a duration"), "{complaint}");
}

#[test]
fn a_configuration_that_is_named_must_be_there() {
    let complaint = complaint(&folder(), &["check", "--config", "nowhere.yml"]);
    assert!(complaint.contains("nowhere.yml"), "{complaint}");
    assert!(complaint.contains("there is no such file"), "{complaint}");
}

#[test]
fn a_broken_configuration_keeps_the_server_from_starting() {
    let folder = with_config("policy: [");
    assert!(complaint(&folder, &["serve"]).contains("tacklebox.yml:1"));
}

#[test]
fn an_old_configuration_is_told_the_command_that_translates_it() {
    let folder = with_config("kubernetes:\n  enabled: true\n");
    assert!(complaint(&folder, &["serve"]).contains("tacklebox migrate tacklebox.yml"));
}

#[test]
fn what_init_writes_is_good_and_nothing_is_written_over() {
    let folder = folder();
    tacklebox(&folder, &["init"]).assert().success();
    let written = folder.path().join("tacklebox.yml");
    assert_eq!(
        std::fs::read_to_string(&written).unwrap(),
        include_str!("../../config.example.yml")
    );
    assert!(complaint(&folder, &["init"]).contains("tacklebox.yml was not written"));
    said(&folder, &["tools"]);
}

#[test]
fn the_printed_schema_is_the_one_in_the_repository() {
    let printed: Value = serde_json::from_str(&said(&folder(), &["schema"])).unwrap();
    let kept: Value = serde_json::from_str(include_str!("../../config.schema.json")).unwrap();
    assert_eq!(printed, kept);
}

#[test]
fn the_page_about_the_tools_is_up_to_date() {
    let page = said(&folder(), &["tools", "--markdown"]);
    expect_test::expect_file!["../../docs/tools.md"].assert_eq(&page);
}

#[test]
fn an_unknown_tool_is_told_the_nearest() {
    let complaint = complaint(&folder(), &["call", "kubctl_get"]);
    assert!(complaint.contains("did you mean kubectl_get?"), "{complaint}");
}

#[test]
fn an_address_that_others_can_reach_is_not_opened_to_everybody() {
    let complaint = complaint(&folder(), &["serve", "--http", "0.0.0.0:0"]);
    assert!(complaint.contains("set server.tokens"), "{complaint}");
}

/// A server that runs as a client would start it.
struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    errors: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(folder: &TempDir) -> Self {
        let mut child = bare(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let errors = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self { child, input, output, errors };
        running.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": crate::world::initialize() }));
        running.receive();
        running.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        running
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn wait_for_log(&mut self, wanted: &str) {
        let mut line = String::new();
        while !line.contains(wanted) {
            line.clear();
            assert!(
                self.errors.read_line(&mut line).unwrap() > 0,
                "the log ended without: {wanted}"
            );
        }
    }

    fn hang_up(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    }

    /// Ends the input and gives the exit code.
    fn end(self) -> Option<i32> {
        let Self { mut child, input, .. } = self;
        drop(input);
        child.wait().unwrap().code()
    }
}

fn is_tools_changed(message: &Value) -> bool {
    message["method"] == "notifications/tools/list_changed"
}

#[test]
fn the_end_of_the_input_is_the_end_of_the_process_with_code_0() {
    assert_eq!(Running::start(&folder()).end(), Some(0));
}

#[test]
fn a_changed_configuration_takes_effect_at_once_and_a_bad_one_is_refused() {
    let folder = with_config("policy: {mode: guarded}\n");
    let path = folder.path().join("tacklebox.yml");
    let mut running = Running::start(&folder);
    write_whole(&path, "policy: {mode: read-only}\n");
    running.wait_for_log("the new configuration is refused");
    write_whole(&path, "policy: {mode: read_only}\n");
    running.wait_for_log("the configuration was read again");
    assert!(is_tools_changed(&running.receive()));
    assert_eq!(running.end(), Some(0));
}

#[test]
fn a_hang_up_reads_the_configuration_again() {
    let folder = folder();
    let mut running = Running::start(&folder);
    running.hang_up();
    running.wait_for_log("the configuration was read again");
    assert_eq!(running.end(), Some(0));
}

/// As editors and Kubernetes do: beside it, then in its place.
fn write_whole(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

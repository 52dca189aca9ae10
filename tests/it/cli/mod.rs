//! The program as an operator runs it: its commands, its exit codes, and what it says when something is wrong.

mod callers;
mod obi;
mod reload;

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{Running, bare};

/// The program in a folder of its own, with nothing of this machine's environment.
fn tacklebox(folder: &TempDir, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::from_std(bare(folder));
    command.args(arguments);
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

/// What a check that passes warns of.
fn warnings(folder: &TempDir) -> String {
    let output = tacklebox(folder, &["check"]).assert().success().get_output().clone();
    String::from_utf8(output.stderr).unwrap()
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
    let folder = with_config("obi:\n  export: {otlp: {endpoint: http://collector:4318}}\n");
    assert!(complaint(&folder, &["serve"]).contains("tacklebox migrate tacklebox.yml"));
}

#[test]
fn what_init_writes_is_good_and_nothing_is_written_over() {
    let folder = folder();
    tacklebox(&folder, &["init"]).assert().success();
    let written = folder.path().join("tacklebox.yml");
    assert_eq!(
        std::fs::read_to_string(&written).unwrap(),
        include_str!("../../../config.example.yml")
    );
    assert!(complaint(&folder, &["init"]).contains("tacklebox.yml was not written"));
    said(&folder, &["tools"]);
    let check = tacklebox(&folder, &["check"]).output().unwrap();
    assert!(!String::from_utf8(check.stderr).unwrap().contains("warning"));
}

#[test]
fn the_printed_schema_is_the_one_in_the_repository() {
    let printed: Value = serde_json::from_str(&said(&folder(), &["schema"])).unwrap();
    let kept: Value = serde_json::from_str(include_str!("../../../config.schema.json")).unwrap();
    assert_eq!(printed, kept);
}

#[test]
fn the_page_about_the_tools_is_up_to_date() {
    let folder =
        with_config("toolsets: {discovery: {enabled: true}, local: {binary_path: /opt/obi/obi}}");
    let page = said(&folder, &["tools", "--markdown"]);
    expect_test::expect_file!["../../../docs/tools.md"].assert_eq(&page);
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

#[test]
fn a_key_that_could_be_guessed_is_refused() {
    let folder = with_config("server: {state_key_file: key, metrics: null}\n");
    std::fs::write(folder.path().join("key"), "too short\n").unwrap();
    let complaint = complaint(&folder, &["serve", "--http", "127.0.0.1:0"]);
    assert!(complaint.contains("server.state_key_file: key: the key has 9 bytes"), "{complaint}");
}

#[test]
fn a_token_whose_variable_is_not_set_is_a_mistake_and_not_left_out() {
    let folder = with_config("server: {tokens: [{name: ci, value: \"${CI_TOKEN}\"}]}\n");
    for command in [&["check"][..], &["serve", "--http", "127.0.0.1:0"]] {
        let complaint = complaint(&folder, command);
        assert!(complaint.contains("the environment variable CI_TOKEN is not set"), "{complaint}");
    }
}

#[test]
fn a_server_that_is_asked_to_stop_ends_with_code_0() {
    let folder = with_config("server: {metrics: null}\n");
    let mut command = bare(&folder);
    let mut running = Running::spawn(command.args(["serve", "--http", "127.0.0.1:0"]));
    running.wait_for_log("serves MCP at");
    running.signal("-TERM");
    assert_eq!(running.wait(), Some(0));
}

#[test]
fn the_end_of_the_input_is_the_end_of_the_process_with_code_0() {
    assert_eq!(Running::start(&mut bare(&folder())).end(), Some(0));
}

#[test]
fn keys_that_do_nothing_yet_are_told_of() {
    let folder = with_config(
        "toolsets:\n  kubernetes: {enabled: false}\n  local: {enabled: false}\n  docker: {enabled: true}\n",
    );
    let check = warnings(&folder);
    let told = "tacklebox.yml:4:11: toolsets.docker: not built yet, has no effect";
    assert!(check.contains(told), "{check}");
    assert_eq!(check.matches("not built yet").count(), 1, "{check}");
    let mut running = Running::start(&mut bare(&folder));
    running.wait_for_log("toolsets.docker: not built yet");
    assert_eq!(running.end(), Some(0));
}

#[test]
fn whether_a_person_is_asked_is_told_at_the_start_and_by_a_check() {
    for (policy, told) in [
        ("{}", "nothing is deleted or executed before a person has said yes"),
        (
            "{confirm: when_possible}",
            "clients that cannot ask a person delete and execute without a yes",
        ),
        ("{confirm: never}", "what policy.confirm_also marks (policy.confirm: never)"),
        ("{mode: unguarded}", "without asking anybody (policy.mode: unguarded)"),
        ("{mode: dry_run}", "changes are shown and not made"),
        ("{mode: read_only, confirm: never}", "nothing can be changed"),
    ] {
        let folder = with_config(&format!(
            "policy: {policy}\ntoolsets: {{kubernetes: {{enabled: false}}}}\n"
        ));
        let check = tacklebox(&folder, &["check"]).output().unwrap();
        let check = String::from_utf8(check.stdout).unwrap();
        assert!(check.contains("changes: ") && check.contains(told), "{policy}: {check}");
        let mut running = Running::start(&mut bare(&folder));
        running.wait_for_log(told);
        assert_eq!(running.end(), Some(0));
    }
}

#[test]
fn settings_without_effect_are_told_of_and_a_strict_check_fails() {
    let folder = with_config(
        "policy: {tools: {allow: [\"*\"], deny: [kubectl_gte, \"kubectl_*\", \"*\"]}}\n",
    );
    let check = tacklebox(&folder, &["check"]).output().unwrap();
    let check = String::from_utf8(check.stderr).unwrap();
    assert!(check.contains("warning: policy.tools.deny: `kubectl_gte` is no tool"), "{check}");
    assert_eq!(check.matches("is no tool").count(), 1, "{check}");

    let folder = with_config(
        "policy: {tools: {deny: [kubectl_gte]}}\ntoolsets: {kubernetes: {enabled: false}}\n",
    );
    assert_eq!(
        warnings(&folder).trim_end(),
        "warning: no toolset is enabled: see `toolsets` in the configuration"
    );
    tacklebox(&folder, &["check", "--strict"]).assert().failure();
}

#[test]
fn a_check_fails_where_the_server_would_not_start() {
    let folder =
        with_config("server: {http: \"127.0.0.1:0\", tokens: [{name: a, file: nowhere}]}\n");
    let unread = complaint(&folder, &["check"]);
    assert!(unread.contains("nowhere of a cannot be read"), "{unread}");
    assert_eq!(unread.matches("No such file").count(), 1, "{unread}");
    let folder = with_config("server: {state_key_file: nowhere}\n");
    let unread = complaint(&folder, &["check"]);
    assert!(unread.contains("server.state_key_file: nowhere: No such file"), "{unread}");
}

#[test]
fn a_bad_token_keeps_no_server_from_starting_that_asks_for_none_and_is_told_of() {
    let folder = with_config(
        "toolsets: {kubernetes: {enabled: false}}\nserver: {tokens: [{name: a, file: nowhere}]}\n",
    );
    let check = warnings(&folder);
    assert!(check.contains("warning: server.tokens: the token file"), "{check}");
    assert_eq!(Running::start(&mut bare(&folder)).end(), Some(0));
}

#[test]
fn what_is_recorded_is_on_the_disk_when_the_server_has_ended() {
    let folder = with_config("policy: {audit: {file: record}}\n");
    let mut running = Running::start(&mut bare(&folder));
    for _ in 0..50 {
        running.request("resources/read", &json!({ "uri": "tacklebox://toolsets" }));
    }
    assert_eq!(running.end(), Some(0));
    let record = folder.path().join("record");
    assert_eq!(std::fs::read_to_string(&record).unwrap().lines().count(), 50);
    assert_eq!(std::fs::metadata(record).unwrap().permissions().mode() & 0o777, 0o600);
}

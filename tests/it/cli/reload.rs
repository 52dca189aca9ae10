//! What takes effect while the program runs, seen from outside.

use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::with_config;
use crate::world::{Running, bare, initialize};

/// As editors and Kubernetes do: beside it, then in its place.
fn write_whole(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

/// A server with tools that need no cluster.
fn start(folder: &TempDir) -> Running {
    Running::start(bare(folder).env("TACKLEBOX_CONFORMANCE", "1"))
}

fn tools(running: &mut Running) -> usize {
    let answer = running.request("tools/list", &json!({}));
    answer["result"]["tools"].as_array().unwrap().len()
}

fn config(policy: &str) -> String {
    format!("toolsets: {{kubernetes: {{enabled: false}}}}\npolicy: {policy}\n")
}

fn is_tools_changed(message: &Value) -> bool {
    message["method"] == "notifications/tools/list_changed"
}

#[test]
fn a_changed_configuration_takes_effect_at_once_and_a_bad_one_is_refused() {
    let folder = with_config(&config("{}"));
    let path = folder.path().join("tacklebox.yml");
    let mut running = start(&folder);
    let all = tools(&mut running);
    assert!(all > 10);
    write_whole(&path, &config("{mode: read-only}"));
    running.wait_for_log("the new configuration is refused");
    assert_eq!(tools(&mut running), all);
    write_whole(&path, &config("{tools: {deny: [test_*]}}"));
    running.wait_for_log("the configuration was read again");
    assert!(is_tools_changed(&running.receive()));
    let left = tools(&mut running);
    assert!(left > 0 && left < all, "{left} of {all}");
    assert_eq!(running.end(), Some(0));
}

#[test]
fn a_hang_up_opens_a_record_that_was_moved_away() {
    let folder = with_config(&config("{audit: {file: record}}"));
    let record = folder.path().join("record");
    let mut running = start(&folder);
    running.request("resources/read", &json!({ "uri": "tacklebox://toolsets" }));
    std::fs::rename(&record, folder.path().join("record.1")).unwrap();
    running.signal("-HUP");
    running.wait_for_log("the configuration was read again");
    running.request("resources/read", &json!({ "uri": "tacklebox://toolsets" }));
    assert_eq!(running.end(), Some(0));
    for record in ["record", "record.1"] {
        let lines = std::fs::read_to_string(folder.path().join(record)).unwrap();
        assert_eq!(lines.lines().count(), 1, "{record}: {lines}");
    }
}

#[test]
fn another_level_of_the_log_holds_at_once_unless_the_command_line_says_otherwise() {
    let level = |level: &str| format!("{}log: {{level: {level}}}\n", config("{}"));
    let folder = with_config(&level("info"));
    let path = folder.path().join("tacklebox.yml");
    let mut running = start(&folder);
    write_whole(&path, &level("debug"));
    running.wait_for_log("the configuration was read again");
    running.request("tools/call", &json!({ "name": "test_error_handling", "arguments": {} }));
    running.wait_for_log("call failed");
    assert_eq!(running.end(), Some(0));

    let folder = with_config(&level("debug"));
    let path = folder.path().join("tacklebox.yml");
    let mut running = start_with(&folder, &["--log", "info"]);
    write_whole(&path, &level("error"));
    running.wait_for_log("the configuration was read again");
    assert_eq!(running.end(), Some(0));
}

fn start_with(folder: &TempDir, arguments: &[&str]) -> Running {
    Running::start(bare(folder).args(arguments).env("TACKLEBOX_CONFORMANCE", "1"))
}

/// A server over HTTP with the tokens of ann and bob in files.
struct House {
    folder: TempDir,
    running: Running,
    url: String,
}

impl House {
    fn new() -> Self {
        let folder = with_config(&Self::config("{name: ann, file: ann}, {name: bob, file: bob}"));
        for name in ["ann", "bob"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let mut command = bare(&folder);
        let mut running = Running::spawn(command.args(["serve", "--http", "127.0.0.1:0"]));
        let line = running.wait_for_log("serves MCP at");
        let url = line.split_whitespace().last().unwrap().to_owned();
        Self { folder, running, url }
    }

    fn config(tokens: &str) -> String {
        format!("{}server: {{metrics: null, tokens: [{tokens}]}}\n", config("{}"))
    }

    fn write(&self, name: &str, text: &str) {
        write_whole(&self.folder.path().join(name), text);
    }

    async fn status(&self, token: &str) -> StatusCode {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let message =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize() });
        let request = reqwest::Client::new().post(&self.url).bearer_auth(token).json(&message);
        let request = request.header("accept", "application/json, text/event-stream");
        request.send().await.unwrap().status()
    }
}

#[tokio::test]
async fn a_token_file_that_changes_and_a_name_off_the_list_take_effect_at_once() {
    let mut house = House::new();
    assert_eq!(house.status("ann").await, StatusCode::OK);
    house.write("ann", "other");
    house.running.wait_for_log("the bearer tokens were read again");
    assert_eq!(house.status("ann").await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.status("other").await, StatusCode::OK);

    house.write("tacklebox.yml", &House::config("{name: bob, file: bob}"));
    house.running.wait_for_log("the configuration was read again");
    assert_eq!(house.status("other").await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.status("bob").await, StatusCode::OK);

    house.write("tacklebox.yml", &House::config(""));
    house.running.wait_for_log("nobody can come in");
    assert_eq!(house.status("bob").await, StatusCode::UNAUTHORIZED);
    house.running.signal("-TERM");
    assert_eq!(house.running.wait(), Some(0));
}

#[tokio::test]
async fn a_new_token_that_cannot_be_read_changes_nothing() {
    let mut house = House::new();
    house.write("tacklebox.yml", &House::config("{name: eve, file: nowhere}"));
    house.running.wait_for_log("the new configuration is refused");
    assert_eq!(house.status("ann").await, StatusCode::OK);
    house.running.signal("-TERM");
    assert_eq!(house.running.wait(), Some(0));
}

#[tokio::test]
async fn a_token_that_was_taken_away_keeps_no_later_configuration_out() {
    let mut house = House::new();
    std::fs::remove_file(house.folder.path().join("ann")).unwrap();
    house.running.wait_for_log("a bearer token is not as it should be");
    house.running.signal("-HUP");
    house.running.wait_for_log("the configuration was read again");
    house.write("eve", "eve");
    let all = ["ann", "bob", "eve"].map(|it| format!("{{name: {it}, file: {it}}}")).join(", ");
    house.write("tacklebox.yml", &House::config(&all));
    house.running.wait_for_log("the configuration was read again");
    assert_eq!(house.status("ann").await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.status("bob").await, StatusCode::OK);
    assert_eq!(house.status("eve").await, StatusCode::OK);
    house.running.signal("-TERM");
    assert_eq!(house.running.wait(), Some(0));
}

//! A server that impersonates its callers starts only where they can be known.

use serde_json::json;

use super::{complaint, tacklebox, with_config};
use crate::world::{Running, bare};

const IMPERSONATE: &str = "toolsets: {kubernetes: {identity: impersonate}}\n";

fn server(tokens: &str) -> String {
    format!("server: {{http: '127.0.0.1:0', metrics: null, tokens: [{tokens}]}}\n")
}

#[test]
fn a_server_whose_callers_nobody_could_know_does_not_start() {
    let folder = with_config(IMPERSONATE);
    for command in [["check"].as_slice(), &["serve", "--http", "127.0.0.1:0"]] {
        let told = complaint(&folder, command);
        assert!(told.contains("impersonate needs callers who show a token, and there is none"));
    }
    let folder = with_config(&format!("{IMPERSONATE}server: {{tokens: [{{name: a, file: a}}]}}"));
    assert!(complaint(&folder, &["serve"]).contains("and over stdio nobody does"));
}

#[test]
fn a_token_that_no_rbac_can_bound_is_doubted_by_the_check_and_at_the_start() {
    let tokens =
        "{name: ann, file: a, groups: [team-a]}, {name: eve, file: e, groups: ['system:masters']}";
    let folder = with_config(&format!("{IMPERSONATE}{}", server(tokens)));
    for name in ["a", "e"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    let told = "eve is in system:masters: whoever holds this token may do everything";
    let check = tacklebox(&folder, &["check"]).output().unwrap();
    let warnings = String::from_utf8(check.stderr).unwrap();
    assert!(warnings.contains(told) && !warnings.contains("ann"), "{warnings}");
    let mut running = Running::spawn(bare(&folder).arg("serve"));
    running.wait_for_log(told);
    running.wait_for_log("serves MCP at");
}

#[test]
fn groups_that_nobody_looks_at_are_doubted() {
    let tokens = "{name: ann, file: a, groups: [team-a]}";
    let folder =
        with_config(&format!("toolsets: {{kubernetes: {{enabled: false}}}}\n{}", server(tokens)));
    std::fs::write(folder.path().join("a"), "a").unwrap();
    let told = super::warnings(&folder);
    assert!(told.contains("the groups of ann count with"), "{told}");
}

#[test]
fn a_reload_makes_no_server_impersonate_whose_callers_nobody_asks() {
    let quiet = "toolsets: {kubernetes: {enabled: false}}\n";
    let folder = with_config(quiet);
    let path = folder.path().join("tacklebox.yml");
    let token = "server: {tokens: [{name: a, file: a}]}\n";
    let mut local = Running::start(bare(&folder).env("TACKLEBOX_CONFORMANCE", "1"));
    let mut open = bare(&folder);
    let mut open = Running::spawn(open.args(["serve", "--http", "127.0.0.1:0"]));
    open.wait_for_log("serves MCP at");
    std::fs::write(&path, IMPERSONATE).unwrap();
    open.wait_for_log("the new configuration is refused");
    open.wait_for_log("and there is none");
    std::fs::write(&path, format!("{IMPERSONATE}{token}")).unwrap();
    local.wait_for_log("and over stdio nobody does");
    local.request("tools/list", &json!({}));
    assert_eq!(local.end(), Some(0));
}

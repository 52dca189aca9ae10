//! Disks that are full, servers that are killed, files that are no configuration.

use std::{fs, os::unix::fs::symlink};

use serde_json::json;

use super::{Host, free_port, good, is_running, network, signal};

#[test]
fn of_two_servers_the_second_hears_who_is_changing_obi() {
    let mut host = Host::new();
    let mut second = host.second();
    let deploy = |it: &str| json!({ "name": "obi_local_deploy", "arguments": { "config": it } });
    let message = json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": deploy(&good(free_port())) });
    host.server.send(&message);
    host.begun();
    let answer = second.request("tools/call", &deploy(&good(free_port())));
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("another Tacklebox (process"), "{text}");
    let answer = host.server.receive();
    assert_eq!(answer["result"]["isError"], json!(false), "{answer}");
}

#[test]
fn a_server_that_is_killed_while_it_deploys_leaves_an_obi_that_the_next_one_knows() {
    let mut host = Host::new();
    let arguments = json!({ "config": good(free_port()) });
    let params = json!({ "name": "obi_local_deploy", "arguments": arguments });
    let message = json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params });
    host.server.send(&message);
    host.begun();
    host.restart();
    let pid = host.pid();
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("process {pid}")), "{status}");
    let stopped = host.does("obi_local_stop", &json!({}));
    assert!(stopped.contains(&format!("process {pid}")), "{stopped}");
    assert!(!is_running(pid));
}

#[test]
fn a_server_that_is_killed_while_it_updates_leaves_the_new_obi_to_the_next_one() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let before = host.pid();
    let arguments = json!({ "config": network(free_port()), "merge": false, "restart": true });
    let params = json!({ "name": "obi_local_update", "arguments": arguments });
    host.server
        .send(&json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params }));
    while host.state()["revision"] != 2 || host.state()["process"].is_null() {
        std::thread::yield_now();
    }
    host.restart();
    assert!(!is_running(before));
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("process {}, revision 2", host.pid())), "{status}");
}

#[test]
fn a_server_that_is_killed_while_it_stops_obi_leaves_nothing_that_is_taken_for_running() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    // It hears that it is to end only when it goes on.
    signal("-STOP", pid);
    let params = json!({ "name": "obi_local_stop", "arguments": {} });
    host.server
        .send(&json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params }));
    while !is_asked_to_end(pid) {
        std::thread::yield_now();
    }
    host.restart();
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("process {pid}")), "{status}");
    signal("-CONT", pid);
    while is_running(pid) {
        std::thread::yield_now();
    }
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains("does not run any more"), "{status}");
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
}

/// Whether SIGTERM waits for the process.
fn is_asked_to_end(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let pending = status.lines().find_map(|it| it.strip_prefix("ShdPnd:"));
    pending.is_some_and(|it| u64::from_str_radix(it.trim(), 16).unwrap() & (1 << 14) != 0)
}

#[test]
fn where_the_disk_is_full_nothing_is_started_and_what_runs_goes_on() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    for file in ["history/0002.env.json.new", "history/0002.yml.new", "state.json.new"] {
        symlink("/dev/full", host.path("state").join(file)).unwrap();
        let error = host.fails("obi_local_deploy", &json!({ "config": good(free_port()) }));
        assert!(error.contains("make room on its disk"), "{file}: {error}");
        assert_eq!(host.pid(), pid);
        assert!(is_running(pid), "{file}");
    }
}

#[test]
fn where_the_log_cannot_be_written_obi_runs_all_the_same() {
    let mut host = Host::new();
    fs::create_dir(host.path("state")).unwrap();
    symlink("/dev/full", host.path("state/obi.log")).unwrap();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    assert!(is_running(host.pid()));
}

#[test]
fn what_is_no_configuration_is_told_without_what_stands_in_it() {
    let mut host = Host::new();
    let path = |name: &str| host.path(name);
    fs::create_dir(path("folder.yml")).unwrap();
    fs::write(path("large.yml"), "# comment\n".repeat(1 << 20)).unwrap();
    fs::write(path("secret.txt"), "password: s3cret\n").unwrap();
    symlink(path("secret.txt"), path("link.yml")).unwrap();
    fs::write(path("text.yml"), "s3cret").unwrap();
    let cases = [
        (path("folder.yml"), "this is no file"),
        (path("large.yml"), "at most 1 MiB"),
        (path("link.yml"), "configurations are read from"),
        ("/etc/hostname.yml".into(), "No such file"),
        ("/proc/self/cmdline".into(), "ends with .yml"),
        (path("secret.txt"), "ends with .yml"),
        (path("none.yml"), "No such file"),
        ("mine.yml".into(), "a whole path"),
        (path("text.yml"), "the document is no section"),
    ];
    for (file, why) in cases {
        for tool in ["obi_local_deploy", "obi_validate_config"] {
            let (text, _) = host.call(tool, &json!({ "config_path": file }));
            assert!(
                text.contains(why) && !text.contains("s3cret"),
                "{tool} {}: {text}",
                file.display()
            );
        }
    }
    assert!(!host.path("state").exists());
}

#[test]
fn a_bomb_of_aliases_and_ten_megabytes_of_text_are_refused_at_once() {
    let mut host = Host::new();
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (one, next) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        let nine = vec![format!("*{one}"); 9].join(",");
        bomb = format!("{bomb}{next}: &{next} [{nine}]\n");
    }
    let error = host.fails("obi_local_deploy", &json!({ "config": bomb }));
    assert!(error.contains("aliases"), "{error}");
    let error = host.fails("obi_local_deploy", &json!({ "config": "#".repeat(2 << 20) }));
    assert!(error.contains("bytes are no configuration"), "{error}");
}

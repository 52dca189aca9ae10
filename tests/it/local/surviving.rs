//! What happens to servers, processes and files that is nobody's plan.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use serde_json::{Value, json};

use super::{Host, free_port, good, is_running, with_endpoints};

#[test]
fn obi_outlives_the_server_and_the_next_one_finds_it_again() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    host.restart();
    assert!(is_running(pid));
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("process {pid}")), "{status}");
    let stopped = host.does("obi_local_stop", &json!({}));
    assert!(stopped.contains("has ended"), "{stopped}");
    assert!(!is_running(pid));
}

#[test]
fn one_that_a_server_started_and_could_not_write_down_is_found_by_its_command_line() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    host.change_state(|it| it["process"] = Value::Null);
    host.restart();
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("process {pid}")), "{status}");
    host.does("obi_local_stop", &json!({}));
    assert!(!is_running(pid));
}

#[test]
fn a_number_that_has_gone_to_another_process_is_left_alone() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    host.does("obi_local_stop", &json!({}));
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    host.change_state(|it| {
        it["process"]["pid"] = json!(other.id());
        it["end"] = Value::Null;
    });
    let status = host.does("obi_local_status", &json!({}));
    assert!(!status.contains(&format!("process {}", other.id())), "{status}");
    host.does("obi_local_stop", &json!({ "force": true }));
    assert!(is_running(other.id()));
    assert!(!is_running(pid));
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn one_that_ends_by_itself_is_told_with_how() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    host.crash();
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains("signal 9"), "{status}");
}

#[test]
fn another_obi_is_told_and_never_touched() {
    let mut host = Host::new();
    let binary = host.path("obi");
    let file = host.path("theirs.yml");
    fs::write(&file, with_endpoints(free_port())).unwrap();
    let mut other = Command::new(binary)
        .arg(format!("--config={}", file.display()))
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("process {}", other.id())), "{status}");
    let stopped = host.does("obi_local_stop", &json!({ "force": true }));
    assert!(stopped.contains("no OBI that was deployed here"), "{stopped}");
    assert!(is_running(other.id()));
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_damaged_state_is_told_and_nothing_is_touched() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    let state = fs::read_to_string(host.path("state/state.json")).unwrap();
    fs::write(host.path("state/state.json"), &state[..state.len() / 2]).unwrap();
    for tool in ["obi_local_status", "obi_local_stop", "obi_local_deploy"] {
        let arguments = if tool == "obi_local_deploy" {
            json!({ "config": good(free_port()) })
        } else {
            json!({})
        };
        let error = host.fails(tool, &arguments);
        assert!(error.contains("state.json cannot be read"), "{error}");
    }
    assert!(is_running(pid));
    fs::write(host.path("state/state.json"), state).unwrap();
}

#[test]
fn where_the_state_cannot_be_written_nothing_is_started() {
    let mut host = Host::new();
    fs::create_dir(host.path("state")).unwrap();
    fs::set_permissions(host.path("state"), fs::Permissions::from_mode(0o777)).unwrap();
    let error = host.fails("obi_local_deploy", &json!({ "config": good(free_port()) }));
    assert!(error.contains("chmod go-w"), "{error}");
    fs::set_permissions(host.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_log_that_was_deleted_or_emptied_hides_nothing_that_comes_later() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    fs::write(host.path("state/obi.log"), "").unwrap();
    host.does("obi_local_stop", &json!({}));
    assert!(host.does("obi_local_logs", &json!({})).contains("successfully exiting"));
    fs::remove_file(host.path("state/obi.log")).unwrap();
    assert!(host.does("obi_local_logs", &json!({})).contains("no line"));
}

#[test]
fn a_clock_that_jumps_hides_no_process_and_finds_none() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    for started in ["1970-01-01T00:00:00Z", "2199-01-01T00:00:00Z"] {
        host.change_state(|it| it["started"] = json!(started));
        let status = host.does("obi_local_status", &json!({}));
        assert!(status.contains(&format!("process {pid}")), "{status}");
    }
    host.does("obi_local_stop", &json!({}));
    assert!(!is_running(pid));
}

#[test]
fn one_that_crashes_again_and_again_is_told_each_time_and_can_be_deployed_again() {
    let mut host = Host::new();
    let config = good(free_port());
    for _ in 0..3 {
        host.does("obi_local_deploy", &json!({ "config": config }));
        host.crash();
        let status = host.does("obi_local_status", &json!({}));
        assert!(status.contains("signal 9"), "{status}");
    }
    let history = host.does("obi_local_config", &json!({ "action": "history" }));
    assert!(history.contains("ran last"), "{history}");
}

#[test]
fn a_folder_of_another_user_is_not_used() {
    let mut host = Host::new();
    let folder = host.path("state");
    fs::create_dir(&folder).unwrap();
    // Whoever may give it to somebody else does; nobody else has need to, since the host's own folders are root's.
    let is_given = std::os::unix::fs::chown(&folder, Some(1), None).is_ok();
    if !is_given {
        fs::remove_dir(&folder).unwrap();
        std::os::unix::fs::symlink("/usr", &folder).unwrap();
    }
    let error = host.fails("obi_local_deploy", &json!({ "config": good(free_port()) }));
    assert!(error.contains("belongs to another user"), "{error}");
}

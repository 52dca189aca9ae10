//! OBI as a unit of systemd's: of the host's own where `SYSTEMD` is set, else of one that does what that was seen to do.

use std::fs;

use serde_json::{Value, json};

use super::{Host, free_port, good, is_running, network};

/// In a scope, it becomes the command in the process as which it was started.
const RUNS: &str =
    r#"while [ "$1" != -- ]; do echo "$1" >> "$0.words"; shift; done; shift; exec "$@""#;

/// Whether somebody wants the host's own to be asked, which has to be there then.
fn has_systemd() -> bool {
    std::env::var_os("SYSTEMD").is_some()
}

fn deploys(host: &mut Host) -> (String, u32) {
    host.does("obi_local_deploy", &json!({ "config": good(free_port()), "systemd": true }));
    unit(host)
}

fn unit(host: &Host) -> (String, u32) {
    (host.state()["unit"].as_str().unwrap().to_owned(), host.pid())
}

fn host() -> Host {
    let host = Host::new();
    if !has_systemd() {
        host.program("systemd-run", RUNS);
        host.program("systemctl", "echo degraded; exit 1");
    }
    host
}

#[test]
fn a_unit_of_its_own_is_started_changed_and_ended_as_any_other() {
    let mut host = host();
    let (first, pid) = deploys(&mut host);
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("(process {pid}, {first}, revision 1")), "{status}");
    if has_systemd() {
        let group = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
        assert!(group.contains(&first), "{group}");
    } else {
        let words = fs::read_to_string(host.path("programs/systemd-run.words")).unwrap();
        assert!(words.contains("--scope\n"), "{words}");
        assert!(words.ends_with(&format!("--unit={first}\n")), "{words}");
    }

    let flows = network(free_port());
    let update = json!({ "config": flows, "merge": false, "restart": true });
    host.does("obi_local_update", &update);
    let (second, next) = unit(&host);
    assert!(second != first && next != pid && !is_running(pid));
    host.restart();
    assert!(host.does("obi_local_status", &json!({})).contains(&second));
    host.does("obi_local_stop", &json!({}));
    assert!(!is_running(next));
}

#[test]
fn the_way_it_runs_is_part_of_what_is_deployed() {
    let mut host = host();
    let config = good(free_port());
    host.does("obi_local_deploy", &json!({ "config": config }));
    let pid = host.pid();
    assert_eq!(host.state()["unit"], Value::Null);
    let preview = json!({ "config": config, "systemd": true, "dry_run": true });
    let preview = host.does("obi_local_deploy", &preview);
    assert!(preview.contains("started in its place as a unit of systemd's"), "{preview}");
    host.does("obi_local_deploy", &json!({ "config": config, "systemd": true }));
    assert!(!is_running(pid) && host.state()["unit"].is_string());
}

#[test]
fn what_does_not_start_as_a_unit_says_so_and_leaves_what_ran_before() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    host.program("systemctl", "echo running");
    let refused = "Failed to start transient scope unit: Access denied";
    host.program("systemd-run", &format!("echo '{refused}' >&2; exit 1"));
    let wanted = json!({ "config": good(free_port()), "systemd": true });
    let error = host.fails("obi_local_deploy", &wanted);
    assert!(error.contains("exit 1") && error.contains(refused), "{error}");
    assert!(error.contains("the one before runs again"), "{error}");
    assert!(host.state()["unit"].is_null() && is_running(host.pid()));
}

#[test]
fn where_there_is_no_systemd_nothing_is_ended() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    for (script, said) in [
        ("echo offline; exit 1", "(offline)"),
        ("echo 'Failed to connect to bus: No medium found' >&2; exit 1", "No medium found"),
    ] {
        host.program("systemctl", script);
        let wanted = json!({ "config": good(free_port()), "systemd": true });
        let error = host.fails("obi_local_deploy", &wanted);
        assert!(error.contains("`systemd`: there is none"), "{error}");
        assert!(error.contains(said) && error.contains("deploy without it"), "{error}");
        assert!(is_running(host.pid()));
    }
}

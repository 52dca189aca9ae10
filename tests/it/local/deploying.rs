//! From nothing to an OBI that runs, and back.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use serde_json::json;

use super::{Host, free_port, good, is_running, network, version2};

#[test]
fn obi_is_deployed_looked_at_changed_and_ended() {
    let mut host = Host::new();
    assert!(host.does("obi_local_status", &json!({})).contains("nothing was deployed"));
    let config = good(free_port());
    let preview = host.does("obi_local_deploy", &json!({ "config": config, "dry_run": true }));
    assert!(preview.contains("would be started on this host"), "{preview}");
    assert!(host.does("obi_local_status", &json!({})).contains("nothing was deployed"));

    let deployed = host.does("obi_local_deploy", &json!({ "config": config }));
    let pid = host.pid();
    assert!(is_running(pid), "{deployed}");
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains(&format!("process {pid}")), "{status}");
    assert!(host.does("obi_local_config", &json!({})).contains("trace_printer: text"));

    let again = host.does("obi_local_deploy", &json!({ "config": config }));
    assert!(again.contains("runs with exactly this"), "{again}");
    assert_eq!(host.pid(), pid);

    let flows = network(free_port());
    let kept = host.does("obi_local_update", &json!({ "config": flows, "merge": false }));
    assert!(kept.contains("kept as revision 2"), "{kept}");
    assert_eq!(host.pid(), pid);
    let diff = host.does("obi_local_config", &json!({ "action": "diff" }));
    assert!(diff.contains("print_flows"), "{diff}");
    let updated = host.does("obi_local_update", &json!({ "revision": 2 }));
    assert!(updated.contains("deployed for: network"), "{updated}");
    assert_ne!(host.pid(), pid);
    assert!(!is_running(pid));

    let last = host.pid();
    let stopped = host.does("obi_local_stop", &json!({}));
    assert!(stopped.contains(&format!("process {last}) has ended")), "{stopped}");
    assert!(!is_running(last));
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains("it was stopped"), "{status}");
    assert!(host.does("obi_local_logs", &json!({})).contains("successfully exiting"));
}

#[test]
fn a_port_that_somebody_else_has_is_told_before_anything_is_ended() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    let taken = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = host.fails("obi_local_deploy", &json!({ "config": good(port) }));
    let told = format!("port {port} (prometheus_export.port) is taken");
    assert!(error.contains(&told), "{error}");
    assert!(is_running(pid));
}

#[test]
fn an_end_that_nobody_asked_for_is_a_failure_although_it_is_with_0() {
    let mut host = Host::new();
    let arguments = json!({ "config": good(free_port()), "binary_path": "/bin/true" });
    let error = host.fails("obi_local_deploy", &arguments);
    assert!(error.contains("OBI did not start: exit 0"), "{error}");
    let history = host.does("obi_local_config", &json!({ "action": "history" }));
    assert!(history.contains("did not start"), "{history}");
}

#[test]
fn a_program_that_does_not_start_leaves_what_ran_before_with_all_that_it_needs() {
    let mut host = Host::new();
    let config = good(free_port());
    host.does("obi_local_deploy", &json!({ "config": config }));
    let arguments = json!({ "config": config, "binary_path": "/bin/false" });
    for _ in 0..2 {
        let error = host.fails("obi_local_deploy", &arguments);
        assert!(error.contains("exit 1") && error.contains("the one before runs again"), "{error}");
        assert!(is_running(host.pid()));
        assert!(host.does("obi_local_config", &json!({})).contains("revision 1, running"));
    }
}

#[test]
fn going_back_to_a_revision_brings_its_variables_back() {
    let mut host = Host::new();
    let (first, second) = (json!({ "OTEL_EBPF_SERVICE_NAMESPACE": "shop" }), json!({}));
    let config = good(free_port());
    host.does("obi_local_deploy", &json!({ "config": config, "env": first, "dry_run": true }));
    host.does("obi_local_deploy", &json!({ "config": config, "env": second }));
    let secret = json!({ "OTEL_EXPORTER_OTLP_HEADERS": "authorization=s3cret" });
    let kept = host.does("obi_local_update", &json!({ "env": secret }));
    assert!(kept.contains("kept as revision 2"), "{kept}");
    let shown = host.does("obi_local_config", &json!({}));
    assert!(shown.contains("OTEL_EXPORTER_OTLP_HEADERS") && !shown.contains("s3cret"), "{shown}");
    let diff = host.does("obi_local_config", &json!({ "action": "diff" }));
    assert!(diff.contains("OTEL_EXPORTER_OTLP_HEADERS") && !diff.contains("s3cret"), "{diff}");
    let preview = host.does("obi_local_update", &json!({ "revision": 1, "dry_run": true }));
    assert!(preview.contains("runs with exactly this"), "{preview}");
    let status = host.does("obi_local_status", &json!({}));
    assert!(status.contains("revision 2 is kept and does not run"), "{status}");
}

#[test]
fn a_document_of_version_2_is_proven_by_what_obi_says() {
    let mut host = Host::new();
    let deployed = host.does("obi_local_deploy", &json!({ "config": version2(free_port()) }));
    assert!(deployed.contains("deployed for: application"), "{deployed}");
    assert!(is_running(host.pid()));
}

#[test]
fn a_password_in_an_address_that_obi_cannot_read_goes_nowhere() {
    let mut host = Host::new();
    let config = format!(
        "{}otel_traces_export:\n  endpoint: user:s3cret@localhost:4318\n",
        good(free_port())
    );
    for dry_run in [true, false] {
        let error =
            host.fails("obi_local_deploy", &json!({ "config": config, "dry_run": dry_run }));
        assert!(error.contains("has no scheme") && !error.contains("s3cret"), "{error}");
    }
}

#[test]
fn what_obi_would_refuse_is_never_started() {
    let mut host = Host::new();
    let cases = [
        ("trace_printer: text\n", "nothing is chosen"),
        ("{{{ not: yaml: [\n", "no YAML"),
        ("discovery: {instrument: [{k8s_ns: x}]}\ntrace_printer: text\n", "k8s_ns"),
    ];
    for (config, why) in cases {
        let error = host.fails("obi_local_deploy", &json!({ "config": config }));
        assert!(error.starts_with("invalid arguments") && error.contains(why), "{error}");
    }
    assert!(!host.path("state/state.json").exists());
}

#[test]
fn what_is_no_obi_is_told_before_anything_is_ended() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(free_port()) }));
    let pid = host.pid();
    let script = host.path("script");
    fs::write(&script, "#!/bin/sh\nexit 0\n".repeat(4)).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    for (binary, why) in [
        (script, "not ELF"),
        (host.path("none"), "there is no OBI"),
        (host.path("state"), "is a directory"),
    ] {
        let arguments = json!({ "config": good(free_port()), "binary_path": binary });
        let error = host.fails("obi_local_deploy", &arguments);
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(host.pid(), pid);
    assert!(is_running(pid));
}

#[test]
fn a_variable_that_would_make_another_program_of_it_is_refused() {
    let mut host = Host::new();
    for name in ["LD_PRELOAD", "OTEL_EBPF_CONFIG_PATH", "PATH"] {
        let arguments = json!({ "config": good(free_port()), "env": { name: "x" } });
        let error = host.fails("obi_local_deploy", &arguments);
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn the_file_that_was_named_is_read_and_never_changed() {
    let mut host = Host::new();
    let file = host.path("mine.yml");
    let text = format!("# mine\n{}", good(free_port()));
    fs::write(&file, &text).unwrap();
    host.does("obi_local_deploy", &json!({ "config_path": file }));
    host.does("obi_local_update", &json!({ "config": { "log_level": "debug" } }));
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let kept = host.does("obi_local_config", &json!({}));
    assert!(kept.contains("# mine") && kept.contains("log_level: debug"), "{kept}");
}

#[test]
fn the_names_and_arguments_of_old_do_the_same() {
    let mut host = Host::new();
    let file = host.path("mine.yml");
    fs::write(&file, good(free_port())).unwrap();
    host.does("obi_deploy_local", &json!({ "configPath": file }));
    assert!(host.does("obi_get_status", &json!({ "verbose": true })).contains("process"));
    assert!(host.does("obi_get_config", &json!({})).contains("trace_printer"));
    let arguments = json!({ "config": { "log_level": "debug" }, "merge": true, "restart": false });
    host.does("obi_update_config", &arguments);
    host.does("obi_get_logs", &json!({ "lines": 10, "level": "all" }));
    host.does("obi_stop", &json!({ "force": true }));
}

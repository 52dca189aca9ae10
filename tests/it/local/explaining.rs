//! What is told of a configuration, of this host and of its processes, without an OBI that runs.

use std::net::TcpListener;

use serde_json::json;

use super::{Host, good, signal};

#[test]
fn a_configuration_is_judged_with_line_and_fix() {
    let mut host = Host::new();
    let config = "trace_printer: text\ndiscovery:\n  instrument:\n    - open_ports: \"8080\"\nprometheus_export:\n  prot: 9464\n";
    let text = host.does("obi_validate_config", &json!({ "config": config }));
    assert!(text.starts_with("OBI starts with it, and does not do all that is written"), "{text}");
    assert!(text.contains("warning: line 6, column 3: prometheus_export.prot"), "{text}");
    assert!(text.contains("did you mean port?"), "{text}");
}

#[test]
fn a_process_that_no_rule_meets_is_explained_with_the_rule_that_would() {
    let mut host = Host::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let pid = std::process::id();
    let arguments = json!({ "config": good(9464), "target": format!(":{port}") });
    let text = host.does("obi_explain_target", &arguments);
    assert!(text.contains(&format!("process {pid} ")), "{text}");
    assert!(text.contains("open_ports"), "{text}");
    let error = host
        .fails("obi_explain_target", &json!({ "config": good(9464), "target": "no-such-program" }));
    assert!(error.contains("no process of this host"), "{error}");
}

#[test]
fn a_selection_shows_which_rule_chooses_a_process() {
    let mut host = Host::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = good(9464).replace("8080", &port.to_string());
    let text = host.does("obi_preview_selection", &json!({ "config": config }));
    assert!(text.contains(&std::process::id().to_string()), "{text}");
    assert!(text.contains("discovery.instrument[0]"), "{text}");
}

#[test]
fn this_host_is_judged_by_what_the_configuration_needs() {
    let mut host = Host::new();
    let text = host.does("obi_preflight", &json!({ "config": good(9464) }));
    for check in ["kernel", "btf", "capabilities"] {
        assert!(text.contains(check), "{text}");
    }
}

#[test]
fn what_is_deployed_can_be_read_and_listened_to_by_address() {
    let mut host = Host::new();
    host.does("obi_local_deploy", &json!({ "config": good(super::free_port()) }));
    for (uri, holds) in [
        ("obi://config/current", "trace_printer"),
        ("obi://status/health", "\"state\": \"running\""),
        ("obi://logs/recent", "starting Application Observability mode"),
    ] {
        let answer = host.server.request("resources/read", &json!({ "uri": uri }));
        let text = answer["result"]["contents"][0]["text"].as_str().unwrap();
        assert!(text.contains(holds), "{uri}: {text}");
        // Whoever OBI looks at can write into its log.
        assert_eq!(text.contains("OBI's log"), uri == "obi://logs/recent", "{text}");
    }
    let params = json!({ "uri": "obi://status/health" });
    host.server.request("resources/subscribe", &params);
    signal("-KILL", host.pid());
    let message = host.server.receive();
    assert_eq!(message["method"], "notifications/resources/updated", "{message}");
    assert_eq!(message["params"]["uri"], "obi://status/health");
}

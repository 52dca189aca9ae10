use super::*;

fn fields(line: &Line) -> Vec<(&str, &str)> {
    line.fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

#[test]
fn a_line_of_text_is_taken_apart_and_its_escapes_are_undone() {
    let line = line(
        r#"time=2026-11-22T06:37:24.906Z level=INFO msg="said \"so\"\n\x41é" "OpenTelemetry SDK Version"=1.44.0 empty="""#,
    );
    assert_eq!((line.format, line.level), (Format::Text, Some(Level::Info)));
    assert_eq!(line.at.as_deref(), Some("2026-11-22T06:37:24.906Z"));
    assert_eq!(line.message, "said \"so\"\nAé");
    assert_eq!(fields(&line), [("OpenTelemetry SDK Version", "1.44.0"), ("empty", "")]);
}

#[test]
fn a_line_of_json_says_the_same_as_one_of_text() {
    let line = line(
        r#"{"time":"2026-11-22T06:37:26.960935522Z","level":"WARN","msg":"opening","port":9464,"path":"/metrics"}"#,
    );
    assert_eq!((line.format, line.level), (Format::Json, Some(Level::Warn)));
    assert_eq!((line.message.as_str(), line.field("port")), ("opening", Some("9464")));
}

#[test]
fn the_message_of_an_early_line_ends_where_its_fields_begin_and_not_before() {
    let line = line(
        r#"2026/11/22 06:37:33 ERROR unknown log level specified, choices=are [DEBUG, INFO] error="slog: level string \"trace\": unknown name""#,
    );
    assert_eq!((line.format, line.level), (Format::Early, Some(Level::Error)));
    assert_eq!(line.message, "unknown log level specified, choices=are [DEBUG, INFO]");
    assert_eq!(line.error(), "slog: level string \"trace\": unknown name");
}

#[test]
fn a_line_of_the_libraries_of_aws_has_a_level_although_it_begins_otherwise() {
    let line = line("SDK 2026/11/22 02:28:19 WARN falling back to IMDSv1: operation error");
    assert_eq!((line.format, line.level), (Format::Early, Some(Level::Warn)));
    assert_eq!(line.problem.map(|it| it.severity), Some(Severity::Note));
}

#[test]
fn a_line_of_the_client_of_kubernetes_says_what_it_may_not() {
    let line = line(
        r#"E1122 02:50:18.918168   32538 reflector.go:204] "Failed to watch" err="failed to list *v1.Pod: pods is forbidden: User \"system:serviceaccount:obi:obi\" cannot list resource \"pods\" in API group \"\" at the cluster scope" type="*v1.Pod""#,
    );
    assert_eq!((line.format, line.level), (Format::Klog, Some(Level::Error)));
    assert_eq!(line.at.as_deref(), Some("1122 02:50:18.918168"));
    assert_eq!((line.message.as_str(), line.field("type")), ("Failed to watch", Some("*v1.Pod")));
    assert_eq!(line.problem.map(|it| it.name.as_str()), Some("forbidden-in-kubernetes"));
}

#[test]
fn an_older_line_of_the_client_of_kubernetes_has_no_fields_and_means_the_same() {
    let text = "W1122 02:50:18.918168 1 reflector.go:569] k8s.io/client-go/informers: failed to list *v1.Node: nodes is forbidden";
    assert_eq!(name(text), Some("forbidden-in-kubernetes"));
}

#[test]
fn a_line_of_the_collectors_exporters_is_taken_apart_with_and_without_a_time() {
    let text = "2026-11-22T02:28:19.123Z\tERROR\tinternal/base_exporter.go:118\tExporting failed. Rejecting data.\t{\"error\": \"dial tcp 127.0.0.1:4318: connect: connection refused\", \"rejected_items\": 3}";
    let line = line(text);
    assert_eq!((line.format, line.level), (Format::Zap, Some(Level::Error)));
    assert_eq!(line.message, "Exporting failed. Rejecting data.");
    assert_eq!(line.field("rejected_items"), Some("3"));
    assert_eq!(line.problem.map(|it| it.name.as_str()), Some("collector-refuses-connections"));
    let bare = "ERROR internal/base_exporter.go:118 Exporting failed. Rejecting data.";
    assert_eq!(name(bare), Some("traces-not-exported"));
}

#[test]
fn what_an_application_did_is_no_problem_of_obis_whatever_its_path_is() {
    let text = "2026-11-22 02:18:13.112221813 (273.134µs[233.089µs]) HTTP(subType=0) 200 GET /Unable to load eBPF watcher for process events(/) svc=[panic: go]";
    assert_eq!((line(text).format, name(text)), (Format::Trace, None));
    let flow = "network_flow: transport=6 obi.ip=10.0.0.1 iface=eth0 src.address=10.0.0.1";
    assert_eq!((line(flow).format, line(flow).field("transport")), (Format::Flow, Some("6")));
}

#[test]
fn a_program_with_a_misleading_path_is_no_problem() {
    let text = r#"time=2026-11-22T06:37:26Z level=INFO msg="instrumenting process" component=discover.traceAttacher cmd="/opt/failed to upload metrics: connection refused" pid=7"#;
    assert_eq!(name(text), None);
}

#[test]
fn a_dump_of_the_configuration_is_kept_line_by_line() {
    let lines =
        read(b"trace_printer: text\n  # Unable to load eBPF watcher for process events\n\n{\n");
    let kept: Vec<&str> = lines.iter().map(|it| it.raw.as_str()).collect();
    assert_eq!(
        kept,
        ["trace_printer: text", "  # Unable to load eBPF watcher for process events", "{"]
    );
    assert!(lines.iter().all(|it| it.format == Format::Plain && it.problem.is_none()));
}

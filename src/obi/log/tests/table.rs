use super::{super::problems::Table, *};

#[test]
fn every_entry_of_the_table_says_what_it_means_and_what_to_do() {
    for problem in &Table::all().problems {
        assert!(problem.is_told_by_something(), "{problem:?}");
        assert!(!problem.meaning.is_empty() && problem.meaning.ends_with('.'), "{problem:?}");
        let needs_fix = problem.severity != Severity::Note;
        assert!(!needs_fix || !problem.fix.is_empty(), "{problem:?}");
    }
}

/// Lines that only other releases, kernels and clusters produce.
const LINES: [(&str, &str); 35] = [
    (
        "ERROR OBI ran with errors error=\"setupNetO11y: can't start network metrics capture: loading and assigning BPF objects: assign values: field ObiSocketFilter: program obi_socket__filter: map direct_flows: map create: cannot allocate memory\"",
        "out-of-memory",
    ),
    (
        "ERROR can't start OpenTelemetry eBPF Instrumentation error=\"kernel version 5.4 not supported. Minimum required version is 5.8\"",
        "old-kernel",
    ),
    (
        "ERROR can't start OpenTelemetry eBPF Instrumentation error=\"kernel does not support BTF (CONFIG_DEBUG_INFO_BTF): no vmlinux BTF found\"",
        "no-btf",
    ),
    (
        "ERROR wrong configuration error=\"network cidrs[0]: parsing CIDR \\\"10.0.0.0/99\\\": invalid CIDR address: 10.0.0.0/99\"",
        "bad-cidr",
    ),
    (
        "ERROR wrong configuration error=\"traces.queue_size (100) must be >= 2 * traces.batch_max_size (1000): otherwise the sending queue rejects every batch with \\\"element size too large\\\"\"",
        "small-queue",
    ),
    (
        "ERROR wrong configuration error=\"you can only enable one format of span metrics, application_span or application_span_otel\"",
        "two-span-formats",
    ),
    (
        "ERROR wrong configuration error=\"invalid TCBakend value: 'netlink'\"",
        "bad-traffic-control-backend",
    ),
    (
        "ERROR wrong configuration error=\"invalid value for context_propagation: 'http' (valid: all, disabled, headers, tcp)\"",
        "bad-context-propagation",
    ),
    (
        "ERROR wrong configuration error=\"you can't enable OTEL internal metrics without enabling OTEL metrics\"",
        "internal-metrics-nowhere",
    ),
    (
        "ERROR wrong configuration error=\"Cilium compatibility error: detected Cilium TCX attachment, but OBI has been configured to use TC\"",
        "cilium",
    ),
    (
        "ERROR wrong configuration error=\"something that comes with a later release\"",
        "configuration-refused",
    ),
    (
        "ERROR OpenTelemetry eBPF Instrumentation ran with errors error=\"setupAppO11y: can't create new instrumenter: attribute filter: unknown attribute name \\\"http.methodx\\\"\"",
        "unknown-attribute",
    ),
    (
        "ERROR OpenTelemetry eBPF Instrumentation ran with errors error=\"setupStatsO11y: can't start stat metrics capture: failed kprobe attachment tcp_close\"",
        "no-kprobes-for-stats",
    ),
    (
        "ERROR OpenTelemetry eBPF Instrumentation ran with errors error=\"something else\"",
        "ended-with-errors",
    ),
    (
        "WARN couldn't load tracer error=\"loading and assigning BPF objects: field ObiKprobe: program obi_kprobe: load program: permission denied: invalid access (12 line(s) omitted)\" required=true",
        "verifier",
    ),
    (
        "WARN couldn't load tracer error=\"map traces_ctx_v1: load pinned map: permission denied\" required=true",
        "stale-pins",
    ),
    ("WARN couldn't load tracer error=\"something else\" required=false", "tracer-not-loaded"),
    (
        "DEBUG cannot instrument error=\"setting uprobe (offset): opening perf event: permission denied\"",
        "uprobes-refused",
    ),
    (
        "WARN creating OTEL namespace in bpffs failed (is bpffs mounted?) error=x",
        "no-bpf-filesystem",
    ),
    (
        "WARN creating or accessing OTEL namespace in bpffs failed (is bpffs mounted and accessible?) error=x",
        "no-bpf-filesystem",
    ),
    (
        "WARN kernel misreports ioctl(FIONREAD) for sockets in a sockhash (kernel commit 929e30f93125, present in 6.6.128+)",
        "fionread",
    ),
    ("INFO FIONREAD compensation verified", "fionread-compensated"),
    (
        "WARN TCP socket iterator disabled: kernel versions < 6.4 do not support it",
        "no-socket-iterator",
    ),
    ("WARN could not attach sockops program, using best-effort TC tracking error=x", "no-sock-ops"),
    (
        "WARN Kubernetes cache has not been synced after timeout. The Kubernetes attributes might be incomplete",
        "kubernetes-not-synced",
    ),
    ("WARN can't fetch Kubernetes Cluster Name. Network metrics won't have it", "no-cluster-name"),
    (
        "INFO exporter export timeout: rpc error: code = Unavailable desc = connection error: dial tcp: connection refused",
        "collector-refuses-connections",
    ),
    (
        "INFO failed to upload metrics: Post \"http://otel:4318/v1/metrics\": dial tcp: lookup otel: no such host",
        "collector-unknown",
    ),
    (
        "INFO exporter export timeout: error reading server preface: http2: frame too large",
        "grpc-to-http",
    ),
    (
        "INFO failed to upload metrics: net/http: HTTP/1.x transport connection broken: malformed HTTP response",
        "http-to-grpc",
    ),
    (
        "INFO failed to upload metrics: Post \"http://otel:4318/v1/metrics\": 404 Not Found",
        "metrics-not-exported",
    ),
    ("ERROR couldn't attach OpenTelemetry eBPF Java Agent pid=7 path=/tmp/x error=y", "java-agent"),
    ("WARN java attach timed out timeout=10s pid=7", "java-agent"),
    (
        "WARN Node.js process has a custom SIGUSR1 handler, skipping agent injection. pid=7",
        "nodejs-left-alone",
    ),
    (
        "WARN Failed to enable Go write memory distributed tracing context-propagation and/or log enricher on a Linux Kernel without write memory support",
        "no-write-to-memory",
    ),
];

#[test]
fn lines_that_no_recorded_run_has_are_known_too() {
    for (text, expected) in LINES {
        assert_eq!(name(&format!("2026/11/22 02:28:19 {text}")), Some(expected), "{text}");
    }
}

#[test]
fn what_others_say_about_obi_is_known() {
    let forbidden = "Error creating: pods \"obi-x\" is forbidden: violates PodSecurity \"restricted:latest\": host namespaces (hostPID=true)";
    assert_eq!(problem(forbidden).map(|it| it.name.as_str()), Some("pod-security"));
    let autopilot = "admission webhook \"warden-validating.common-webhooks.networking.gke.io\" denied the request: GKE Warden rejected the request because it violates one or more constraints.";
    assert_eq!(problem(autopilot).map(|it| it.name.as_str()), Some("autopilot"));
    let last_words = "time=2026-11-22T06:37:24.906Z level=INFO msg=x\ntime=2026-11-22T06:37:24.906Z level=ERROR msg=\"wrong configuration\" error=\"you need to define at least one exporter\"\n";
    assert_eq!(problem(last_words).map(|it| it.name.as_str()), Some("no-exporter"));
    assert_eq!(problem("Back-off restarting failed container"), None);
}

#[test]
fn go_that_crashed_is_known() {
    assert_eq!(name("panic: runtime error: invalid memory address"), Some("crash"));
    assert_eq!(name("goroutine 1 [running]:"), None);
}

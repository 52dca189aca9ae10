use super::*;

const BUILD: &str = "obi_internal_build_info{goarch=\"amd64\",goos=\"linux\",goversion=\"go1.26.8\",revision=\"cad6aa9a\",version=\"v0.12.1\"} 1\n";
const KPROBES: &str = "time=2026-11-22T06:37:27.055Z level=ERROR msg=\"Unable to load eBPF watcher for process events\" component=discover.ProcessWatcher interval=5s error=\"instrumenting function \\\"sys_bind\\\": setting kprobe: neither debugfs nor tracefs are mounted\"\n";

/// In application mode, after a minute.
fn application(plan: &Plan, metrics: &str) -> Verdict {
    verdict(&Evidence {
        life: Life::Running(Some(60)),
        healthz: answered(HEALTHY),
        internal_metrics: answered(&format!("{BUILD}{metrics}")),
        plan: Some(plan),
        ..Evidence::default()
    })
}

#[test]
fn an_obi_with_a_process_is_ready_and_tells_its_version() {
    let found = application(
        &planned(APPLICATION),
        "obi_instrumented_processes{process_name=\"shop\"} 2\nobi_otel_trace_exports_total 7\nobi_instrumentation_errors_total{process_name=\"shop\",error_type=\"symbol_not_found\"} 90\n",
    );
    assert_eq!((found.state, found.reasons.len()), (State::Ready, 0), "{:#?}", found.reasons);
    assert_eq!((found.version.as_deref(), found.instrumented), (Some("v0.12.1"), Some(2)));
}

#[test]
fn an_obi_without_a_process_is_degraded_although_it_answers() {
    let found = application(&planned(APPLICATION), "");
    assert_eq!((found.state, names(&found)), (State::Degraded, vec!["nothing-instrumented"]));
    assert!(found.reasons[0].text.contains("min_process_age"), "{:?}", found.reasons);
}

#[test]
fn services_that_tell_of_themselves_are_named_where_nothing_is_instrumented() {
    let found = application(
        &planned(APPLICATION),
        "obi_avoided_services{service_name=\"shop\",telemetry_type=\"traces\"} 1\nobi_avoided_services{service_name=\"shop\",telemetry_type=\"metrics\"} 1\n",
    );
    assert!(found.reasons[0].text.contains("as shop do"), "{:?}", found.reasons);
}

#[test]
fn one_that_is_held_does_nothing_whatever_else_is_seen_of_it() {
    let plan = planned(APPLICATION);
    let evidence = Evidence {
        life: Life::Halted,
        healthz: Answer::None("operation timed out".to_owned()),
        plan: Some(&plan),
        ..Evidence::default()
    };
    let found = verdict(&evidence);
    assert_eq!((found.state, names(&found)), (State::Unavailable, vec!["halted"]));
    assert!(found.reasons[0].fix.contains("kill -CONT"), "{:?}", found.reasons);
}

#[test]
fn a_young_obi_has_looked_at_nothing_yet() {
    let plan = planned(APPLICATION);
    let mut evidence = Evidence {
        life: Life::Running(Some(1)),
        healthz: Answer::None("connection refused".to_owned()),
        internal_metrics: Answer::None("connection refused".to_owned()),
        plan: Some(&plan),
        ..Evidence::default()
    };
    let found = verdict(&evidence);
    assert_eq!((found.state, found.reasons[0].name.as_str()), (State::Unavailable, "starting"));
    evidence.life = Life::Running(Some(6));
    evidence.healthz = answered(HEALTHY);
    evidence.internal_metrics = answered(BUILD);
    assert_eq!(names(&verdict(&evidence)), ["nothing-instrumented-yet"]);
}

#[test]
fn an_obi_without_kprobes_is_unavailable_and_says_so_first() {
    let (plan, lines) = (planned(APPLICATION), lines(KPROBES));
    let found = verdict(&Evidence {
        life: Life::Running(Some(60)),
        healthz: answered(HEALTHY),
        lines: &lines,
        plan: Some(&plan),
        ..Evidence::default()
    });
    assert_eq!((found.state, found.reasons[0].name.as_str()), (State::Unavailable, "no-kprobes"));
    let text = &found.reasons[0].text;
    assert!(text.starts_with("it runs, but instruments nothing: Kprobes are not"), "{text}");
}

#[test]
fn an_obi_without_kprobes_that_reads_flows_is_degraded() {
    let flows = "time=2026-11-22T06:37:27Z level=INFO msg=\"Flows agent successfully started\"\n";
    let (plan, lines) = (planned(BOTH), lines(&format!("{KPROBES}{flows}")));
    let found = verdict(&Evidence { lines: &lines, plan: Some(&plan), ..Evidence::default() });
    assert_eq!((found.state, found.reasons[0].name.as_str()), (State::Degraded, "no-kprobes"));
}

#[test]
fn what_a_start_before_the_last_one_said_does_not_count() {
    let start = "time=2026-11-22T07:00:00Z level=INFO msg=\"OpenTelemetry eBPF Instrumentation\" Version=v0.12.1\ntime=2026-11-22T07:00:09Z level=INFO msg=\"instrumenting process\" cmd=/srv/shop pid=41 type=go\n";
    let (plan, lines) = (planned(APPLICATION), lines(&format!("{KPROBES}{start}")));
    let found = verdict(&Evidence { lines: &lines, plan: Some(&plan), ..Evidence::default() });
    assert_eq!((found.state, found.instrumented), (State::Ready, Some(1)), "{:?}", found.reasons);
}

#[test]
fn only_a_log_that_reaches_back_to_the_start_shows_that_nothing_is_instrumented() {
    let later = "time=2026-11-22T07:00:09Z level=INFO msg=\"Starting main node\"\n";
    let start = "time=2026-11-22T07:00:00Z level=INFO msg=\"OpenTelemetry eBPF Instrumentation\" Version=v0.12.1\n";
    let plan = planned(APPLICATION);
    for (log, expected) in
        [(later.to_owned(), "not-proven"), (format!("{start}{later}"), "nothing-instrumented")]
    {
        let lines = lines(&log);
        let found = verdict(&Evidence { lines: &lines, plan: Some(&plan), ..Evidence::default() });
        assert_eq!(names(&found), [expected]);
    }
}

#[test]
fn flows_are_read_where_the_log_or_the_packets_say_so_and_the_value_of_the_build_says_nothing() {
    let plan = planned("metrics: {features: [network]}\nprometheus_export: {port: 9464}\n");
    let state = |metrics: &str| {
        let metrics = BUILD.replace("} 1", "} 0") + metrics;
        verdict(&Evidence {
            internal_metrics: answered(&metrics),
            plan: Some(&plan),
            ..Evidence::default()
        })
    };
    let proven = state("obi_bpf_network_packets_total 100\n");
    assert_eq!((proven.state, proven.version.as_deref()), (State::Ready, Some("v0.12.1")));
    assert_eq!(names(&state("obi_bpf_network_packets_total 0\n")), ["no-flows"]);
}

#[test]
fn whoever_else_answers_at_the_port_of_health_is_not_taken_for_obi() {
    let plan = planned(APPLICATION);
    for body in ["ok", "{}", "<html></html>", "{\"schema_version\":\"1\"}"] {
        let found = verdict(&Evidence {
            life: Life::Running(Some(60)),
            healthz: answered(body),
            internal_metrics: answered("obi_instrumented_processes 1\n"),
            plan: Some(&plan),
            ..Evidence::default()
        });
        assert_eq!((found.state, names(&found)), (State::Degraded, vec!["another-program"]));
        assert!(found.reasons[0].text.contains("port 9466"), "{:?}", found.reasons);
    }
}

#[test]
fn metrics_of_somebody_else_prove_nothing() {
    let found = verdict(&Evidence {
        internal_metrics: answered("process_cpu_seconds_total 1\nup 1\n"),
        plan: Some(&planned(APPLICATION)),
        ..Evidence::default()
    });
    assert_eq!((found.instrumented, names(&found)), (None, vec!["not-proven"]));
}

#[test]
fn traces_that_do_not_arrive_are_told_with_the_error_and_what_to_do() {
    let found = application(
        &planned(APPLICATION),
        "obi_instrumented_processes 1\nobi_otel_trace_export_errors_total{error=\"failed to make an HTTP request: Post \\\"http://collector:4318/v1/traces\\\": dial tcp: lookup collector: no such host\"} 6\nobi_otel_trace_exports_total 0\n",
    );
    assert_eq!((found.state, names(&found)), (State::Degraded, vec!["traces-not-exported"]));
    let reason = &found.reasons[0];
    assert!(reason.text.starts_with("none of its traces arrive: 6 exports failed"), "{reason:?}");
    assert!(reason.text.contains("no such host") && reason.fix.contains("dnsPolicy"), "{reason:?}");
}

#[test]
fn an_export_that_failed_once_is_not_told_twice() {
    let (plan, lines) = (
        planned(&APPLICATION.replace("traces", "metrics")),
        lines(
            "time=2026-11-22T06:37:41Z level=INFO msg=\"failed to upload metrics: Post \\\"http://c:4318/v1/metrics\\\": connect: connection refused\"\n",
        ),
    );
    let by_log = verdict(&Evidence { lines: &lines, plan: Some(&plan), ..Evidence::default() });
    assert!(names(&by_log).contains(&"collector-refuses-connections"), "{by_log:?}");
    let metrics = "obi_instrumented_processes 1\nobi_otel_metric_exports_total 9\nobi_otel_metric_export_errors_total{error=\"connection refused\"} 1\n";
    let by_metrics = verdict(&Evidence {
        internal_metrics: answered(metrics),
        lines: &lines,
        plan: Some(&plan),
        ..Evidence::default()
    });
    assert_eq!(names(&by_metrics), ["metrics-not-exported"]);
    assert!(by_metrics.reasons[0].text.starts_with("some of its metrics"), "{by_metrics:?}");
}

#[test]
fn an_obi_of_which_nothing_is_known_is_not_ready() {
    let found = verdict(&Evidence::default());
    assert_eq!((found.state, names(&found)), (State::Degraded, vec!["not-proven"]));
    let idle = planned(
        "log_level: debug
",
    );
    let found = verdict(&Evidence { plan: Some(&idle), ..Evidence::default() });
    assert_eq!(names(&found), ["not-proven"]);
}

#[test]
fn what_obi_says_that_it_does_counts_beside_what_it_was_told_to() {
    let start =
        "time=2026-11-22T06:37:27Z level=INFO msg=\"starting OBI in Network metrics mode\"\n";
    let (idle, lines) = (planned("log_level: debug\n"), lines(start));
    let found = verdict(&Evidence { lines: &lines, plan: Some(&idle), ..Evidence::default() });
    assert_eq!(names(&found), ["no-flows"]);
}

#[test]
fn what_could_not_be_attached_is_named() {
    let found = application(
        &planned(APPLICATION),
        "obi_instrumented_processes 1\nobi_instrumentation_errors_total{process_name=\"shop\",error_type=\"attaching_uprobe\"} 3\n",
    );
    assert_eq!(names(&found), ["not-attached"]);
    assert!(found.reasons[0].text.contains("shop (attaching_uprobe)"), "{found:?}");
}

#[test]
fn a_silent_endpoint_is_a_reason_and_one_that_was_not_asked_is_none() {
    let plan = planned(BOTH);
    let found = verdict(&Evidence {
        life: Life::Running(Some(60)),
        prometheus: Answer::None("connection refused".to_owned()),
        internal_metrics: answered(
            "obi_instrumented_processes 1\nobi_bpf_network_packets_total 1\n",
        ),
        plan: Some(&plan),
        ..Evidence::default()
    });
    assert_eq!((found.state, names(&found)), (State::Degraded, vec!["no-prometheus"]));
}

#[test]
fn the_worst_reason_comes_first() {
    let text = format!(
        "time=2026-11-22T06:37:26Z level=ERROR msg=\"can't bind health endpoint\" err=\"bind: address already in use\"\n{KPROBES}"
    );
    let (plan, lines) = (planned(APPLICATION), lines(&text));
    let found = verdict(&Evidence { lines: &lines, plan: Some(&plan), ..Evidence::default() });
    assert_eq!(names(&found), ["no-kprobes", "health-port-taken"]);
}

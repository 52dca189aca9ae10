use super::*;
use crate::obi::mode::Mode;

const START: &str = r#"time=2026-11-22T02:13:12.360Z level=INFO msg="OpenTelemetry eBPF Instrumentation" Version=v0.12.1 Revision=abc "OpenTelemetry SDK Version"=1.44.0
time=2026-11-22T02:13:12.361Z level=INFO msg="configuration loaded" version=v1
time=2026-11-22T02:13:14.361Z level=INFO msg="starting Application Observability mode"
time=2026-11-22T02:13:14.361Z level=INFO msg="starting OBI in Network metrics mode"
time=2026-11-22T02:13:14.362Z level=INFO msg="starting health endpoint" component=health addr=127.0.0.1:9466 path=/healthz
time=2026-11-22T02:13:14.363Z level=INFO msg="opening prometheus scrape endpoint" component=connector.PrometheusManager port=9465 path=/internal/metrics
time=2026-11-22T02:13:14.364Z level=INFO msg="Starting main node" component=obi.Instrumenter
time=2026-11-22T02:13:14.365Z level=INFO msg="Flows agent successfully started" component=agent.Flows
time=2026-11-22T02:13:20.000Z level=INFO msg="instrumenting process" component=discover.traceAttacher cmd=/srv/shop pid=41 ino=7 type=go service="shop" logenricher=false
time=2026-11-22T02:13:20.001Z level=INFO msg="instrumenting process" component=discover.traceAttacher cmd=/usr/bin/python3 pid=42 ino=8 type=python service="" logenricher=false
"#;

#[test]
fn a_start_shows_what_it_came_to() {
    let progress = Progress::of(&read(START.as_bytes()));
    assert_eq!(progress.version.as_deref(), Some("v0.12.1"));
    assert_eq!(progress.configuration.as_deref(), Some("v1"));
    assert_eq!(progress.modes, [Mode::Application, Mode::Network]);
    assert_eq!(progress.health.as_deref(), Some("127.0.0.1:9466"));
    assert_eq!(progress.scraped, [Scraped { port: 9465, path: "/internal/metrics".to_owned() }]);
    assert_eq!(progress.started, [Mode::Application, Mode::Network]);
    assert!(!progress.exited);
    let pids: Vec<(u32, &str)> =
        progress.instrumented.iter().map(|it| (it.pid, it.kind.as_str())).collect();
    assert_eq!(pids, [(41, "go"), (42, "python")]);
}

#[test]
fn a_process_that_ended_is_instrumented_no_more() {
    let end = r#"time=2026-11-22T02:14:00Z level=INFO msg="process ended for already instrumented executable" cmd=/srv/shop pid=41 ino=7"#;
    let progress = Progress::of(&read(format!("{START}{end}\n").as_bytes()));
    assert_eq!(progress.instrumented.iter().map(|it| it.pid).collect::<Vec<_>>(), [42]);
}

#[test]
fn what_an_earlier_start_came_to_does_not_count() {
    let again = r#"time=2026-11-22T03:00:00Z level=INFO msg="OpenTelemetry eBPF Instrumentation" Version=v0.13.0 Revision=def"#;
    let progress = Progress::of(&read(format!("{START}{again}\n").as_bytes()));
    let expected = Progress {
        version: Some("v0.13.0".to_owned()),
        revision: Some("def".to_owned()),
        ..Progress::default()
    };
    assert_eq!(progress, expected);
}

#[test]
fn what_merely_looks_like_a_milestone_is_none() {
    let log = "Starting main node\n2026-11-22 02:18:13.1 (1ms[1ms]) HTTP(subType=0) 200 GET /\n";
    assert_eq!(Progress::of(&read(log.as_bytes())), Progress::default());
}

use super::*;

fn ended(exit: Option<i32>, signal: Option<i32>, asked: bool, log: &str) -> Verdict {
    let lines = lines(log);
    let life = Life::Ended { exit, signal, asked };
    verdict(&Evidence { life, lines: &lines, ..Evidence::default() })
}

#[test]
fn an_obi_that_was_stopped_is_unavailable_for_no_other_reason() {
    for (exit, signal) in [(Some(0), None), (None, Some(15))] {
        let found = ended(exit, signal, true, "");
        assert_eq!((found.state, names(&found)), (State::Unavailable, vec!["stopped"]));
    }
}

#[test]
fn exit_code_0_that_nobody_asked_for_is_a_failure() {
    let log = "time=2026-11-22T06:37:56Z level=ERROR msg=\"Prometheus endpoint service ended unexpectedly\" port=9464 error=\"listen tcp :9464: bind: address already in use\"\ntime=2026-11-22T06:37:56Z level=INFO msg=\"OpenTelemetry eBPF Instrumentation successfully exiting\"\n";
    let found = ended(Some(0), None, false, log);
    assert_eq!(names(&found), ["prometheus-port-taken", "ended-quietly"]);
    assert_eq!(found.state, State::Unavailable);
}

#[test]
fn every_way_to_end_says_what_it_means() {
    let table = [
        (Some(255), None, "refused"),
        (Some(2), None, "wrong-command-line"),
        (Some(137), None, "killed-at-once"),
        (Some(7), None, "ended"),
        (None, Some(9), "killed-at-once"),
        (None, Some(13), "broken-pipe"),
        (None, Some(1), "hung-up"),
        (None, Some(6), "killed"),
        (None, None, "gone"),
    ];
    for (exit, signal, expected) in table {
        let found = ended(exit, signal, false, "");
        assert_eq!((found.state, names(&found)), (State::Unavailable, vec![expected]));
    }
}

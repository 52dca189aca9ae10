use proptest::{collection::vec, prelude::*};

use super::*;

fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "obi_instrumented_processes",
        "obi_internal_build_info",
        "obi_otel_trace_export_errors_total",
        "obi_instrumentation_errors_total",
        "obi_avoided_services",
        "obi_bpf_network_packets_total",
        "{",
        "}",
        "=",
        "\"",
        "\\",
        ",",
        " ",
        "\n",
        "error",
        "version",
        "1",
        "-1e999",
        "NaN",
        "+Inf",
        "#",
        "é",
    ];
    vec(proptest::sample::select(pieces.to_vec()), 0..40).prop_map(|it| it.join(""))
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::NotAsked),
        any::<String>().prop_map(Answer::None),
        (0_u16..600, prop_oneof![text(), any::<String>()])
            .prop_map(|(status, body)| Answer::Some { status, body }),
        text().prop_map(|body| Answer::Some { status: 200, body }),
    ]
}

proptest! {
    #[test]
    fn any_answer_is_judged(healthz in answer(), internal_metrics in answer(), prometheus in answer(), log in any::<Vec<u8>>()) {
        let (plan, lines) = (planned(BOTH), log::read(&log));
        let evidence = Evidence { healthz, internal_metrics, prometheus, lines: &lines, plan: Some(&plan), ..Evidence::default() };
        let found = verdict(&evidence);
        prop_assert!(serde_json::to_string(&found).is_ok());
        prop_assert_eq!(found.state == State::Ready, found.reasons.is_empty());
    }

    #[test]
    fn what_is_written_as_prometheus_does_is_read_back(label in any::<String>(), value in -1e9..1e9_f64) {
        let label: String = label.chars().filter(|it| *it == '\n' || !it.is_control()).collect();
        let written = label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let metrics = Metrics::read(&format!("obi_x{{a=\"b\",error=\"{written}\"}} {value}\n"));
        let sample = metrics.all("obi_x").next().unwrap();
        prop_assert_eq!(sample.label("error"), Some(label.as_str()));
        prop_assert!((sample.value - value).abs() < 1e-6);
    }
}

use proptest::{collection::vec, prelude::*};

use super::*;

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "ebpf",
            "context_propagation",
            "metrics",
            "features",
            "discovery",
            "instrument",
            "health_check",
            "port",
            "extensions",
            "obi",
            "version",
            "capture",
            "rules",
            "meter_provider",
            "readers",
            "pull",
            "exporter",
            "maps_config",
            "global_scale_factor",
            "network",
            "source",
            "internal_metrics",
            "prometheus",
        ])
        .prop_map(str::to_owned),
        "[a-z_]{1,6}",
    ]
}

fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("~".to_owned()),
        "-?[0-9]{1,20}",
        "\"[a-z/:$ ]{0,9}\"",
        Just("[]".to_owned()),
        Just("{}".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            vec((key(), inner.clone()), 0..5).prop_map(|it| {
                let fields: Vec<String> =
                    it.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", fields.join(", "))
            }),
            vec(inner, 0..4).prop_map(|it| format!("[{}]", it.join(", "))),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_has_a_plan_or_none(text in document(), kernel in "[4-7]\\.[0-9]{1,2}") {
        if let Some(plan) = plan(&text, &Environment::default(), Release::KNOWN) {
            plan.capabilities(&system(&kernel, None));
            prop_assert!(serde_json::to_string(&plan).is_ok());
        }
    }

    #[test]
    fn any_text_has_a_plan_or_none(text in any::<String>()) {
        drop(plan(&text, &Environment::default(), Release::KNOWN));
    }
}

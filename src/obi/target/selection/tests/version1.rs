use super::*;

type Variables<'a> = &'a [(&'a str, &'a str)];

fn services(rule: &str) -> String {
    format!("trace_printer: text\ndiscovery:\n  services:\n    - {{{rule}}}\n")
}

#[test]
fn each_criterion_is_met_by_what_obi_compares_it_with() {
    let table = [
        (r#"open_ports: "8080""#, true),
        (r#"open_ports: "80,8000-8999""#, true),
        ("open_ports: [80, 8080]", true),
        (r#"open_ports: "9090""#, false),
        ("exe_path: '*/shop'", true),
        ("exe_path: '/srv/*'", true),
        ("exe_path: shop", false),
        ("exe_path: '{*/cart,*/shop}'", true),
        ("cmd_args: '--mode *'", true),
        ("cmd_args: '*/srv/shop/bin/shop*'", false),
        ("languages: '{go,java}'", true),
        ("languages: golang", false),
        ("target_pids: [700]", true),
        ("target_pids: [701]", false),
        (r#"open_ports: "8080", exe_path: '*/shop'"#, true),
        (r#"open_ports: "8080", exe_path: '*/cart'"#, false),
        (r#"open_ports: "8080", exports: [traces]"#, true),
        ("k8s_namespace: '*'", false),
        ("containers_only: true, exe_path: '*'", false),
        ("exe_path: '', open_ports: 8080", true),
    ];
    for (rule, expected) in table {
        assert_eq!(read(&instrument(rule)).choose(&shop()).chosen, expected, "{rule}");
    }
}

#[test]
fn each_criterion_of_kubernetes_is_met_by_what_kubernetes_knows() {
    let table = [
        ("k8s_namespace: shop", true),
        ("k8s_namespace: 'sh*'", true),
        ("k8s_namespace: '{cart,stock}'", false),
        ("k8s_pod_name: 'web-*'", true),
        ("k8s_deployment_name: web", true),
        ("k8s_replicaset_name: web-5d4", true),
        ("k8s_owner_name: web", true),
        ("k8s_statefulset_name: '*'", false),
        ("k8s_container_name: main", true),
        ("k8s_pod_labels: {tier: front}", true),
        ("k8s_pod_labels: {tier: '*', zone: '*'}", false),
        ("k8s_pod_annotations: {team: 'b*'}", true),
        ("containers_only: true", true),
        ("k8s_namespace: shop, languages: java", false),
    ];
    for (rule, expected) in table {
        assert_eq!(read(&instrument(rule)).choose(&pod("shop")).chosen, expected, "{rule}");
    }
}

#[test]
fn regular_expressions_need_only_be_somewhere_in_the_text() {
    for (rule, expected) in [
        ("exe_path: shop", true),
        ("exe_path: '^shop'", false),
        ("cmd_args: 'web$'", true),
        ("languages: '^(go|java)$'", true),
        (r#"open_ports: "8080""#, true),
        (r#"open_ports: "8080", exe_path_regexp: shop"#, true),
        (r#"open_ports: "8080", exe_path_regexp: cart"#, false),
        ("exe_path: shop, exe_path_regexp: cart", true),
        // Alone it is not looked at where nobody knows the process.
        ("exe_path_regexp: shop", false),
    ] {
        assert_eq!(read(&services(rule)).choose(&shop()).chosen, expected, "{rule}");
    }
}

#[test]
fn open_ports_are_those_of_clients_too() {
    let sockets = Sockets { local: [50_001].into(), ..Sockets::default() };
    let client = Process { sockets, ..shop() };
    assert!(read(&instrument(r#"open_ports: "50000-50010""#)).choose(&client).chosen);
}

#[test]
fn one_setting_alone_chooses_and_a_variable_counts_for_more_than_the_file() {
    let table: [(&str, Variables<'_>, bool); 12] = [
        ("open_port: 8080", &[], true),
        ("open_port: 9090", &[], false),
        ("open_port: 9090", &[("OTEL_EBPF_OPEN_PORT", "8080")], true),
        ("", &[("OTEL_EBPF_OPEN_PORT", "8000-8999")], true),
        ("executable_path: /sh.p$", &[], true),
        ("", &[("OTEL_EBPF_EXECUTABLE_PATH", "cart")], false),
        ("target_pids: [700, 9]", &[], true),
        ("", &[("OTEL_EBPF_TARGET_PID", "9")], false),
        ("", &[("OTEL_EBPF_AUTO_TARGET_EXE", "*/shop")], true),
        ("", &[("OTEL_GO_AUTO_TARGET_EXE", "*/shop")], true),
        (
            "",
            &[("OTEL_EBPF_AUTO_TARGET_EXE", "*/cart"), ("OTEL_GO_AUTO_TARGET_EXE", "*/shop")],
            false,
        ),
        ("", &[("OTEL_EBPF_AUTO_TARGET_LANGUAGE", "{go,rust}")], true),
    ];
    for (text, environment, expected) in table {
        let choice = with(text, environment).choose(&shop());
        assert_eq!(choice.chosen, expected, "{text} {environment:?}");
    }
}

/// OBI puts some settings together into one rule, and reads only one of several sets of rules.
#[test]
fn what_is_written_beside_something_else_may_count_for_nothing() {
    let exe = [("OTEL_EBPF_AUTO_TARGET_EXE", "*/shop")];
    let other = [("OTEL_EBPF_AUTO_TARGET_EXE", "*/cart")];
    let table: [(&str, Variables<'_>, bool); 11] = [
        // Both in one rule.
        ("open_port: 9090", &exe, false),
        ("open_port: 8080", &exe, true),
        ("open_port: 8080\nexecutable_path: cart", &[], false),
        // The file's old path is not read beside the variable.
        ("executable_path: shop", &other, false),
        // Pids alone count.
        ("target_pids: [1]\nopen_port: 8080", &[], false),
        // Beside a list of globs, the old path and the old list are not read.
        ("executable_path: shop\ndiscovery: {instrument: [{exe_path: '*/cart'}]}", &[], false),
        (
            "discovery: {services: [{exe_path: shop}], instrument: [{exe_path: '*/cart'}]}",
            &[],
            false,
        ),
        (
            "discovery: {services: [{exe_path: shop}], exclude_instrument: [{exe_path: '*/cart'}]}",
            &[],
            false,
        ),
        // The variable is not read beside the old list; the old path is.
        ("discovery: {services: [{exe_path: cart}]}", &exe, false),
        ("executable_path: shop\ndiscovery: {services: [{exe_path: cart}]}", &[], true),
        // A port beside a list is one more rule.
        ("open_port: 8080\ndiscovery: {instrument: [{exe_path: '*/cart'}]}", &[], true),
    ];
    for (text, environment, expected) in table {
        let choice = with(text, environment).choose(&shop());
        assert_eq!(choice.chosen, expected, "{text} {environment:?}: {choice:?}");
    }
}

#[test]
fn nothing_is_chosen_where_nothing_chooses() {
    for text in ["", "trace_printer: text", "otel_traces_export: {endpoint: 'http://a:4318'}"] {
        let selection = read(text);
        assert!(!selection.is_on(), "{text}");
        assert!(!selection.choose(&pod("shop")).chosen, "{text}");
    }
}

#[test]
fn obi_and_collectors_are_left_out_by_default_and_what_only_sounds_like_them_is_not() {
    let globs = read(&instrument("exe_path: '*'"));
    let regexes = read(&services("exe_path: '.'"));
    for (path, by_globs, by_regexes) in [
        ("/obi", true, true),
        ("/usr/bin/obi", true, true),
        ("/usr/bin/myobi", false, false),
        ("/usr/bin/obi-mcp", false, false),
        ("/otelcol", true, true),
        ("/usr/bin/otelcol-contrib", true, true),
        ("/usr/bin/otelcol-contrib-2", true, true),
        ("/usr/bin/my-otelcol", true, false),
        ("/usr/bin/otelcol-custom", false, true),
        ("/otelcol-contrib/shop", false, false),
    ] {
        let process = at(path);
        for (selection, left_out) in [(&globs, by_globs), (&regexes, by_regexes)] {
            let choice = selection.choose(&process);
            assert_eq!(choice.chosen, !left_out, "{path}: {choice:?}");
            assert_eq!(choice.excluded_by.is_some_and(|it| it.is_default), left_out, "{path}");
        }
    }
}

#[test]
fn namespaces_of_the_system_and_of_monitoring_are_left_out_by_default() {
    let globs = read(&instrument("k8s_namespace: '*'"));
    let regexes = read(&services("k8s_namespace: '.'"));
    for (namespace, by_globs, by_regexes) in [
        ("monitoring", true, true),
        ("kube-system", true, true),
        ("gke-managed-cim", true, true),
        ("gatekeeper-system", true, true),
        ("gatekeeper-system-two", false, true),
        ("my-monitoring", false, false),
        ("shop", false, false),
    ] {
        for (selection, left_out) in [(&globs, by_globs), (&regexes, by_regexes)] {
            let choice = selection.choose(&pod(namespace));
            assert_eq!(choice.chosen, !left_out, "{namespace}: {choice:?}");
        }
    }
}

#[test]
fn defaults_hold_until_something_else_is_written_even_nothing() {
    let of = |default: &str| {
        let text = format!("discovery:\n  instrument: [{{k8s_namespace: '*'}}]\n  {default}\n");
        read(&text).choose(&pod("monitoring")).chosen
    };
    assert!(!of(""));
    assert!(of("default_exclude_instrument: []"));
    assert!(of("default_exclude_instrument:"));
    assert!(of("default_exclude_instrument: [{k8s_namespace: kube-system}]"));
    assert!(!of("default_exclude_instrument: [{k8s_namespace: monitoring}]"));
    assert!(!of("default_exclude_services: []"), "it is of the other family");
}

#[test]
fn what_is_excluded_is_excluded_whatever_chooses_it_and_both_are_told_with_their_places() {
    let text = "trace_printer: text
discovery:
  instrument:
    - open_ports: '9090'
    - exe_path: '*/shop'
  exclude_instrument:
    - open_ports: '8080'
";
    let choice = read(text).choose(&shop());
    assert!(!choice.chosen);
    let by = choice.by.unwrap();
    assert_eq!(
        (by.path.as_str(), by.place.map(|it| it.line)),
        ("discovery.instrument[1]", Some(5))
    );
    let excluded = choice.excluded_by.unwrap();
    assert_eq!(excluded.to_string(), "discovery.exclude_instrument[0] (line 7)");
}

#[test]
fn a_variable_that_chooses_is_told_by_its_name() {
    let choice = with("", &[("OTEL_EBPF_OPEN_PORT", "8080")]).choose(&shop());
    assert_eq!(choice.by.unwrap().to_string(), "$OTEL_EBPF_OPEN_PORT");
}

#[test]
fn the_language_of_programs_of_the_system_is_not_looked_for() {
    let process = at("/usr/sbin/nginx");
    assert!(!read(&instrument("languages: go")).choose(&process).chosen);
    assert!(read(&instrument("languages: '*'")).choose(&process).chosen, "unknown is a word too");
    assert!(read(&instrument("exe_path: '*/nginx'")).choose(&process).chosen);
    let written =
        "discovery: {instrument: [{languages: go}], excluded_linux_system_paths: [/opt/]}";
    assert!(read(written).choose(&process).chosen);
    assert!(!read(written).choose(&at("/opt/shop")).chosen);
}

#[test]
fn containers_only_alone_wants_a_container_that_somebody_knows() {
    let selection = read(&instrument("containers_only: true"));
    assert!(
        selection.choose(&Process { metadata: Some(Metadata::docker("shop")), ..shop() }).chosen
    );
    let unknown = selection.choose(&Process { container: Some(container()), ..shop() });
    assert!(!unknown.chosen && !unknown.doubts.is_empty(), "{unknown:?}");
    assert!(!selection.choose(&shop()).chosen);
}

#[test]
fn what_obi_does_not_start_with_is_told_with_its_place() {
    for (text, path) in [
        (instrument("exe_path: 'web[a-z0-9]'"), "discovery.instrument[0].exe_path"),
        (instrument("k8s_ns: shop"), "discovery.instrument[0].k8s_ns"),
        (instrument("name: shop"), "discovery.instrument[0]"),
        (instrument("open_ports: http"), "discovery.instrument[0].open_ports"),
        (services("exe_path: '('"), "discovery.services[0].exe_path"),
        ("open_port: http".to_owned(), "open_port"),
        ("executable_path: '('".to_owned(), "executable_path"),
    ] {
        let finding = Selection::read(&text, &Environment::default(), Release::KNOWN).unwrap_err();
        assert_eq!(finding.path, path, "{finding:?}");
        assert!(finding.place.is_some(), "{finding:?}");
    }
    let exe = [("OTEL_EBPF_AUTO_TARGET_EXE", "a[")].into_iter().collect();
    let finding = Selection::read("", &exe, Release::KNOWN).unwrap_err();
    assert_eq!(finding.path, "$OTEL_EBPF_AUTO_TARGET_EXE");
}

#[test]
fn a_variable_in_the_text_is_filled_in_and_places_stay_those_of_the_text() {
    let text = "discovery: {instrument: [{exe_path: '${ROOT}/shop', open_ports: '${PORT:-8080}'}]}";
    let choice = with(text, &[("ROOT", "/srv/shop/bin")]).choose(&shop());
    assert!(choice.chosen);
    assert_eq!(choice.by.unwrap().place.unwrap().column, 26);
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_read_or_refused(pattern in "\\PC{0,24}", regex in "[\\[\\](){}*+?|^$\\\\a-c,-]{0,16}") {
        for (list, pattern) in [("instrument", &pattern), ("services", &regex)] {
            let text = serde_json::json!({ "discovery": { list: [{ "exe_path": pattern }] } });
            if let Ok(selection) = Selection::read(&text.to_string(), &Environment::default(), Release::KNOWN) {
                selection.choose(&shop());
            }
        }
    }
}

use super::*;

fn document(capture: &str) -> String {
    let inside = capture.replace('\n', "\n      ");
    format!(
        "file_format: '1.0'\nextensions:\n  obi:\n    version: '2.0'\n    capture:\n      {inside}\n"
    )
}

fn rules(action: &str, rules: &[&str]) -> String {
    let rules: Vec<String> = rules.iter().map(|it| format!("  - {{{it}}}")).collect();
    document(&format!("policy: {{default_action: {action}}}\nrules:\n{}\n", rules.join("\n")))
}

fn include(matching: &str) -> String {
    rules("exclude", &[&format!("action: include, match: {{{matching}}}")])
}

#[test]
fn each_criterion_is_met_as_its_twin_of_version_1() {
    let table = [
        ("process: {open_ports: '8080,9090-9091'}", true),
        ("process: {open_ports: '9090'}", false),
        ("process: {target_pids: [700]}", true),
        ("process: {exe_path_glob: ['*/cart', '*/web', '/srv/*']}", true),
        ("process: {exe_path_glob: ['*/cart']}", false),
        ("process: {exe_path_regex: 'bin/shop$'}", true),
        ("process: {language_glob: [go, java]}", true),
        ("process: {language_regex: '^java$'}", false),
        ("process: {cmd_args_glob: ['*web']}", true),
        ("process: {cmd_args_regex: '^web'}", false),
        ("process: {containers_only: true}", true),
        ("kubernetes: {namespace_glob: ['sh*']}", true),
        ("kubernetes: {namespace_regex: '^cart$'}", false),
        ("kubernetes: {metadata_glob: {k8s_deployment_name: [web]}}", true),
        ("kubernetes: {metadata_regex: {k8s_owner_name: '^web$'}}", true),
        ("kubernetes: {pod_labels: {tier: [front, back]}}", true),
        ("kubernetes: {pod_labels_regex: {tier: '^back$'}}", false),
        ("kubernetes: {pod_annotations: {team: [blue]}}", true),
        ("kubernetes: {pod_annotations_regex: {team: red}}", false),
        ("process: {open_ports: '8080'}, kubernetes: {namespace_glob: [cart]}", false),
    ];
    for (matching, expected) in table {
        let choice = read(&include(matching)).choose(&pod("shop"));
        assert_eq!(choice.chosen, expected, "{matching}: {choice:?}");
    }
}

#[test]
fn without_rules_everything_is_taken_but_what_is_left_out_by_default() {
    let selection = read(&document("policy: {match_order: first_match_wins}"));
    assert!(selection.is_on());
    assert!(selection.choose(&shop()).chosen);
    let choice = selection.choose(&pod("monitoring"));
    assert!(!choice.chosen);
    assert_eq!(choice.excluded_by.unwrap().to_string(), "extensions.obi.capture.rules by default");
    assert!(!read(&document("policy: {default_action: exclude}")).is_on());
}

#[test]
fn written_rules_take_the_place_of_all_defaults() {
    let selection = read(&rules(
        "include",
        &["action: exclude, match: {process: {exe_path_glob: ['*/cart']}}"],
    ));
    assert!(selection.choose(&pod("monitoring")).chosen);
    assert!(selection.choose(&at("/usr/bin/obi")).chosen);
    assert!(!selection.choose(&at("/srv/cart")).chosen);
    assert!(read(&document("rules: []")).choose(&pod("kube-system")).chosen);
    let exporting = Process {
        sockets: Sockets { remote: [4317].into(), ..Sockets::listening([8080]) },
        ..shop()
    };
    assert!(selection.choose(&exporting).doubts.is_empty(), "no rule leaves out who exports");
    assert_eq!(read(&document("policy: {}")).choose(&exporting).doubts.len(), 1);
}

#[test]
fn a_rule_for_whoever_exports_is_a_switch_with_a_port() {
    let selection = read(&rules(
        "include",
        &["action: exclude, match: {process: {exports_otlp: {port: 14317, protocol: protobuf}}}"],
    ));
    let exporting = Process {
        sockets: Sockets { remote: [14317].into(), ..Sockets::listening([8080]) },
        ..shop()
    };
    let choice = selection.choose(&exporting);
    assert!(choice.chosen && choice.doubts.len() == 1, "{choice:?}");
}

#[test]
fn a_rule_is_told_with_its_place() {
    let by = read(&include("process: {open_ports: '8080'}")).choose(&shop()).by.unwrap();
    assert_eq!(by.to_string(), "extensions.obi.capture.rules[0] (line 8)");
}

#[test]
fn variables_of_version_1_count_for_nothing() {
    let text = include("process: {open_ports: '9090'}");
    assert!(!with(&text, &[("OTEL_EBPF_OPEN_PORT", "8080")]).choose(&shop()).chosen);
}

#[test]
fn an_action_that_is_not_written_beside_rules_that_include_is_a_doubt() {
    let text = document("rules:\n  - {action: include, match: {process: {open_ports: '8080'}}}\n");
    let choice = read(&text).choose(&shop());
    assert!(choice.chosen && choice.doubts.len() == 1, "{choice:?}");
    assert!(read(&include("process: {open_ports: '8080'}")).choose(&shop()).doubts.is_empty());
}

#[test]
fn what_obi_does_not_start_with_is_refused() {
    let include = "action: include, match: {process: {open_ports: '8080'}}";
    let exclude = "action: exclude, match: {process: {open_ports: '8080'}}";
    let regex = "action: include, match: {process: {exe_path_regex: shop}}";
    let table: [(String, &str); 9] = [
        (rules("exclude", &["action: keep, match: {process: {open_ports: '8080'}}"]), "action"),
        (rules("exclude", &["action: include, match: {}"]), "asks for nothing"),
        (rules("exclude", &[include, exclude]), "come before"),
        (rules("exclude, match_order: last_match_wins", &[exclude, include]), "come before"),
        (rules("exclude", &[include, regex]), "regular expressions"),
        (
            rules("exclude", &["action: include, match: {process: {exe_path_glob: '*/shop'}}"]),
            "list",
        ),
        (
            rules("exclude", &["action: include, match: {process: {exe_path: shop}}"]),
            "no rule has it",
        ),
        (
            rules("exclude", &["action: include, match: {process: {exports_otlp: {port: 4317}}}"]),
            "rules that exclude",
        ),
        (
            rules("exclude", &["action: include, match: {process: {exe_path_regex: '('}}"]),
            "no pattern",
        ),
    ];
    for (text, says) in table {
        let finding = Selection::read(&text, &Environment::default(), Release::KNOWN).unwrap_err();
        assert!(finding.problem.contains(says), "{text}: {finding:?}");
        assert!(finding.place.is_some(), "{finding:?}");
    }
}

use serde_json::Value;

use super::{
    super::{
        Container, Executable, Language, Maker, Metadata, Sockets, Tls,
        selection::tests::{read, with},
    },
    Certainty::{Likely, Possible, Sure},
    *,
};
use crate::tree::Node;

/// A service in Python that listens on 9090 and encrypts with what OBI knows.
fn shop() -> Process {
    Process {
        pid: 700,
        parent: 1,
        executable: Executable::Path("/srv/shop/bin/python3".to_owned()),
        arguments: ["python3", "--password=hunter2"].into_iter().collect(),
        sockets: Sockets::listening([9090]),
        language: Language::Python,
        tls: Tls::Seen,
        age: Some(Duration::from_hours(1)),
        ..Process::default()
    }
}

fn pod(namespace: &str) -> Process {
    let metadata = Metadata::pod(namespace, "web-5d4-x").owned_by(&[("Deployment", "web")]);
    let container = Container { id: "ab".repeat(32), maker: Maker::Kubernetes };
    Process { container: Some(container), metadata: Some(metadata), ..shop() }
}

fn at(path: &str) -> Process {
    Process { executable: Executable::Path(path.to_owned()), ..shop() }
}

fn running() -> Facts {
    Facts { runs: Some(true), up: Some(Duration::from_hours(2)), ..Facts::default() }
}

fn told(selection: &Selection, target: &Process, facts: &Facts) -> Vec<(&'static str, Certainty)> {
    explain(selection, target, facts).into_iter().map(|it| (it.rule, it.certainty)).collect()
}

type Told<'a> = &'a [(&'static str, Certainty)];

const CHOOSING: &str = "discovery: {instrument: [{open_ports: '9090'}]}";

#[test]
fn a_port_that_the_process_does_not_have_is_told_with_the_one_that_it_has() {
    let text = "discovery:
  instrument:
    - {exe_path: '*/cart', open_ports: '7070'}
    - {open_ports: '8080', languages: python}
";
    let reasons = explain(&read(text), &shop(), &running());
    let [reason] = &reasons[..] else { panic!("{reasons:#?}") };
    assert_eq!((reason.rule, reason.certainty), ("no-rule", Sure));
    assert_eq!(
        reason.evidence,
        "nearest is discovery.instrument[1] (line 4): open_ports asks for 8080, and it listens on 9090"
    );
    assert_eq!(
        reason.fix.what,
        "change discovery.instrument[1].open_ports (line 4), or add a rule that meets the process"
    );
    assert_eq!(
        reason.fix.yaml.as_deref(),
        Some("discovery:\n  instrument:\n    - {open_ports: \"9090\"}\n")
    );
}

#[test]
fn where_nothing_speaks_against_it_nobody_has_asked_it_anything() {
    assert_eq!(told(&read(CHOOSING), &shop(), &running()), [("no-requests", Possible)]);
}

#[test]
fn what_is_wrong_with_obi_itself_is_told_whatever_the_process_is() {
    let table = [
        (Facts { runs: Some(false), ..Facts::default() }, ("not-running", Sure)),
        (
            Facts {
                watcher_error: Some("neither debugfs nor tracefs are mounted".to_owned()),
                ..running()
            },
            ("watcher-failed", Sure),
        ),
        (Facts { sees_host: Some(false), ..running() }, ("other-processes", Likely)),
        (Facts { lacks: vec!["CAP_SYS_PTRACE".to_owned()], ..running() }, ("rights", Likely)),
    ];
    for (facts, expected) in table {
        assert_eq!(told(&read(CHOOSING), &shop(), &facts), [expected], "{facts:?}");
    }
    let others = Facts { lacks: vec!["CAP_NET_ADMIN".to_owned()], ..running() };
    assert_eq!(told(&read(CHOOSING), &shop(), &others), [("no-requests", Possible)]);
}

#[test]
fn what_the_rules_make_of_it_is_told() {
    let every = "discovery: {instrument: [{exe_path: '*'}]}";
    let excluding =
        "discovery: {instrument: [{exe_path: '*'}], exclude_instrument: [{languages: python}]}";
    let language = "discovery: {instrument: [{languages: python}]}";
    let unread = "executable_path: shop\ndiscovery: {instrument: [{exe_path: '*/cart'}]}";
    let docker = Container { id: "cd".repeat(32), maker: Maker::Docker };
    let table: [(&str, Process, Told<'_>); 12] = [
        ("trace_printer: text", shop(), &[("nothing-selected", Sure)]),
        (every, pod("monitoring"), &[("excluded-by-default", Sure)]),
        (every, at("/usr/bin/obi"), &[("excluded-by-default", Sure)]),
        (excluding, shop(), &[("excluded", Sure)]),
        (every, Process { has_ended: true, ..shop() }, &[("ended", Sure)]),
        (every, Process { executable: Executable::None, ..shop() }, &[("no-executable", Sure)]),
        (language, at("/usr/sbin/app"), &[("system-path", Sure), ("no-rule", Sure)]),
        (unread, shop(), &[("rule-not-read", Sure), ("no-rule", Sure)]),
        (
            "open_port: 80",
            Process { container: Some(docker), ..shop() },
            &[("no-rule", Sure), ("published-port", Possible)],
        ),
        ("open_port: 80", pod("shop"), &[("no-rule", Sure)]),
        (
            "target_pids: [1]\nopen_port: 9090",
            shop(),
            &[("rule-not-read", Sure), ("no-rule", Sure)],
        ),
        ("discovery: {instrument: [{k8s_namespace: cart}]}", pod("shop"), &[("no-rule", Sure)]),
    ];
    for (text, target, expected) in table {
        assert_eq!(told(&read(text), &target, &running()), expected, "{text}\n{target:?}");
    }
}

#[test]
fn what_is_not_known_here_is_never_sure() {
    let text = "discovery: {instrument: [{k8s_namespace: shop}]}";
    let target = Process { metadata: None, ..pod("shop") };
    let expected = [("not-known-here", Possible), ("no-rule", Possible), ("no-requests", Possible)];
    assert_eq!(told(&read(text), &target, &running()), expected);
    let off = Facts { asks_kubernetes: Some(false), ..running() };
    assert_eq!(told(&read(text), &target, &off)[0], ("without-kubernetes", Likely));
}

#[test]
fn a_child_without_a_rule_is_no_stranger_if_its_parent_is_chosen() {
    let facts = Facts { with_parent: Some(699), ..running() };
    let told = told(&read("open_port: 80"), &shop(), &facts);
    assert_eq!(told, [("only-with-parent", Possible), ("no-requests", Possible)]);
}

#[test]
fn what_obi_says_that_it_instruments_it_was_told_by_another_configuration() {
    let facts = Facts { instruments: Some(true), ..running() };
    assert_eq!(told(&read("open_port: 80"), &shop(), &facts)[0], ("other-configuration", Possible));
    assert_eq!(told(&read(CHOOSING), &shop(), &facts), [("no-requests", Possible)]);
}

#[test]
fn no_rule_is_proposed_that_would_meet_everything() {
    let executable = Executable::Unreadable("denied".to_owned());
    let nameless = Process { executable, sockets: Sockets::default(), ..shop() };
    let v2 = "file_format: \"1.0\"\nextensions: {obi: {version: \"2.0\", capture: {policy: {default_action: exclude}}}}\n";
    for text in ["open_port: 80", "discovery: {services: [{open_ports: '80'}]}", v2] {
        let reasons = explain(&read(text), &nameless, &running());
        assert!(!reasons.is_empty());
        assert!(reasons.iter().all(|it| it.fix.yaml.is_none()), "{reasons:?}");
    }
}

#[test]
fn what_an_obi_that_is_gone_has_said_is_no_reason_any_more() {
    let gone = Facts {
        runs: Some(false),
        watcher_error: Some("setting kprobe".to_owned()),
        ..Facts::default()
    };
    assert_eq!(told(&read(CHOOSING), &shop(), &gone), [("not-running", Sure)]);
}

#[test]
fn what_may_keep_a_chosen_process_silent_is_told_with_how_sure_it_is() {
    let exporting = Process {
        sockets: Sockets { remote: [4317].into(), ..Sockets::listening([9090]) },
        ..shop()
    };
    let hinted = Process { variables: vec!["OTEL_EXPORTER_OTLP_ENDPOINT".to_owned()], ..shop() };
    let served = Process { sockets: Sockets { served: 3, ..Sockets::listening([9090]) }, ..shop() };
    let young =
        Process { age: Some(Duration::from_secs(2)), sockets: Sockets::default(), ..shop() };
    let lately = Facts { up: Some(Duration::from_mins(1)), ..running() };
    let avoided = Facts { avoids: Some(true), ..running() };
    let every = "discovery: {instrument: [{exe_path: '*'}]}";
    let hidden = Process { executable: Executable::Unreadable("denied".to_owned()), ..shop() };
    let table: [(Process, Facts, &str, Certainty); 11] = [
        (exporting.clone(), running(), "exports-otlp", Likely),
        (hinted, running(), "exports-otlp", Possible),
        (shop(), avoided, "exports-otlp", Sure),
        (served, lately, "old-connections", Possible),
        (young, running(), "too-young", Likely),
        (at("/usr/bin/docker-proxy"), running(), "proxy", Likely),
        (Process { tls: Tls::Unseen, ..shop() }, running(), "encrypted", Possible),
        (
            Process { language: Language::Rust, tls: Tls::Unseen, ..shop() },
            running(),
            "encrypted",
            Possible,
        ),
        (Process { language: Language::Nodejs, ..shop() }, running(), "encrypted", Possible),
        (Process { language: Language::Go, ..shop() }, running(), "old-go", Possible),
        (hidden, running(), "unreadable", Possible),
    ];
    for (target, facts, rule, certainty) in table {
        let told = told(&read(every), &target, &facts);
        assert!(told.contains(&(rule, certainty)), "{rule}: {told:?}");
    }
    let off =
        "discovery: {instrument: [{exe_path: '*'}], exclude_otel_instrumented_services: false}";
    assert_eq!(told(&read(off), &exporting, &running()), [("no-requests", Possible)]);
}

#[test]
fn what_encrypts_in_a_way_that_obi_knows_is_not_told_of() {
    for (language, tls, go) in [
        (Language::Go, Tls::Unseen, Some("1.22.1")),
        (Language::Java, Tls::Unseen, None),
        (Language::Python, Tls::Seen, None),
        (Language::Cpp, Tls::Unknown, None),
    ] {
        let target = Process { language, tls, go: go.map(str::to_owned), ..shop() };
        assert_eq!(
            told(&read(CHOOSING), &target, &running()),
            [("no-requests", Possible)],
            "{language}"
        );
    }
}

#[test]
fn the_surest_come_first() {
    let target = Process {
        variables: vec!["OTEL_EXPORTER_OTLP_ENDPOINT".to_owned()],
        tls: Tls::Unseen,
        ..pod("monitoring")
    };
    let facts = Facts { sees_host: Some(false), runs: Some(false), ..Facts::default() };
    let told = told(&read("discovery: {instrument: [{exe_path: '*'}]}"), &target, &facts);
    let expected = [
        ("not-running", Sure),
        ("excluded-by-default", Sure),
        ("other-processes", Likely),
        ("exports-otlp", Possible),
        ("encrypted", Possible),
    ];
    assert_eq!(told, expected);
}

#[test]
fn no_reason_shows_the_command_line() {
    let text = "discovery: {instrument: [{cmd_args: '*--token*'}]}";
    let reasons = explain(&read(text), &shop(), &running());
    assert!(!format!("{reasons:?}").contains("hunter"), "{reasons:#?}");
}

/// The configuration with those lines in it, as a fix says.
fn mended(text: &str, yaml: &str) -> String {
    let read = |it: &str| Node::parse(it).unwrap().to_json();
    merged(read(text), read(yaml)).to_string()
}

fn merged(old: Value, new: Value) -> Value {
    match (old, new) {
        (Value::Object(mut old), Value::Object(new)) => {
            for (key, value) in new {
                let before = old.remove(&key).unwrap_or_default();
                let is_rules = ["instrument", "services", "rules"].contains(&key.as_str());
                let value = match (before, value) {
                    (Value::Array(before), Value::Array(more)) if is_rules => {
                        Value::Array([before, more].concat())
                    }
                    (before, value) => merged(before, value),
                };
                old.insert(key, value);
            }
            Value::Object(old)
        }
        (_, new) => new,
    }
}

fn version2(capture: &str) -> String {
    format!("file_format: '1.0'\nextensions: {{obi: {{version: '2.0', capture: {{{capture}}}}}}}\n")
}

#[test]
fn the_sure_changes_that_are_proposed_for_a_process_make_it_chosen() {
    let two = |it: &str| version2(it);
    let table: [(String, &[(&str, &str)]); 18] = [
        ("trace_printer: text".to_owned(), &[]),
        ("open_port: 80".to_owned(), &[]),
        ("open_port: 80\nexecutable_path: cart".to_owned(), &[]),
        ("executable_path: cart".to_owned(), &[]),
        ("target_pids: [1, 2]".to_owned(), &[]),
        ("trace_printer: text".to_owned(), &[("OTEL_EBPF_AUTO_TARGET_EXE", "*/cart")]),
        ("trace_printer: text".to_owned(), &[("OTEL_EBPF_OPEN_PORT", "80")]),
        ("discovery: {instrument: [{open_ports: '80'}]}".to_owned(), &[]),
        ("discovery: {services: [{open_ports: '80'}]}".to_owned(), &[]),
        (
            "discovery: {services: [{exe_path: '.'}], exclude_instrument: [{exe_path: cart}]}"
                .to_owned(),
            &[],
        ),
        (
            "discovery: {instrument: [{exe_path: '*/cart'}]}\nexecutable_path: python".to_owned(),
            &[],
        ),
        ("discovery: {instrument: [{exe_path: '*'}]}".to_owned(), &[]),
        ("discovery: {services: [{exe_path: '.'}]}".to_owned(), &[]),
        (two("policy: {default_action: exclude}"), &[]),
        (two("policy: {default_action: include}"), &[]),
        (
            two(
                "policy: {default_action: exclude}, rules: [{action: include, match: {process: {open_ports: '80'}}}]",
            ),
            &[],
        ),
        (
            two(
                "policy: {default_action: exclude}, rules: [{action: include, match: {process: {exe_path_regex: cart}}}]",
            ),
            &[],
        ),
        (
            two(
                "policy: {default_action: exclude}, rules: [{action: exclude, match: {process: {exe_path_glob: ['*/cart']}}}]",
            ),
            &[],
        ),
    ];
    let odd = Process { sockets: Sockets::default(), ..at("/srv/a [b] {c}*'\"/it") };
    let docker = Process { metadata: Some(Metadata::docker("web.1")), ..shop() };
    let targets = [
        shop(),
        odd,
        docker,
        pod("shop"),
        pod("monitoring"),
        pod("gatekeeper-system"),
        at("/usr/bin/obi"),
    ];
    let mut changed = 0;
    for (text, environment) in &table {
        for target in &targets {
            let mut text = text.clone();
            let selection = with(&text, environment);
            if !selection.choose(target).chosen {
                let reasons = explain(&selection, target, &running());
                let sure = reasons.iter().filter(|it| it.certainty == Sure);
                let mut changes: Vec<&str> = sure.filter_map(|it| it.fix.yaml.as_deref()).collect();
                changes.dedup();
                for yaml in changes {
                    text = mended(&text, yaml);
                    changed += 1;
                }
            }
            let choice = with(&text, environment).choose(target);
            assert!(choice.chosen, "{text}\n{target:?}\n{choice:?}");
        }
    }
    assert!(changed >= 80, "{changed}");
}

#[test]
fn what_no_file_can_change_has_words_and_no_lines() {
    let selection = with("", &[("OTEL_EBPF_TARGET_PID", "1")]);
    let reasons = explain(&selection, &shop(), &running());
    assert_eq!(reasons[0].rule, "no-rule");
    assert_eq!(reasons[0].fix.yaml, None);
    assert_eq!(
        reasons[0].fix.what,
        "change $OTEL_EBPF_TARGET_PID, or add a rule that meets the process"
    );
}

#[test]
fn a_program_of_the_system_is_let_in_by_the_paths_that_are_proposed() {
    let text = "discovery: {instrument: [{languages: python}]}";
    let target = at("/usr/sbin/app");
    let reasons = explain(&read(text), &target, &running());
    let mended = mended(text, reasons[0].fix.yaml.as_deref().unwrap());
    assert!(read(&mended).choose(&target).chosen, "{mended}");
    assert!(!read(&mended).choose(&at("/sbin/app")).chosen, "the others stay");
}

#[test]
fn whoever_exports_is_shown_after_the_change_that_is_proposed() {
    let exporting = Process {
        sockets: Sockets { remote: [4317].into(), ..Sockets::listening([9090]) },
        ..shop()
    };
    for text in [CHOOSING.to_owned(), version2("policy: {default_action: include}")] {
        let reasons = explain(&read(&text), &exporting, &running());
        assert_eq!(reasons[0].rule, "exports-otlp", "{reasons:#?}");
        let mended = mended(&text, reasons[0].fix.yaml.as_deref().unwrap());
        let selection = read(&mended);
        assert!(selection.choose(&exporting).doubts.is_empty(), "{mended}");
        assert!(selection.choose(&pod("monitoring")).excluded_by.is_some(), "{mended}");
    }
}

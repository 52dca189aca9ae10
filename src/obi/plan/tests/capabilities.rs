use super::*;

const STATS: &str = "metrics: {features: [stats]}\nprometheus_export: {port: 9464}\n";

fn required(text: &str, kernel: &str) -> Vec<String> {
    with_paranoid(text, kernel, Some(2))
}

fn with_paranoid(text: &str, kernel: &str, perf_event_paranoid: Option<i64>) -> Vec<String> {
    let needs = of(text).capabilities(&system(kernel, perf_event_paranoid));
    let mut names: Vec<String> =
        needs.into_iter().filter(|it| it.required).map(|it| it.capability).collect();
    names.sort();
    names
}

const APPLICATION: [&str; 6] =
    ["BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH", "NET_RAW", "PERFMON", "SYS_PTRACE"];

#[test]
fn processes_need_what_obi_asks_for_when_it_is_told_to_be_strict() {
    for kernel in ["5.11.0", "5.15.0-1052-aws", "6.6.87", "6.18.14"] {
        assert_eq!(required(PROCESSES, kernel), APPLICATION, "{kernel}");
    }
}

#[test]
fn before_kernel_5_11_memory_is_to_be_locked() {
    for kernel in ["5.8.0", "5.10.0-28-amd64"] {
        let expected = [APPLICATION.as_slice(), &["SYS_RESOURCE"]].concat();
        let mut required = required(PROCESSES, kernel);
        required.sort_by_key(|it| it == "SYS_RESOURCE");
        assert_eq!(required, expected, "{kernel}");
    }
}

#[test]
fn before_kernel_5_8_there_is_one_capability_for_all() {
    for text in [PROCESSES, FLOWS, STATS] {
        assert_eq!(required(text, "4.18.0-553.el8_10.x86_64"), ["SYS_ADMIN"]);
    }
}

#[test]
fn each_way_to_read_flows_needs_its_own() {
    assert_eq!(required(FLOWS, "6.6.0"), ["BPF", "NET_RAW", "PERFMON"]);
    let by_traffic_control = format!("{FLOWS}network: {{source: tc}}\n");
    assert_eq!(required(&by_traffic_control, "6.6.0"), ["BPF", "NET_ADMIN", "PERFMON"]);
    assert_eq!(required(STATS, "6.6.0"), ["BPF", "NET_RAW", "PERFMON", "SYS_PTRACE"]);
}

#[test]
fn context_that_is_handed_on_needs_the_interfaces() {
    let text = format!("{PROCESSES}ebpf: {{context_propagation: headers}}\n");
    assert!(required(&text, "6.6.0").contains(&"NET_ADMIN".to_owned()));
}

#[test]
fn a_distribution_that_is_more_careful_leaves_only_the_one_for_all() {
    for (paranoid, expected) in
        [(Some(4), true), (Some(3), true), (Some(2), false), (Some(-1), false), (None, false)]
    {
        let required = with_paranoid(PROCESSES, "6.8.0-45-generic", paranoid);
        assert_eq!(required.contains(&"SYS_ADMIN".to_owned()), expected, "{paranoid:?}");
    }
}

#[test]
fn what_is_lost_without_the_one_for_all_is_said_and_not_asked_for() {
    let needs = of(PROCESSES).capabilities(&system("6.6.0", Some(2)));
    let all = needs.iter().find(|it| it.capability == "SYS_ADMIN").unwrap();
    assert!(!all.required && all.why.contains("Go"), "{all:?}");
}

#[test]
fn no_capability_is_named_twice() {
    let text = format!(
        "{PROCESSES}metrics: {{features: [\"*\"]}}\nprometheus_export: {{port: 9464}}\nebpf: {{context_propagation: all}}\n"
    );
    for kernel in ["5.4.0", "5.8.0", "6.19.0"] {
        let mut names: Vec<String> = of(&text)
            .capabilities(&system(kernel, Some(4)))
            .into_iter()
            .map(|it| it.capability)
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "{kernel}");
    }
}

/// What OBI itself said was missing, where it had none, is what is asked for.
#[test]
fn what_obi_said_was_missing_is_what_is_required() {
    let said = "CAP_DAC_READ_SEARCH, CAP_NET_RAW, CAP_SYS_PTRACE, CAP_PERFMON, CAP_BPF, CAP_CHECKPOINT_RESTORE";
    let mut said: Vec<&str> = said.split(", ").filter_map(|it| it.strip_prefix("CAP_")).collect();
    said.sort_unstable();
    assert_eq!(required(PROCESSES, "6.18.44"), said);
    let flows = "metrics: {features: [network]}\nnetwork: {agent_ip: 127.0.0.1}\nprometheus_export: {port: 9464}\n";
    assert_eq!(required(flows, "6.18.44"), ["BPF", "NET_RAW", "PERFMON"]);
}

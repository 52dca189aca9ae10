use super::*;

#[test]
fn every_kernel_is_judged_for_processes() {
    let table: [(&str, bool, &[&str]); 15] = [
        ("4.18.0-553.el8_10.x86_64", true, &["newer-kernel"]),
        ("4.18.0-25-generic", false, &["kernel!", "newer-kernel"]),
        ("5.4.0-200-generic", false, &["kernel!", "newer-kernel"]),
        ("5.7.19", true, &["kernel!", "newer-kernel"]),
        ("5.8.0", false, &["newer-kernel"]),
        ("5.10.0-28-amd64", false, &["newer-kernel"]),
        ("5.14.0-427.el9.x86_64", true, &["newer-kernel"]),
        ("5.15.0-1052-aws", false, &["newer-kernel"]),
        ("5.17.1", false, &[]),
        ("6.1.0-28-amd64", false, &[]),
        ("6.6.87", false, &[]),
        ("6.12.80", false, &[]),
        ("6.18.14", false, &[]),
        ("7.0.0", false, &[]),
        ("none of them", false, &["kernel?", "newer-kernel?"]),
    ];
    for (kernel, is_of_rhel, expected) in table {
        let mut host = good(kernel);
        host.system.is_of_rhel = is_of_rhel;
        assert_eq!(failed(&host, &planned(APPLICATION)), expected, "{kernel}");
    }
}

#[test]
fn every_kernel_is_judged_for_handing_context_on() {
    let table: [(&str, &[&str]); 12] = [
        ("5.15.0-1052-aws", &["newer-kernel", "newer-kernel"]),
        ("6.1.120", &["newer-kernel"]),
        ("6.4.0", &[]),
        ("6.6.87", &[]),
        ("6.6.127", &[]),
        ("6.6.128", &["fionread"]),
        ("6.8.0-45-generic", &["fionread?"]),
        ("6.12.74", &[]),
        ("6.12.80", &["fionread"]),
        ("6.18.13", &[]),
        ("6.18.14", &["fionread"]),
        ("6.19.1", &["fionread"]),
    ];
    for (kernel, expected) in table {
        assert_eq!(failed(&good(kernel), &propagating()), expected, "{kernel}");
    }
}

#[test]
fn newer_traffic_control_is_fatal_to_want_on_an_older_kernel() {
    let plan = planned(&format!(
        "{FLOWS}network: {{source: tc}}\nebpf: {{traffic_control_backend: tcx}}\n"
    ));
    assert_eq!(failed(&good("6.5.9"), &plan), ["newer-kernel!"]);
    assert_eq!(failed(&good("6.6.0"), &plan), [""; 0]);
}

#[test]
fn a_kernel_without_types_or_probes_is_fatal() {
    let host = Host { btf: None, probes: Probes::default(), ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["btf!", "kprobes!", "uprobes"]);
    assert_eq!(failed(&host, &planned(FLOWS)), ["btf!"]);
    let by_tracefs = Probes { kprobe_events: true, ..Probes::default() };
    let host = Host { probes: by_tracefs, ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["uprobes"]);
}

#[test]
fn another_machine_is_fatal() {
    let host = Host { architecture: "riscv64".to_owned(), ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["architecture!"]);
}

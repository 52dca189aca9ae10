use super::*;

fn paths(plan: &Plan, required: bool) -> Vec<&str> {
    let mounts = plan.mounts.iter().filter(|it| it.required == required);
    mounts.map(|it| it.path.as_str()).collect()
}

#[test]
fn processes_need_those_of_the_host_and_nothing_of_its_network() {
    let plan = of(PROCESSES);
    assert_eq!(plan.modes, [Mode::Application]);
    assert_eq!(plan.features, [Feature::GoPropagation]);
    assert_eq!(plan.exports, [Export::Printed]);
    assert!(plan.host_pid.needed && !plan.host_network.needed);
    assert_eq!(plan.dns_policy, None);
    assert_eq!(paths(&plan, true), [""; 0]);
}

#[test]
fn flows_need_the_hosts_network_and_then_its_own_way_to_names() {
    let plan = of(FLOWS);
    assert_eq!(plan.modes, [Mode::Network]);
    assert_eq!(plan.features, [Feature::SocketFilter, Feature::AddressByRoute]);
    assert!(!plan.host_pid.needed && plan.host_network.needed);
    assert_eq!(plan.dns_policy, Some("ClusterFirstWithHostNet"));
}

#[test]
fn context_that_is_handed_on_needs_the_cgroup_and_tracefs() {
    let plan = of(&format!("{PROCESSES}ebpf: {{context_propagation: all}}\n"));
    assert!(plan.uses(Feature::Propagation) && plan.host_network.needed);
    assert_eq!(paths(&plan, true), ["/sys/fs/cgroup", "/sys/kernel/tracing"]);
    let from: Vec<String> = plan.kernels.iter().map(|it| it.from.to_string()).collect();
    assert_eq!(from, ["5.17", "6.4"]);
}

#[test]
fn context_by_ip_does_nothing_and_needs_nothing() {
    let plan = of(&format!("{PROCESSES}ebpf: {{context_propagation: ip}}\n"));
    assert!(!plan.uses(Feature::Propagation) && !plan.host_network.needed);
}

#[test]
fn a_variable_counts_for_more_than_the_file() {
    let plan = with(
        &format!("{PROCESSES}ebpf: {{context_propagation: all}}\n"),
        &[("OTEL_EBPF_BPF_CONTEXT_PROPAGATION", "disabled")],
    );
    assert!(!plan.uses(Feature::Propagation));
}

#[test]
fn an_empty_file_and_variables_are_a_configuration() {
    let plan = with("", &[("OTEL_EBPF_OPEN_PORT", "8080"), ("OTEL_EBPF_TRACE_PRINTER", "text")]);
    assert_eq!((plan.version, plan.modes), (1, vec![Mode::Application]));
}

#[test]
fn flows_by_traffic_control_and_its_newer_kind_are_known() {
    let plan =
        of(&format!("{FLOWS}network: {{source: tc}}\nebpf: {{traffic_control_backend: tcx}}\n"));
    assert_eq!(plan.features, [Feature::TrafficControl, Feature::Tcx, Feature::AddressByRoute]);
    let newest = plan.kernels.iter().find(|it| it.required);
    assert_eq!(newest.map(|it| it.from), Some(Kernel::new(6, 6, 0)));
}

#[test]
fn the_default_route_is_asked_only_where_no_address_is_written() {
    let asks = |text: &str| of(text).uses(Feature::AddressByRoute);
    assert!(!asks(PROCESSES));
    assert!(!asks(&format!("{FLOWS}network: {{agent_ip: 127.0.0.1}}\n")));
    assert!(!asks(&format!("{FLOWS}network: {{agent_ip_iface: local}}\n")));
    assert!(asks(&format!("{FLOWS}network: {{agent_ip_iface: external}}\n")));
    let newer = of(&format!("{FLOWS}network: {{agent_ip_type: ipv6}}\n"));
    assert_eq!(newer.features, [Feature::SocketFilter, Feature::AddressByRoute6]);
}

#[test]
fn logs_with_trace_ids_need_the_bpf_file_system_where_the_configuration_says_it_is() {
    let text = format!(
        "{PROCESSES}ebpf:\n  bpf_fs_path: /run/bpf/\n  log_enricher: {{services: [{{service: [{{open_ports: \"80\"}}]}}]}}\n"
    );
    assert_eq!(paths(&of(&text), true), ["/run/bpf"]);
}

#[test]
fn smaller_maps_need_less_memory_and_a_mode_without_processes_needs_little() {
    let memory = |text: &str| of(text).memory;
    assert_eq!(memory(PROCESSES), Memory { maps: 338, floor: 512, limit: 2048 });
    let smaller = format!("{PROCESSES}ebpf: {{maps_config: {{global_scale_factor: -2}}}}\n");
    assert_eq!(memory(&smaller).maps, 84);
    assert_eq!(memory(FLOWS), Memory { maps: 18, floor: 64, limit: 256 });
    let scaled = |scale: i32| {
        memory(&format!("{FLOWS}ebpf: {{maps_config: {{global_scale_factor: {scale}}}}}\n")).maps
    };
    assert_eq!([-2, 0, 1, 3].map(scaled), [4, 18, 36, 36]);
}

#[test]
fn what_is_no_document_has_no_plan() {
    for text in ["{{{", "- a", "hello", "a: b: c"] {
        assert_eq!(plan(text, &Environment::default(), Release::KNOWN), None, "{text}");
    }
}

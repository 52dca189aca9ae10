//! A host laid down in files, and what else is looked at.

use std::{fs, net::IpAddr};

use super::*;

/// Files below a new folder.
fn laid(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const TCP: &str =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:24FA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0100007F:9C40 0100007F:24FA 01 00000000:00000000 00:00000000 00000000     0
";
const TCP6: &str =
    "  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A
   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A
";

fn rocky() -> tempfile::TempDir {
    laid(&[
        ("proc/sys/kernel/osrelease", "4.18.0-553.el8_10.x86_64\n"),
        ("proc/sys/kernel/perf_event_paranoid", "2\n"),
        (
            "etc/os-release",
            "PRETTY_NAME=\"Rocky Linux 8.10\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
        ),
        (
            "proc/self/mounts",
            "proc /proc proc rw 0 0\ntracefs /sys/kernel/tracing tracefs rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
        ),
        (
            "proc/self/status",
            "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nCapInh:\t0000000000000000\nCapEff:\t000000c000080000\nCapBnd:\t000001ffffffffff\nCapAmb:\t000000c000080000\n",
        ),
        ("proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:    2097152 kB\n"),
        ("proc/net/tcp", TCP),
        ("proc/net/tcp6", TCP6),
        ("proc/net/route", "Iface\tDestination\tGateway\neth0\t00000000\t0101A8C0\n"),
        ("sys/bus/event_source/devices/kprobe/type", "6\n"),
        ("sys/kernel/security/lockdown", "none [integrity] confidentiality\n"),
        ("lib/modules/4.18.0-553.el8_10.x86_64/vmlinux-4.18.0-553.el8_10.x86_64", ""),
        ("proc/812/comm", "obi\n"),
        ("proc/812/cmdline", "/usr/bin/obi\0--config=/etc/obi.yml\0"),
        ("proc/813/comm", "obi\n"),
        ("proc/813/cmdline", ""),
        ("proc/9/comm", "beyla\n"),
        ("proc/9/cmdline", "beyla\0"),
        ("proc/10/comm", "mobile\n"),
        ("proc/10/cmdline", "mobile\0--with obi\0"),
    ])
}

#[test]
fn a_host_is_read_from_its_files() {
    let folder = rocky();
    let host = Host::look(folder.path());
    assert_eq!(host.version(), Some(Kernel::new(4, 18, 0)));
    assert_eq!((host.system.name.as_str(), host.system.is_of_rhel), ("Rocky Linux 8.10", true));
    let btf = "/lib/modules/4.18.0-553.el8_10.x86_64/vmlinux-4.18.0-553.el8_10.x86_64";
    assert_eq!(host.btf, Some(PathBuf::from(btf)));
    assert_eq!(host.probes, Probes { kprobes: true, ..Probes::default() });
    assert_eq!(host.tracefs.as_deref(), Some("/sys/kernel/tracing"));
    assert_eq!((host.bpffs, host.cgroup2.as_deref()), (None, Some("/sys/fs/cgroup/unified")));
    assert_eq!(host.lockdown, Lockdown::Integrity);
    assert_eq!(host.rights.uid, Some(1000));
    assert!(host.rights.of_a_child().allow("BPF") && !host.rights.of_a_child().allow("NET_RAW"));
    assert_eq!(host.available_memory, Some(2048));
    assert_eq!(host.default_routes, Routes { ipv4: Some(true), ipv6: None });
    let agents: Vec<(u32, &str)> =
        host.agents.iter().map(|it| (it.pid, it.command.as_str())).collect();
    assert_eq!(agents, [(9, "beyla"), (812, "/usr/bin/obi --config=/etc/obi.yml")]);
}

#[test]
fn what_is_listened_at_is_read_with_its_address() {
    let folder = rocky();
    let listeners = Host::look(folder.path()).listeners.unwrap();
    let told: Vec<String> =
        listeners.iter().map(|it| format!("{} {}", it.address, it.port)).collect();
    assert_eq!(told, ["127.0.0.1 9466", ":: 8080", "::ffff:127.0.0.1 8081"]);
}

#[test]
fn a_host_of_which_nothing_can_be_seen_is_known_to_be_unknown() {
    let folder = laid(&[]);
    let host = Host::look(folder.path());
    let expected = Host { architecture: host.architecture.clone(), ..Host::default() };
    assert_eq!(host, expected);
    let failed = failed(&host, &planned(FLOWS));
    assert!(failed.contains(&"kernel?".to_owned()), "{failed:?}");
    assert!(failed.contains(&"port?".to_owned()) && failed.contains(&"memory?".to_owned()));
}

#[test]
fn lockdown_that_cannot_be_read_is_not_taken_for_none() {
    for (text, expected) in [
        ("[none] integrity", Lockdown::None),
        ("none integrity [confidentiality]", Lockdown::Confidentiality),
        ("", Lockdown::Unknown),
        ("[", Lockdown::Unknown),
    ] {
        let folder = laid(&[("sys/kernel/security/lockdown", text)]);
        assert_eq!(Host::look(folder.path()).lockdown, expected, "{text}");
    }
}

#[test]
fn a_facts_file_is_read_back_as_it_was_written() {
    let host = Host::look(rocky().path());
    let text = serde_json::to_string(&host).unwrap();
    assert_eq!(serde_json::from_str::<Host>(&text).unwrap(), host);
}

const PORTS: &str = "trace_printer: text
discovery: {instrument: [{open_ports: \"80\"}]}
health_check: {port: 9466}
prometheus_export: {port: 9464}
profile_port: 6060
";

fn listening(address: &str, port: u16) -> Host {
    let address: IpAddr = address.parse().unwrap();
    Host { listeners: Some(vec![Listener { address, port }]), ..good("6.6.87") }
}

#[test]
fn a_taken_port_is_told_with_what_says_so_and_what_would_come_of_it() {
    let table: [(&str, u16, &[&str]); 8] = [
        ("0.0.0.0", 9466, &["port!"]),
        ("127.0.0.1", 9466, &["port!"]),
        ("::", 9466, &["port!"]),
        ("::ffff:127.0.0.1", 9466, &["port!"]),
        ("10.0.0.7", 9466, &[]),
        ("10.0.0.7", 9464, &["port!"]),
        ("0.0.0.0", 6060, &["port"]),
        ("0.0.0.0", 80, &[]),
    ];
    for (address, port, expected) in table {
        let host = listening(address, port);
        assert_eq!(failed(&host, &planned(PORTS)), expected, "{address} {port}");
    }
    let checks = preflight(&listening("0.0.0.0", 9464), &planned(PORTS));
    let taken = checks.iter().find(|it| it.name == "port" && it.is_fatal()).unwrap();
    assert!(taken.why.contains("exit code 0") && taken.fix.contains("prometheus_export.port"));
}

#[test]
fn too_little_memory_is_fatal_and_says_how_to_need_less() {
    let host = Host { available_memory: Some(400), ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["memory!"]);
    let smaller = format!("{APPLICATION}ebpf: {{maps_config: {{global_scale_factor: -1}}}}\n");
    assert_eq!(failed(&host, &planned(&smaller)), [""; 0]);
}

#[test]
fn flows_without_a_default_route_are_fatal_unless_an_address_is_written() {
    let none = Routes { ipv4: Some(false), ipv6: Some(false) };
    let host = Host { default_routes: none, ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(FLOWS)), ["default-route!"]);
    let told = planned(&format!("{FLOWS}network: {{agent_ip: 127.0.0.1}}\n"));
    assert_eq!(failed(&host, &told), [""; 0]);
}

#[test]
fn a_host_of_the_newer_internet_alone_has_to_say_so() {
    let newer = Routes { ipv4: Some(false), ipv6: Some(true) };
    let host = Host { default_routes: newer, ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(FLOWS)), ["default-route!"]);
    let fix = check(&host, &planned(FLOWS), "default-route").fix;
    assert!(fix.contains("agent_ip_type: ipv6"), "{fix}");
    let told = planned(&format!("{FLOWS}network: {{agent_ip_type: ipv6}}\n"));
    assert_eq!(failed(&host, &told), [""; 0]);
}

#[test]
fn routes_to_nowhere_are_none() {
    let line = |to: &str, length: &str, by: &str| {
        format!("{to} {length} 00000000000000000000000000000000 00 fe80 00000400 0 0 3 {by}\n")
    };
    let zero = "0".repeat(32);
    for (table, expected) in [
        (line(&zero, "00", "lo"), false),
        (line("fe80", "40", "eth0"), false),
        (line(&zero, "00", "lo") + &line(&zero, "00", "eth0"), true),
    ] {
        let folder = laid(&[("proc/net/ipv6_route", &table), ("proc/net/route", "Iface\n")]);
        let expected = Routes { ipv4: Some(false), ipv6: Some(expected) };
        assert_eq!(Host::look(folder.path()).default_routes, expected, "{table}");
    }
}

#[test]
fn file_systems_are_required_by_what_uses_them() {
    let host = Host { tracefs: None, bpffs: None, cgroup2: None, ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["tracefs", "bpffs"]);
    assert_eq!(failed(&host, &propagating()), ["cgroup2!", "tracefs", "bpffs"]);
    assert_eq!(failed(&host, &planned(FLOWS)), [""; 0]);
}

#[test]
fn tracefs_is_required_to_hand_context_on_only_where_the_kernel_miscounts() {
    let plan = propagating();
    for (kernel, expected) in [("6.6.87", false), ("6.12.80", true), ("6.8.0-45-generic", true)] {
        let host = Host { tracefs: None, ..good(kernel) };
        assert_eq!(check(&host, &plan, "tracefs").is_fatal(), expected, "{kernel}");
    }
}

#[test]
fn a_locked_kernel_is_fatal_only_for_logs_with_trace_ids() {
    let logs = planned(&format!(
        "{APPLICATION}ebpf: {{log_enricher: {{services: [{{service: [{{open_ports: \"80\"}}]}}]}}}}\n"
    ));
    let host = Host { lockdown: Lockdown::Integrity, ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["lockdown"]);
    assert_eq!(failed(&host, &logs), ["lockdown!"]);
    let host = Host { lockdown: Lockdown::Unknown, ..good("6.6.87") };
    assert_eq!(failed(&host, &logs), ["lockdown?"]);
}

#[test]
fn another_obi_is_told_and_not_fatal() {
    let agents = vec![Agent { pid: 7, command: "beyla".to_owned() }];
    let host = Host { agents, ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["other-obi"]);
}

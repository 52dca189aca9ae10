mod ground;
mod hostile;
mod kernels;
mod rights;

use super::*;
use crate::obi::{
    config::{Environment, Release},
    plan::{Plan, plan},
};

const APPLICATION: &str = "trace_printer: text\ndiscovery: {instrument: [{open_ports: \"80\"}]}\n";
const FLOWS: &str = "metrics: {features: [network]}\nprometheus_export: {port: 9464}\n";

fn planned(text: &str) -> Plan {
    plan(text, &Environment::default(), Release::KNOWN).unwrap()
}

fn propagating() -> Plan {
    planned(&format!("{APPLICATION}ebpf: {{context_propagation: all}}\n"))
}

/// One on which OBI can do everything.
fn good(kernel: &str) -> Host {
    Host {
        kernel: kernel.to_owned(),
        architecture: "x86_64".to_owned(),
        btf: Some(PathBuf::from("/sys/kernel/btf/vmlinux")),
        probes: Probes { kprobes: true, kprobe_events: true, uprobes: true },
        tracefs: Some("/sys/kernel/tracing".to_owned()),
        bpffs: Some("/sys/fs/bpf".to_owned()),
        cgroup2: Some("/sys/fs/cgroup".to_owned()),
        perf_event_paranoid: Some(2),
        rights: Rights { uid: Some(0), bounding: Capabilities::all(), ..Rights::default() },
        listeners: Some(Vec::new()),
        available_memory: Some(8192),
        default_routes: Routes { ipv4: Some(true), ipv6: Some(false) },
        ..Host::default()
    }
}

/// The names of what did not pass, with a mark where that is fatal.
fn failed(host: &Host, plan: &Plan) -> Vec<String> {
    let checks = preflight(host, plan).into_iter().filter(|it| it.outcome != Outcome::Passed);
    checks
        .map(|it| {
            assert!(!it.fix.is_empty() && !it.why.is_empty() && !it.found.is_empty(), "{it:?}");
            let mark = match (it.outcome, it.is_fatal()) {
                (Outcome::CannotTell, _) => "?",
                (_, true) => "!",
                (_, false) => "",
            };
            format!("{}{mark}", it.name)
        })
        .collect()
}

fn check(host: &Host, plan: &Plan, name: &str) -> Check {
    preflight(host, plan).into_iter().find(|it| it.name == name).unwrap()
}

//! What is looked at before OBI is started, so that nobody has to find it in its log afterwards.

use std::net::{IpAddr, Ipv4Addr};

use super::{
    Host, Lockdown,
    check::{Check, Outcome},
};
use crate::obi::{
    kernel::{Has, Kernel},
    mode::Mode,
    plan::{Feature, Mount, Need, Plan, Port, Purpose, System},
};

/// Everything that the plan needs, in the order in which OBI would come upon it.
pub fn preflight(host: &Host, plan: &Plan) -> Vec<Check> {
    let checks: [fn(&Host, &Plan) -> Vec<Check>; 11] = [
        architecture,
        kernel,
        btf,
        capabilities,
        probes,
        file_systems,
        lockdown,
        fionread,
        ports,
        memory,
        agents,
    ];
    let mut checks: Vec<Check> = checks.iter().flat_map(|check| check(host, plan)).collect();
    checks.extend(default_routes(host, plan));
    checks
}

fn architecture(host: &Host, _: &Plan) -> Vec<Check> {
    let is_one = ["x86_64", "aarch64"].contains(&host.architecture.as_str());
    let (why, fix) = ("OBI is built for amd64 and arm64", "run OBI on another host");
    vec![Check::new("architecture", is_one, &host.architecture, why, fix)]
}

fn kernel(host: &Host, plan: &Plan) -> Vec<Check> {
    let version = host.version();
    let is_supported = version.map(|it| it.is_supported(host.system.is_of_rhel));
    let mut checks = vec![Check::new(
        "kernel",
        is_supported,
        host.told(),
        "OBI starts on kernel 5.8 and later, and on 4.18 of RHEL 8",
        "run OBI on a host with kernel 5.8 or later",
    )];
    let newer = plan.kernels.iter().map(|it| {
        let is_new = version.map(|own| own >= it.from);
        let fix = format!("run kernel {} or later, or leave out what needs it", it.from);
        Check::new("newer-kernel", is_new, host.told(), &it.why, fix).required(it.required)
    });
    checks.extend(newer);
    checks
}

fn btf(host: &Host, _: &Plan) -> Vec<Check> {
    let found = host.btf.as_ref().map(|it| it.display().to_string());
    vec![Check::new(
        "btf",
        host.btf.is_some(),
        found.unwrap_or_else(|| "none".to_owned()),
        "OBI has to know the types of the kernel (BTF)",
        "run a kernel with CONFIG_DEBUG_INFO_BTF=y; in a container: -v /sys/kernel/btf:/sys/kernel/btf:ro",
    )]
}

fn capabilities(host: &Host, plan: &Plan) -> Vec<Check> {
    // Of an unknown kernel nothing can be said but what a new one needs.
    let kernel = host.version().unwrap_or(Kernel::OLDEST);
    let system = System { kernel, perf_event_paranoid: host.perf_event_paranoid };
    let needs = plan.capabilities(&system);
    let own = host.rights.of_a_child();
    let (wanted, missing): (Vec<Need>, Vec<Need>) =
        needs.into_iter().filter(|it| !own.allow(&it.capability)).partition(|it| !it.required);
    let mut checks = vec![Check::new(
        "capabilities",
        missing.is_empty(),
        found(host, &missing),
        reasons(&missing, "OBI may do what it has to"),
        give(host, &missing),
    )];
    if !wanted.is_empty() {
        let fix = give(host, &[missing, wanted.clone()].concat());
        let why = reasons(&wanted, "");
        let found = found(host, &wanted);
        checks.push(Check::new("more-capabilities", false, found, why, fix).required(false));
    }
    if let Some(level) = host.perf_event_paranoid.filter(|it| *it >= 3) {
        let is_above_it = own.allow("SYS_ADMIN");
        checks.push(Check::new(
            "perf-event-paranoid",
            is_above_it,
            level.to_string(),
            "at 3 and more only CAP_SYS_ADMIN may set probes",
            "sudo sysctl kernel.perf_event_paranoid=2",
        ));
    }
    checks
}

fn found(host: &Host, missing: &[Need]) -> String {
    let user = host.rights.uid.map_or_else(|| "somebody".to_owned(), |it| format!("user {it}"));
    if missing.is_empty() {
        return format!("OBI runs as {user} with all that it needs");
    }
    let names: Vec<String> = missing.iter().map(|it| format!("CAP_{}", it.capability)).collect();
    format!("OBI would run as {user} without {}", names.join(", "))
}

fn reasons(missing: &[Need], otherwise: &str) -> String {
    if missing.is_empty() {
        return otherwise.to_owned();
    }
    let reasons: Vec<String> =
        missing.iter().map(|it| format!("{}: {}", it.capability, it.why)).collect();
    reasons.join("; ")
}

fn give(host: &Host, missing: &[Need]) -> String {
    let lower = |it: &str| format!("cap_{}", it.to_ascii_lowercase());
    let mut names: Vec<String> = missing.iter().map(|it| lower(&it.capability)).collect();
    // What is set takes the place of all that was.
    names.extend(host.rights.of_binary.names().map(lower));
    let binary = host.binary.as_ref().map(|it| it.display().to_string());
    let binary = binary.unwrap_or_else(|| "/path/to/obi".to_owned());
    if host.rights.uid == Some(0) {
        return format!("start this program with {} in its bounding set", names.join(", "));
    }
    format!("sudo setcap {}+ep {binary}, or start this program with sudo", names.join(","))
}

fn probes(host: &Host, plan: &Plan) -> Vec<Check> {
    let mut checks = Vec::new();
    if plan.has(Mode::Application) || plan.has(Mode::Stats) {
        let probes = host.probes;
        let found = match (probes.kprobes, probes.kprobe_events) {
            (true, _) => "by perf",
            (false, true) => "by tracefs",
            (false, false) => "none",
        };
        checks.push(Check::new(
            "kprobes",
            probes.kprobes || probes.kprobe_events,
            found,
            "without probes in the kernel OBI runs, answers /healthz with 200, and sees no process; in stats mode it ends",
            match host.tracefs {
                Some(_) => "run a kernel with CONFIG_KPROBES=y and CONFIG_KPROBE_EVENTS=y",
                None => "sudo mount -t tracefs tracefs /sys/kernel/tracing, or run a kernel with CONFIG_KPROBES=y and CONFIG_KPROBE_EVENTS=y",
            },
        ));
    }
    if plan.has(Mode::Application) {
        let found = if host.probes.uprobes { "by perf" } else { "none" };
        let why = "without probes in programs, those in Go and what is encrypted stay unseen";
        let fix = "run a kernel with CONFIG_UPROBES=y and CONFIG_UPROBE_EVENTS=y";
        checks.push(Check::new("uprobes", host.probes.uprobes, found, why, fix).required(false));
    }
    checks
}

/// What a container has to be given, a host has to have.
fn file_systems(host: &Host, plan: &Plan) -> Vec<Check> {
    let known = |it: &Mount| {
        match it.path.as_str() {
        "/sys/fs/cgroup" => Some((
            "cgroup2",
            &host.cgroup2,
            "sudo mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd.unified_cgroup_hierarchy=1".to_owned(),
        )),
        "/sys/kernel/tracing" => Some((
            "tracefs",
            &host.tracefs,
            "sudo mount -t tracefs tracefs /sys/kernel/tracing".to_owned(),
        )),
        "/sys/kernel/security" => None,
        path => Some(("bpffs", &host.bpffs, format!("sudo mount -t bpf bpffs {path}"))),
    }
    };
    let makes_up = host.version().map(Kernel::misreports_fionread) != Some(Has::No);
    let checks = plan.mounts.iter().filter_map(|mount| {
        let (name, point, fix) = known(mount)?;
        let found = point.clone().unwrap_or_else(|| "not mounted".to_owned());
        let is_required = mount.required && (name != "tracefs" || makes_up);
        Some(Check::new(name, point.is_some(), found, &mount.why, fix).required(is_required))
    });
    checks.collect()
}

fn lockdown(host: &Host, plan: &Plan) -> Vec<Check> {
    let is_required = plan.uses(Feature::LogEnricher);
    if !is_required && !plan.uses(Feature::GoPropagation) {
        return Vec::new();
    }
    let (is_open, found) = match host.lockdown {
        Lockdown::None => (Some(true), "none"),
        Lockdown::Integrity => (Some(false), "integrity"),
        Lockdown::Confidentiality => (Some(false), "confidentiality"),
        Lockdown::Unknown => (None, "/sys/kernel/security/lockdown cannot be read"),
    };
    let why = "where the kernel is locked down, or OBI cannot see that it is not, programs in Go hand no context on and logs get no trace ids";
    let fix =
        "boot with lockdown=none or without Secure Boot, and let OBI read /sys/kernel/security";
    vec![Check::new("lockdown", is_open, found, why, fix).required(is_required)]
}

fn fionread(host: &Host, plan: &Plan) -> Vec<Check> {
    if !plan.uses(Feature::Propagation) {
        return Vec::new();
    }
    let outcome = match host.version().map(Kernel::misreports_fionread) {
        Some(Has::No) => Outcome::Passed,
        Some(Has::Yes) => Outcome::Failed,
        Some(Has::Unknown) | None => Outcome::CannotTell,
    };
    let why = "kernels 6.6.128, 6.12.75, 6.18.14 and later, and 6.19 miscount what waits in sockets that context is handed on by: nginx, Java and .NET stall, and clients in Node.js and Go fail three times as often";
    let fix = "write ebpf: {context_propagation: disabled}, or run OBI v0.12.1 or later with tracefs mounted, which makes up for it";
    vec![Check::new("fionread", outcome, host.told(), why, fix).required(false)]
}

fn ports(host: &Host, plan: &Plan) -> Vec<Check> {
    plan.ports.iter().map(|it| port(host, it)).collect()
}

fn port(host: &Host, port: &Port) -> Check {
    let address = port.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let takes = |it: &&super::Listener| it.takes(address, port.port);
    let taker = host.listeners.as_ref().map(|it| it.iter().find(takes));
    let is_free = taker.map(|it| it.is_none());
    let found = match taker {
        None => "what is listened at cannot be seen".to_owned(),
        Some(None) => format!("{}:{} is free", port.address, port.port),
        Some(Some(it)) => format!("somebody listens at {}:{}", it.address, it.port),
    };
    let why = match port.purpose {
        Purpose::Health => "OBI would run on, and somebody else answer for its health",
        Purpose::Metrics | Purpose::InternalMetrics => {
            "OBI would end two seconds after its start, with exit code 0"
        }
        Purpose::Profiles => "OBI would run on, without Go's profiles",
    };
    let fix = format!("end whoever listens there, or choose another port at {}", port.key);
    let is_required = port.purpose != Purpose::Profiles;
    Check::new("port", is_free, found, why, fix).required(is_required)
}

fn memory(host: &Host, plan: &Plan) -> Vec<Check> {
    let floor = plan.memory.floor;
    let is_enough = host.available_memory.map(|it| it >= floor);
    let found = match host.available_memory {
        Some(available) => format!("{available} MiB"),
        None => "unknown".to_owned(),
    };
    let why = format!("OBI takes {floor} MiB at once, {} of them in the kernel", plan.memory.maps);
    let fix = "give it more memory, or write ebpf: {maps_config: {global_scale_factor: -1}}";
    vec![Check::new("memory", is_enough, found, why, fix)]
}

fn agents(host: &Host, _: &Plan) -> Vec<Check> {
    let others: Vec<String> = host.agents.iter().map(ToString::to_string).collect();
    let found = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
    let why = "two of them on one host tell everything twice, and take each other's ports";
    let fix = "stop the others";
    vec![Check::new("other-obi", others.is_empty(), found, why, fix).required(false)]
}

fn default_routes(host: &Host, plan: &Plan) -> Vec<Check> {
    let routes = host.default_routes;
    let other = match routes.ipv6 {
        Some(true) => "agent_ip_type: ipv6, ",
        _ => "",
    };
    let kinds = [
        (Feature::AddressByRoute, routes.ipv4, other),
        (Feature::AddressByRoute6, routes.ipv6, ""),
    ];
    let asked = kinds.into_iter().filter(|(feature, ..)| plan.uses(*feature));
    let checks = asked.map(|(_, is_there, other)| {
        let found = match is_there {
            Some(true) => "there is one",
            Some(false) => "there is none",
            None => "it cannot be seen",
        };
        let why = "OBI finds the address of this host by its default route, and ends without one; that of IPv6 only where agent_ip_type is ipv6";
        let fix = format!(
            "write network: {{agent_ip: ...}} (stats: {{agent_ip: ...}}), or {other}agent_ip_iface: local"
        );
        Check::new("default-route", is_there, found, why, fix)
    });
    checks.collect()
}

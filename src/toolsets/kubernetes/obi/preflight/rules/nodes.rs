//! The nodes: those that OBI comes to, whether it can run there, and those that it does not come to.

use super::{Asked, of_seen, sort::is_serverless};
use crate::{
    obi::{
        Has, Kernel, Mode,
        config::Release,
        host::{Check, Outcome},
        plan::Feature,
    },
    toolsets::kubernetes::{
        obi::preflight::node::{Machine, Node, Place, Wishes, grouped},
        quantity::Quantity,
    },
};

/// From which on OBI makes up for kernels that miscount, or hands no context on there.
const MAKES_UP: Release = Release::new(0, 12, 0);

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let why = "OBI runs on the nodes, and what it needs depends on their kernels";
    of_seen("nodes", &asked.seen.nodes, why, |nodes| judged(asked, nodes))
}

fn judged(asked: &Asked<'_>, nodes: &[Node]) -> Vec<Check> {
    let wishes = Wishes::new(&asked.wanted.node_selector, &asked.wanted.tolerations);
    let come: Vec<&Node> = nodes.iter().filter(|it| it.is_chosen(&wishes)).collect();
    let hosts: Vec<&Node> = nodes.iter().filter(|it| it.is_host(&wishes)).collect();
    let mut checks = vec![covered(nodes, &hosts)];
    checks.extend(machines(&come));
    checks.extend(architectures(&come));
    checks.extend(taints(nodes, &wishes));
    if hosts.is_empty() {
        return checks;
    }
    checks.push(kernel(&hosts));
    checks.extend(newer(asked, &hosts));
    checks.extend(fionread(asked, &hosts));
    checks.extend(lockdown(asked, &hosts));
    checks.extend(paranoid(asked, &hosts));
    checks.extend(memory(asked, &hosts));
    checks.extend(ready(&hosts));
    checks
}

fn covered(nodes: &[Node], hosts: &[&Node]) -> Check {
    let found = format!("{} of {} nodes", hosts.len(), nodes.len());
    let why = if is_serverless(nodes) {
        "on Fargate and virtual nodes no DaemonSet runs, and no pod has the rights that OBI needs"
    } else {
        "OBI sees the processes of nodes only on which one of its pods runs"
    };
    let fix = "choose other nodes by node_selector and tolerations, or add some";
    Check::new("nodes", !hosts.is_empty(), found, why, fix)
}

/// The `DaemonSet` leaves them out, and nothing of OBI's can be there.
fn machines(nodes: &[&Node]) -> Option<Check> {
    let unfit: Vec<&Node> =
        nodes.iter().copied().filter(|it| it.machine() != Machine::Linux).collect();
    (!unfit.is_empty()).then(|| {
        let found = grouped(unfit, |it| {
            match it.machine() {
                Machine::Windows => "Windows",
                Machine::Fargate => "Fargate",
                Machine::Virtual => "a virtual kubelet",
                Machine::Linux => "Linux",
            }
            .to_owned()
        });
        let why =
            "OBI runs on machines with Linux that pods share: what runs on these stays unseen";
        let fix = "give what runs there an SDK of OpenTelemetry, or move it";
        Check::new("machines", false, found, why, fix).required(false)
    })
}

/// The same of those that no image of OBI's is for.
fn architectures(nodes: &[&Node]) -> Option<Check> {
    let is_other = |it: &&Node| it.machine() == Machine::Linux && !it.has_image();
    let others: Vec<&Node> = nodes.iter().copied().filter(is_other).collect();
    (!others.is_empty()).then(|| {
        let found = grouped(others, |it| it.architecture().to_owned());
        let why = "OBI's images are for amd64 and arm64: what runs on these stays unseen";
        let fix = "give what runs there an SDK of OpenTelemetry, or move it";
        Check::new("architecture", false, found, why, fix).required(false)
    })
}

/// Nodes that are left out on purpose by labels are none of them.
fn taints(nodes: &[Node], wishes: &Wishes) -> Option<Check> {
    let taint = |it: &Node| match it.place(wishes) {
        Place::Tainted(taint) => Some(taint),
        _ => None,
    };
    let kept = |it: &&Node| it.machine() == Machine::Linux && taint(it).is_some();
    let kept: Vec<&Node> = nodes.iter().filter(kept).collect();
    (!kept.is_empty()).then(|| {
        let found = grouped(kept, |it| taint(it).unwrap_or_default());
        let why = "what runs on these nodes stays unseen";
        let fix = "tolerations: [{operator: Exists}], or one for that taint";
        Check::new("taints", false, found, why, fix).required(false)
    })
}

/// One question to every node.
fn each(
    name: &'static str,
    hosts: &[&Node],
    ask: impl Fn(&Node) -> Option<bool>,
    tell: impl Fn(&Node) -> String,
    (why, fix): (&str, &str),
) -> Check {
    let (mut bad, mut unknown) = (Vec::new(), Vec::new());
    for node in hosts.iter().copied() {
        match ask(node) {
            Some(true) => {}
            Some(false) => bad.push(node),
            None => unknown.push(node),
        }
    }
    let (outcome, nodes) = match (bad.is_empty(), unknown.is_empty()) {
        (false, _) => (Outcome::Failed, bad),
        (true, false) => (Outcome::CannotTell, unknown),
        (true, true) => (Outcome::Passed, hosts.to_vec()),
    };
    Check::new(name, outcome, grouped(nodes, tell), why, fix)
}

fn kernel(hosts: &[&Node]) -> Check {
    let ask = |it: &Node| it.kernel().map(|kernel| kernel.is_supported(it.is_of_rhel()));
    let words = (
        "OBI starts on kernel 5.8 and later, and on 4.18 of RHEL 8: elsewhere its pods crash",
        "leave these nodes out by node_selector, or give them a newer kernel",
    );
    each("kernel", hosts, ask, Node::system, words)
}

fn newer(asked: &Asked<'_>, hosts: &[&Node]) -> Vec<Check> {
    let checks = asked.plan.kernels.iter().map(|newer| {
        let ask = |it: &Node| it.kernel().map(|kernel| kernel >= newer.from);
        let fix = format!("run kernel {} or later there, or leave out what needs it", newer.from);
        each("newer-kernel", hosts, ask, Node::system, (&newer.why, &fix)).required(newer.required)
    });
    checks.collect()
}

fn fionread(asked: &Asked<'_>, hosts: &[&Node]) -> Option<Check> {
    if !asked.plan.uses(Feature::Propagation) {
        return None;
    }
    let makes_up = asked.wanted.image.release().map(|it| it >= MAKES_UP);
    let ask = |it: &Node| match it.kernel().map(Kernel::misreports_fionread)? {
        Has::No => Some(true),
        _ if makes_up == Some(true) => Some(true),
        Has::Yes => makes_up,
        Has::Unknown => None,
    };
    let words = (
        "kernels 6.6.128, 6.12.75, 6.18.14 and later, and 6.19 miscount what waits in sockets that context is handed on by: nginx, Java and .NET stall, and clients in Node.js and Go fail three times as often",
        "write ebpf: {context_propagation: disabled}, or take OBI v0.12.1 or later, which makes up for it",
    );
    Some(each("fionread", hosts, ask, Node::system, words).required(false))
}

/// Bottlerocket keeps even root from writing to programs.
fn lockdown(asked: &Asked<'_>, hosts: &[&Node]) -> Option<Check> {
    let is_required = asked.plan.uses(Feature::LogEnricher);
    if !is_required && !asked.plan.uses(Feature::GoPropagation) {
        return None;
    }
    let locked: Vec<&Node> = hosts.iter().copied().filter(|it| it.is_of("Bottlerocket")).collect();
    (!locked.is_empty()).then(|| {
        let why = "the kernel of Bottlerocket is locked down: programs in Go hand no context on there, and logs get no trace ids";
        let fix = "boot these nodes with lockdown none, or do without it";
        let found = grouped(locked, Node::system);
        Check::new("lockdown", false, found, why, fix).required(is_required)
    })
}

/// Debian's kernels, and so Ubuntu's, let nobody but root set probes.
fn paranoid(asked: &Asked<'_>, hosts: &[&Node]) -> Option<Check> {
    let wanted = asked.wanted;
    let is_above = wanted.privileged || wanted.capabilities.iter().any(|it| it == "SYS_ADMIN");
    let probes = asked.plan.has(Mode::Application) || asked.plan.has(Mode::Stats);
    let may_be = |it: &&Node| it.is_of("Ubuntu") || it.is_of("Debian");
    let nodes: Vec<&Node> = hosts.iter().copied().filter(may_be).collect();
    (probes && !is_above && !nodes.is_empty()).then(|| {
        let why = "where kernel.perf_event_paranoid is 3 or more only SYS_ADMIN may set probes, and the API does not say what it is";
        let fix = "privileged: true, or sysctl kernel.perf_event_paranoid=2 on these nodes";
        let found = grouped(nodes, Node::system);
        Check::new("perf-event-paranoid", Outcome::CannotTell, found, why, fix).required(false)
    })
}

/// Pods of OBI would wait for ever there.
fn memory(asked: &Asked<'_>, hosts: &[&Node]) -> Option<Check> {
    let request = asked.wanted.resources.requests.get("memory")?;
    let wanted = Quantity::parse(request)?;
    let ask = |it: &Node| it.memory().map(|it| it.amount() >= wanted.amount());
    let tell = |it: &Node| it.memory().map_or_else(|| "unknown".to_owned(), Quantity::memory);
    let why = format!(
        "a pod of OBI asks for {request} of memory, and waits for ever where there is less"
    );
    let fix = "ask for less, or leave these nodes out by node_selector";
    Some(each("memory-of-nodes", hosts, ask, tell, (&why, fix)).required(false))
}

fn ready(hosts: &[&Node]) -> Option<Check> {
    let broken: Vec<&Node> = hosts.iter().copied().filter(|it| !it.is_ready()).collect();
    (!broken.is_empty()).then(|| {
        let found = grouped(broken, |_| "not ready".to_owned());
        let why = "a rollout waits for the pods of nodes that are not ready";
        let fix = "mend these nodes, or delete those that are gone";
        Check::new("ready-nodes", false, found, why, fix).required(false)
    })
}

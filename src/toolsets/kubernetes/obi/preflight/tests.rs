//! Every kind of cluster that OBI does not get along with, made up.

use serde_json::{Value, json};

use super::{
    asks::{asks, granted},
    look::service_name,
    rules::{Asked, checks},
    snapshot::{Agent, Named, Purpose, Right, Running, Snapshot, Space, Target},
};
use crate::{
    obi::{
        config::destinations,
        host::{Check, Outcome},
    },
    toolsets::kubernetes::obi::{
        image::Image,
        wanted::{Wanted, tests::wanted},
    },
};

const NETWORK: &str = "metrics: {features: [network]}\nprometheus_export: {port: 9464}\n";
const PROPAGATION: &str = "discovery: {instrument: [{k8s_namespace: shop}]}\nebpf: {context_propagation: all}\ntrace_printer: text\n";

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn node(name: &str, kernel: &str, image: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
        "status": {
            "nodeInfo": {
                "kernelVersion": kernel, "osImage": image,
                "architecture": "amd64", "operatingSystem": "linux",
            },
            "allocatable": {"memory": "8Gi"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    })
}

fn with_labels(mut node: Value, labels: Value) -> Value {
    node["metadata"]["labels"] = labels;
    node
}

fn tainted(mut node: Value, key: &str) -> Value {
    node["spec"] = json!({"taints": [{"key": key, "value": "yes", "effect": "NoSchedule"}]});
    node
}

fn space(labels: &Value) -> Space {
    read(
        json!({"metadata": {"name": "observability", "labels": labels}, "status": {"phase": "Active"}}),
    )
}

/// One that has all that OBI needs.
fn good() -> Snapshot {
    let may = |ask| Right { ask, allowed: Ok(true) };
    Snapshot {
        version: "v1.33.1".to_owned(),
        groups: Ok([String::new(), "apps".to_owned()].into()),
        nodes: Ok(read(json!([node("n1", "6.1.0", "Talos"), node("n2", "6.1.0", "Talos")]))),
        space: Ok(Some(space(&json!({"pod-security.kubernetes.io/enforce": "privileged"})))),
        quotas: Ok(Vec::new()),
        ranges: Ok(Vec::new()),
        running: Ok(Running::default()),
        webhooks: Ok(Vec::new()),
        rights: asks(&wanted(), true).into_iter().map(may).collect(),
        account: Vec::new(),
        targets: Vec::new(),
        headers: None,
    }
}

fn judged(seen: &Snapshot, wanted: &Wanted) -> Vec<Check> {
    checks(&Asked { seen, wanted, plan: &wanted.plan().unwrap() })
}

/// Name and outcome of everything that did not pass.
fn told(seen: &Snapshot, wanted: &Wanted) -> Vec<(&'static str, &'static str)> {
    let checks = judged(seen, wanted);
    checks
        .iter()
        .filter(|it| it.outcome != Outcome::Passed)
        .map(|it| (it.name, it.word()))
        .collect()
}

fn found(seen: &Snapshot, wanted: &Wanted, name: &str) -> String {
    let checks = judged(seen, wanted);
    let check = checks.iter().find(|it| it.name == name && it.outcome != Outcome::Passed);
    let check = check.unwrap_or_else(|| panic!("no {name} in {checks:#?}"));
    assert!(!check.fix.is_empty() && !check.why.is_empty(), "{check:?}");
    check.found.clone()
}

fn with(config: &str) -> Wanted {
    Wanted { config: config.to_owned(), ..wanted() }
}

const NONE: [(&str, &str); 0] = [];

#[test]
fn nothing_is_said_against_a_cluster_that_has_all_that_obi_needs() {
    assert_eq!(told(&good(), &wanted()), NONE);
}

#[test]
fn an_api_server_that_is_too_old_is_one() {
    let table = [("v1.23.17-eks-0a21954", "FAILED"), ("v1.24.0", ""), ("v2.0.1+k3s1", "")];
    for (version, word) in table {
        let seen = Snapshot { version: version.to_owned(), ..good() };
        let told = told(&seen, &wanted());
        assert_eq!(told.first().map_or("", |it| it.1), word, "{version}");
    }
    let seen = Snapshot { version: "unknown".to_owned(), ..good() };
    assert_eq!(told(&seen, &wanted()), [("api-version", "cannot tell")]);
}

#[test]
fn old_kernels_are_told_by_the_nodes_that_have_them_but_for_that_of_rhel() {
    let nodes = json!([
        node("n1", "5.4.0-200-generic", "Ubuntu 20.04.6 LTS"),
        node("n2", "4.18.0-553.el8_10.x86_64", "Red Hat Enterprise Linux 8.10"),
        node("n3", "4.18.0-25-generic", "Ubuntu 18.04"),
        node("n4", "6.1.0", "Talos"),
    ]);
    let seen = Snapshot { nodes: Ok(read(nodes)), ..good() };
    assert_eq!(
        found(&seen, &wanted(), "kernel"),
        "4.18.0-25-generic (Ubuntu 18.04) on n3; 5.4.0-200-generic (Ubuntu 20.04.6 LTS) on n1"
    );
    assert!(told(&seen, &wanted()).contains(&("kernel", "FAILED")));
    let chosen =
        Wanted { node_selector: [("disk".to_owned(), "ssd".to_owned())].into(), ..wanted() };
    let mut nodes = vec![node("n1", "5.4.0", "x"), node("n2", "6.1.0", "Talos")];
    nodes[1]["metadata"]["labels"]["disk"] = json!("ssd");
    let seen = Snapshot { nodes: Ok(read(json!(nodes))), ..good() };
    assert_eq!(told(&seen, &chosen), NONE, "nodes that are left out do not count");
}

#[test]
fn a_thousand_nodes_make_no_longer_sentence_than_ten() {
    let nodes: Vec<Value> =
        (0..1_000).map(|it| node(&format!("n{it}"), &format!("5.4.{}", it % 50), "x")).collect();
    let seen = Snapshot { nodes: Ok(read(json!(nodes))), ..good() };
    let found = found(&seen, &wanted(), "kernel");
    assert!(found.len() < 400 && found.contains("45 more kinds"), "{found}");
}

#[test]
fn other_machines_are_told_and_keep_obi_away_only_where_there_is_no_other() {
    let fargate = with_labels(
        node("f1", "5.10.0", "Amazon Linux 2"),
        json!({"kubernetes.io/os": "linux", "eks.amazonaws.com/compute-type": "fargate"}),
    );
    let windows = with_labels(
        node("w1", "10.0.20348", "Windows Server"),
        json!({"kubernetes.io/os": "windows"}),
    );
    let aci = with_labels(
        node("v1", "", ""),
        json!({"kubernetes.io/os": "linux", "type": "virtual-kubelet"}),
    );
    let mixed = json!([fargate, windows, aci, node("n1", "6.1.0", "Talos")]);
    let seen = Snapshot { nodes: Ok(read(mixed)), ..good() };
    assert_eq!(told(&seen, &wanted()), [("machines", "failed")]);
    assert_eq!(
        found(&seen, &wanted(), "machines"),
        "Fargate on f1; Windows on w1; a virtual kubelet on v1"
    );
    let seen = Snapshot { nodes: Ok(read(json!([fargate, aci]))), ..good() };
    let told = told(&seen, &wanted());
    assert!(told.contains(&("nodes", "FAILED")), "{told:?}");
    let why = judged(&seen, &wanted());
    assert!(why.iter().any(|it| it.name == "nodes" && it.why.contains("Fargate")));
}

#[test]
fn architectures_without_an_image_are_told() {
    let mut arm = node("p1", "6.1.0", "Talos");
    arm["status"]["nodeInfo"]["architecture"] = json!("s390x");
    let seen = Snapshot { nodes: Ok(read(json!([arm, node("n1", "6.1.0", "Talos")]))), ..good() };
    assert_eq!(found(&seen, &wanted(), "architecture"), "s390x on p1");
}

#[test]
fn autopilot_cannot_run_it_and_a_warden_may_refuse_it() {
    let nodes = json!([node("gk3-pool-1", "6.1.0", "Container-Optimized OS")]);
    let seen = Snapshot { nodes: Ok(read(nodes)), ..good() };
    assert_eq!(told(&seen, &wanted()), [("autopilot", "FAILED")]);
    let warden = "warden-validating.config.common-webhooks.networking.gke.io".to_owned();
    let seen = Snapshot { webhooks: Ok(vec![warden]), ..good() };
    assert_eq!(told(&seen, &wanted()), [("autopilot", "cannot tell")]);
}

#[test]
fn openshift_has_to_let_its_account_in() {
    let groups = [String::new(), "security.openshift.io".to_owned()];
    let seen = Snapshot { groups: Ok(groups.into()), ..good() };
    assert_eq!(told(&seen, &wanted()), [("openshift", "FAILED")]);
    assert_eq!(told(&seen, &Wanted { openshift: true, ..wanted() }), NONE);
}

#[test]
fn a_monitor_needs_its_kind() {
    assert_eq!(
        told(&good(), &Wanted { monitor: true, ..wanted() }),
        [("service-monitor", "FAILED")]
    );
}

#[test]
fn a_namespace_is_there_alive_and_lets_its_pods_in() {
    let seen = Snapshot { space: Ok(None), ..good() };
    assert_eq!(told(&seen, &wanted()), [(super::MISSING_NAMESPACE, "FAILED")]);
    let mut going = space(&json!({}));
    going.status.phase = "Terminating".to_owned();
    let seen = Snapshot { space: Ok(Some(going)), ..good() };
    assert_eq!(told(&seen, &wanted()), [("namespace-alive", "FAILED")]);
    for level in ["baseline", "restricted"] {
        let labels = json!({"pod-security.kubernetes.io/enforce": level});
        let seen = Snapshot { space: Ok(Some(space(&labels))), ..good() };
        let checks = judged(
            &seen,
            &Wanted { privileged: false, capabilities: vec!["SYS_ADMIN".to_owned()], ..wanted() },
        );
        let check = checks.iter().find(|it| it.name == "pod-security").unwrap();
        assert!(check.is_fatal(), "{check:?}");
        for word in ["hostPID", "hostPath", "SYS_ADMIN"] {
            assert!(check.why.contains(word), "{word}: {}", check.why);
        }
        assert!(!check.why.contains("hostNetwork") && !check.why.contains("privileged: true"));
    }
    let seen = Snapshot { space: Ok(Some(space(&json!({})))), ..good() };
    assert_eq!(told(&seen, &wanted()), NONE);
}

fn limited(memory: &str) -> Wanted {
    let mut wanted = wanted();
    wanted.resources.limits = [("memory".to_owned(), memory.to_owned())].into();
    wanted.resources.requests = [("memory".to_owned(), memory.to_owned())].into();
    wanted
}

#[test]
fn with_less_memory_than_it_takes_at_once_it_would_be_killed() {
    assert_eq!(told(&good(), &limited("256Mi")), [("memory", "FAILED")]);
    assert_eq!(told(&good(), &limited("512Mi")), NONE);
    assert_eq!(told(&good(), &limited("many")), [("memory", "cannot tell")]);
    let range = json!([{"metadata": {"name": "small"}, "spec": {"limits": [
        {"type": "Container", "default": {"memory": "128Mi"}, "max": {"memory": "400Mi"}},
    ]}}]);
    let seen = Snapshot { ranges: Ok(read(range)), ..good() };
    assert_eq!(found(&seen, &wanted(), "memory"), "limited to 128Mi by a LimitRange");
    assert_eq!(
        found(&seen, &limited("1Gi"), "limit-range"),
        "LimitRange small allows memory up to 400Mi"
    );
    assert!(told(&good(), &limited("9Gi")).contains(&("memory-of-nodes", "failed")));
}

#[test]
fn a_quota_is_counted_for_all_nodes_without_the_pods_that_are_there() {
    let quota = |hard: Value, used: Value| -> Snapshot {
        let quota =
            json!([{"metadata": {"name": "q"}, "spec": {"hard": hard}, "status": {"used": used}}]);
        Snapshot { quotas: Ok(read(quota)), ..good() }
    };
    let tight = quota(json!({"limits.memory": "2Gi"}), json!({"limits.memory": "512Mi"}));
    assert_eq!(
        found(&tight, &limited("1Gi"), "quota"),
        "quota q leaves 1536Mi of limits.memory, and 2 pods take 2048Mi"
    );
    assert_eq!(told(&tight, &limited("768Mi")), NONE);
    let running = Running { own: 2, ..Running::default() };
    let seen = Snapshot { running: Ok(running), ..tight };
    assert_eq!(told(&seen, &limited("1Gi")), NONE, "its own pods are counted already");
    let silent = quota(json!({"requests.cpu": "10"}), json!({}));
    assert_eq!(
        found(&silent, &limited("1Gi"), "quota"),
        "quota q counts requests.cpu, and OBI's pods say nothing of it"
    );
    let pods = quota(json!({"pods": "10"}), json!({"pods": "9"}));
    assert_eq!(found(&pods, &wanted(), "quota"), "quota q leaves 1 pods, and 2 are to come");
    let mut narrow = quota(json!({"pods": "0"}), json!({}));
    narrow.quotas.as_mut().unwrap()[0].spec.scopes = vec!["BestEffort".to_owned()];
    assert_eq!(told(&narrow, &wanted()), NONE);
}

#[test]
fn taints_keep_it_away_unless_they_are_tolerated() {
    let nodes = json!([
        tainted(node("gpu-1", "6.1.0", "Talos"), "gpu"),
        tainted(node("gpu-2", "6.1.0", "Talos"), "gpu"),
        tainted(node("n1", "6.1.0", "Talos"), "node.kubernetes.io/unschedulable"),
    ]);
    let seen = Snapshot { nodes: Ok(read(nodes)), ..good() };
    assert_eq!(told(&seen, &wanted()), [("taints", "failed")]);
    assert_eq!(found(&seen, &wanted(), "taints"), "gpu=yes:NoSchedule on gpu-1, gpu-2");
    let tolerant = Wanted { tolerations: vec![json!({"operator": "Exists"})], ..wanted() };
    assert_eq!(told(&seen, &tolerant), NONE);
}

#[test]
fn kernels_that_miscount_matter_where_context_is_propagated_by_an_obi_that_does_not_make_up_for_it()
{
    let nodes = json!([node("n1", "6.12.80", "Talos"), node("n2", "6.12.0-55.el10", "RHEL 10")]);
    let seen = Snapshot { nodes: Ok(read(nodes)), ..good() };
    let old = Image::parse("otel/ebpf-instrument:v0.11.0").unwrap().0;
    let mine = Image::parse("mine/obi:stable").unwrap().0;
    let wanted = |image: &Image| Wanted { image: image.clone(), ..with(PROPAGATION) };
    assert_eq!(told(&seen, &wanted(&old)), [("fionread", "failed")]);
    assert_eq!(told(&seen, &wanted(&mine)), [("fionread", "cannot tell")]);
    assert_eq!(told(&seen, &wanted(&Image::default())), NONE);
    assert_eq!(told(&seen, &Wanted { image: old, ..super::tests::wanted() }), NONE);
}

#[test]
fn what_only_a_node_knows_cannot_be_told_and_bottlerocket_is_locked_down() {
    let nodes =
        json!([node("n1", "6.1.0", "Ubuntu 24.04"), node("n2", "6.1.0", "Bottlerocket OS 1.20")]);
    let seen = Snapshot { nodes: Ok(read(nodes)), ..good() };
    let mut small = Wanted { privileged: false, ..with(PROPAGATION) };
    small.capabilities = [
        "BPF",
        "CHECKPOINT_RESTORE",
        "DAC_READ_SEARCH",
        "SYS_PTRACE",
        "PERFMON",
        "NET_RAW",
        "NET_ADMIN",
    ]
    .map(str::to_owned)
    .to_vec();
    let told = told(&seen, &small);
    assert!(told.contains(&("perf-event-paranoid", "cannot tell")), "{told:?}");
    assert!(told.contains(&("lockdown", "failed")), "{told:?}");
    assert!(!told.contains(&("capabilities", "FAILED")), "{told:?}");
}

#[test]
fn capabilities_that_some_kernel_makes_necessary_are_missed() {
    let nodes = json!([node("n1", "5.10.0", "Talos"), node("n2", "6.1.0", "Talos")]);
    let seen = Snapshot { nodes: Ok(read(nodes)), ..good() };
    let mut wanted = Wanted { privileged: false, ..wanted() };
    wanted.capabilities =
        ["BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH", "SYS_PTRACE", "PERFMON", "NET_RAW"]
            .map(str::to_owned)
            .to_vec();
    assert_eq!(found(&seen, &wanted, "capabilities"), "without SYS_RESOURCE");
}

#[test]
fn another_obi_a_namesake_and_taken_ports_are_told() {
    let beyla = Agent {
        owner: "monitoring/ds/beyla".to_owned(),
        image: "grafana/beyla:3.3".to_owned(),
        is_ours: false,
    };
    let running = Running {
        agents: [(beyla, 3)].into(),
        namesakes: vec!["DaemonSet obi".to_owned()],
        ports: [(9464, "pod prometheus in namespace metrics".to_owned())].into(),
        ..Running::default()
    };
    let seen = Snapshot { running: Ok(running), ..good() };
    assert_eq!(told(&seen, &wanted()), [("other-obi", "failed"), ("namesake", "FAILED")]);
    assert_eq!(
        found(&seen, &wanted(), "other-obi"),
        "monitoring/ds/beyla (grafana/beyla:3.3, 3 pods)"
    );
    let told = told(&seen, &with(NETWORK));
    assert!(
        told.contains(&("port", "FAILED")),
        "in the network of the node its ports count: {told:?}"
    );
}

#[test]
fn every_right_that_is_missing_is_named() {
    let denied = |deny: &dyn Fn(&super::snapshot::Ask) -> bool| {
        let asks = asks(&wanted(), true).into_iter();
        let rights = asks.map(|ask| Right { allowed: Ok(!deny(&ask)), ask });
        Snapshot { rights: rights.collect(), ..good() }
    };
    let one = denied(&|it| it.resource == "daemonsets" && it.verb == "patch");
    assert_eq!(told(&one, &wanted()), [("rights", "FAILED")]);
    assert_eq!(
        found(&one, &wanted(), "rights"),
        "may not patch daemonsets.apps in namespace observability"
    );
    let escalating = |it: &super::snapshot::Ask| {
        matches!(it.purpose, Purpose::Grant | Purpose::Bind)
            || it.resource == "nodes" && it.verb == "watch"
    };
    let none = denied(&escalating);
    assert_eq!(
        told(&none, &wanted()),
        [("rights-to-grant", "FAILED"), ("rights-to-bind", "FAILED")]
    );
    assert_eq!(found(&none, &wanted(), "rights-to-grant"), "may not watch nodes");
    let escalates = denied(&|it| it.purpose == Purpose::Granted);
    assert_eq!(told(&escalates, &wanted()), NONE, "escalate and bind stand above");
    let holds = denied(&|it| matches!(it.purpose, Purpose::Grant | Purpose::Bind));
    assert_eq!(told(&holds, &wanted()), NONE, "what one has one may grant");
    let blind = denied(&|it| it.subresource == Some("log"));
    assert_eq!(told(&blind, &wanted()), [("rights-to-look", "failed")]);
}

#[test]
fn an_account_that_has_lost_its_role_is_told() {
    let lost = granted().into_iter().map(|ask| Right { allowed: Ok(ask.resource != "pods"), ask });
    let seen = Snapshot { account: lost.collect(), ..good() };
    assert_eq!(found(&seen, &wanted(), "service-account"), "may not list, watch pods");
}

#[test]
fn a_configuration_that_obi_does_not_accept_is_told_with_what_is_wrong() {
    let told = found(&good(), &with("metrics: {features: [network]}\n"), "configuration");
    assert!(told.starts_with("nothing is chosen"), "{told}");
    let blind = "attributes: {kubernetes: {enable: 'false'}}\ndiscovery: {instrument: [{k8s_namespace: shop}]}\ntrace_printer: text\n";
    assert_eq!(super::tests::told(&good(), &with(blind)), [("metadata", "FAILED")]);
}

fn sending(
    endpoint: &str,
    mut service: Option<Result<Option<Value>, String>>,
    is_sure: bool,
) -> (Snapshot, Wanted) {
    let config = format!(
        "discovery: {{instrument: [{{k8s_namespace: shop}}]}}\notel_traces_export: {{endpoint: '{endpoint}'}}\n"
    );
    let wanted = with(&config);
    let all = destinations(&wanted.config, &wanted.environment(), wanted.release());
    let target = |destination| Target {
        destination,
        service: service.take().map(|found| Named {
            name: "collector".to_owned(),
            namespace: "otel".to_owned(),
            is_sure,
            found: found.map(|it| it.map(read)),
            is_served: Ok(true),
        }),
    };
    let targets = all.into_iter().map(target).collect();
    (Snapshot { targets, ..good() }, wanted)
}

#[test]
fn an_endpoint_is_looked_up_among_the_services_of_the_cluster() {
    let ports = json!({"spec": {"ports": [{"name": "otlp-grpc", "port": 4317}, {"name": "otlp-http", "port": 4318}]}});
    let there = Some(Ok(Some(ports)));
    let outside = json!({"spec": {"type": "ExternalName"}});
    let table = [
        ("http://collector.otel.svc:4318", there.clone(), true, ""),
        ("http://collector.otel.svc:4319", there.clone(), true, "failed"),
        ("http://collector.otel.svc:4317", there.clone(), true, ""),
        ("http://collector.otel.svc:4318", Some(Ok(None)), true, "failed"),
        ("http://example.com:4318", Some(Ok(None)), false, "cannot tell"),
        ("http://collector.otel.svc:4318", Some(Err("no right".to_owned())), true, "cannot tell"),
        ("http://collector.otel.svc:4318", Some(Ok(Some(outside))), true, "cannot tell"),
        ("http://10.0.0.1:4318", None, false, "cannot tell"),
        ("http://localhost:4318", None, false, "FAILED"),
        ("http://127.0.0.1:4317", None, false, "FAILED"),
        ("http://[::1]:4317", None, false, "FAILED"),
    ];
    for (endpoint, service, is_sure, word) in table {
        let (seen, wanted) = sending(endpoint, service, is_sure);
        let told = told(&seen, &wanted);
        assert_eq!(told.first().map_or("", |it| it.1), word, "{endpoint}: {told:?}");
    }
    let (mut seen, wanted) = sending("http://collector.otel.svc:4318", there, true);
    for target in &mut seen.targets {
        target.service.as_mut().unwrap().is_served = Ok(false);
    }
    assert!(found(&seen, &wanted, "endpoint").contains("nothing is ready"));
}

#[test]
fn another_protocol_than_the_port_speaks_is_told() {
    let ports = json!({"spec": {"ports": [{"name": "grpc", "port": 4319}]}});
    let (seen, wanted) = sending("http://collector.otel.svc:4319", Some(Ok(Some(ports))), true);
    let told = found(&seen, &wanted, "endpoint");
    assert!(told.ends_with("port 4319 (grpc) of Service collector.otel speaks grpc"), "{told}");
}

#[test]
fn in_the_network_of_the_node_a_collector_of_each_node_can_be_meant() {
    let wanted = with(
        "metrics: {features: [network]}\notel_metrics_export: {endpoint: 'http://localhost:4318'}\n",
    );
    let all = destinations(&wanted.config, &wanted.environment(), wanted.release());
    let targets = all.into_iter().map(|destination| Target { destination, service: None });
    let seen = Snapshot { targets: targets.collect(), ..good() };
    assert_eq!(told(&seen, &wanted), [("endpoint", "cannot tell")]);
}

#[test]
fn a_name_means_a_service_as_it_would_in_a_pod() {
    let named = |name: &str, namespace: &str, is_sure| {
        Some((name.to_owned(), namespace.to_owned(), is_sure))
    };
    let table = [
        ("collector", named("collector", "observability", true)),
        ("collector.otel", named("collector", "otel", false)),
        ("collector.otel.svc", named("collector", "otel", true)),
        ("collector.otel.svc.cluster.local.", named("collector", "otel", true)),
        ("db-0.db.shop.svc.cluster.local", named("db", "shop", true)),
        ("otlp.example.com", None),
        ("10.1.2.3", None),
        ("[2001:db8::1]", None),
        ("localhost", None),
    ];
    for (host, expected) in table {
        assert_eq!(service_name(host, "observability"), expected, "{host}");
    }
}

#[test]
fn a_secret_that_is_not_there_keeps_every_container_from_starting() {
    let key =
        super::super::wanted::SecretKey { name: "otlp".to_owned(), key: "headers".to_owned() };
    let wanted = Wanted { headers: Some(key), ..wanted() };
    let table =
        [(Ok(true), ""), (Ok(false), "FAILED"), (Err("no right".to_owned()), "cannot tell")];
    for (headers, word) in table {
        let seen = Snapshot { headers: Some(headers), ..good() };
        assert_eq!(told(&seen, &wanted).first().map_or("", |it| it.1), word);
    }
}

#[test]
fn what_cannot_be_seen_is_never_said_to_have_failed() {
    let no = || "may not be listed".to_owned();
    let seen = Snapshot {
        groups: Err(no()),
        nodes: Err(no()),
        space: Err(no()),
        quotas: Err(no()),
        ranges: Err(no()),
        running: Err(no()),
        webhooks: Err(no()),
        rights: asks(&wanted(), true)
            .into_iter()
            .map(|ask| Right { ask, allowed: Err(no()) })
            .collect(),
        ..good()
    };
    let told = told(&seen, &wanted());
    assert!(told.iter().all(|it| it.1 == "cannot tell"), "{told:?}");
    assert!(told.len() >= 8, "{told:?}");
}

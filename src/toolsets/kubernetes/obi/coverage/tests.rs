use serde_json::{Value, json};

use super::{
    super::{
        pods::{
            Pod,
            tests::{noon, pod, selection, web},
        },
        preflight::node::{Node, Wishes},
    },
    Cover, Covered, Judge, Said, Tally,
};
use crate::obi::log::Process;

const SHOP: &str = "discovery: {instrument: [{k8s_namespace: '{shop,monitoring}'}]}";

fn node(name: &str, spec: &Value) -> Node {
    let node = json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
        "spec": spec,
        "status": {"nodeInfo": {"kernelVersion": "6.1.0"}},
    });
    serde_json::from_value(node).unwrap()
}

fn agent(node: &str, ready: bool) -> Pod {
    let mut agent = web();
    agent["metadata"]["name"] = json!(format!("obi-{node}"));
    agent["spec"]["nodeName"] = json!(node);
    agent["spec"]["containers"][0]["image"] = json!("otel/ebpf-instrument:v0.13.0");
    if !ready {
        agent["status"] = json!({"phase": "Running", "containerStatuses": [
            {"name": "main", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
        ]});
    }
    pod(agent)
}

/// n1 has an OBI, that of n2 crashes, and n3 keeps it away.
fn covered() -> Covered {
    let mut covered = Covered::default();
    covered.agent(agent("n1", true));
    covered.agent(agent("n2", false));
    let taint = json!({"taints": [{"key": "gpu", "value": "", "effect": "NoSchedule"}]});
    for (name, spec) in [("n1", json!({})), ("n2", json!({})), ("n3", taint), ("n4", json!({}))] {
        covered.node(&node(name, &spec), &Wishes::default(), true);
    }
    covered
}

fn tally(pods: &[Pod], said: &Said) -> Tally {
    let (selection, covered) = (selection(SHOP), covered());
    let judge = Judge { selection: &selection, covered: &covered, said, now: noon() };
    let mut tally = Tally::default();
    for pod in pods {
        tally.add(pod, &judge);
    }
    tally
}

fn on(node: &str, namespace: &str) -> Pod {
    let mut value = web();
    value["spec"]["nodeName"] = json!(node);
    value["metadata"]["namespace"] = json!(namespace);
    pod(value)
}

#[test]
fn a_node_is_covered_by_a_pod_that_is_ready_and_why_it_is_not_is_told() {
    let covered = covered();
    assert!(covered.gap("n1").is_none() && matches!(covered.nodes["n1"], Cover::Ready(_)));
    let gap = |node: &str| covered.gap(node).unwrap();
    assert_eq!(gap("n2"), "node n2: OBI's pod obi-n2 is not ready: CrashLoopBackOff");
    assert_eq!(gap("n3"), "node n3: its taint gpu:NoSchedule is not tolerated");
    assert_eq!(gap("n4"), "node n4: OBI has no pod there yet");
    assert_eq!(gap("n5"), "node n5: OBI has no pod there");
    assert_eq!(covered.count(), (1, 4));
}

#[test]
fn pods_are_counted_by_what_becomes_of_them() {
    let mut pending = web();
    pending["spec"]["nodeName"] = json!("");
    pending["status"] = json!({"phase": "Pending"});
    let pods = [
        on("n1", "shop"),
        on("n2", "shop"),
        on("n3", "shop"),
        on("n1", "monitoring"),
        on("n1", "bank"),
        pod(pending),
        agent("n1", true),
    ];
    let tally = tally(&pods, &Said::default());
    assert_eq!(
        tally.summary(),
        "6 pods: 2 uncovered, 1 selected, 1 excluded, 1 not selected, 1 not running"
    );
    assert_eq!((tally.len(), tally.namespaces()), (6, 3));
}

#[test]
fn what_the_log_of_its_node_names_is_instrumented_and_what_another_names_is_not() {
    let server = |command: &str| Process {
        pid: 7,
        command: command.to_owned(),
        kind: "go".to_owned(),
        service: String::new(),
    };
    for (node, command, expected) in [
        ("n1", "/usr/bin/server", "1 pods: 1 instrumented"),
        ("n1", "/usr/bin/python3", "1 pods: 1 selected"),
        ("n2", "/usr/bin/server", "1 pods: 1 selected"),
    ] {
        let nodes = [(node.to_owned(), vec![server(command)])].into();
        let said = Said { nodes, unread: 0 };
        assert_eq!(tally(&[on("n1", "shop")], &said).summary(), expected, "{node} {command}");
    }
}

#[test]
fn five_thousand_pods_are_as_many_rows_as_there_are_workloads() {
    let pods: Vec<Pod> = (0..5_000).map(|it| on("n1", &format!("team-{}", it % 40))).collect();
    let tally = tally(&pods, &Said::default());
    assert_eq!((tally.len(), tally.namespaces()), (40, 40));
}

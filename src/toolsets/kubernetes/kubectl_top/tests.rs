use expect_test::expect;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    k8s::{Limits, Writes},
    output::tokens::estimate,
    toolsets::kubernetes::world::{ApiServer, World, object},
};

const PODS: &str = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods";
const ALL_PODS: &str = "/apis/metrics.k8s.io/v1beta1/pods";
const NODES: &str = "/apis/metrics.k8s.io/v1beta1/nodes";

/// A container with its requests and limits.
fn container(name: &str, requests: &Value, limits: &Value) -> Value {
    json!({"name": name, "image": "x:1", "resources": {"requests": requests, "limits": limits}})
}

fn pod(namespace: &str, name: &str, node: &str, containers: &[Value]) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name.split('-').next()}},
        "spec": {"nodeName": node, "containers": containers}, "status": {"phase": "Running"},
    })
}

fn node(name: &str, ready: &str, pressure: &str) -> Value {
    let mut node = object("v1", "Node", None, name);
    node["status"] = json!({
        "allocatable": {"cpu": "3920m", "memory": "16Gi"},
        "conditions": [{"type": "MemoryPressure", "status": pressure}, {"type": "Ready", "status": ready}],
    });
    node
}

fn objects() -> Vec<Value> {
    let bounded = container(
        "main",
        &json!({"cpu": "100m", "memory": "64Mi"}),
        &json!({"cpu": "1", "memory": "128Mi"}),
    );
    let free = container("log", &json!({"cpu": "50m"}), &json!({}));
    let mut cordoned = node("node-2", "False", "True");
    cordoned["spec"] = json!({"unschedulable": true});
    vec![
        pod("shop", "web-1", "node-1", &[bounded.clone(), free]),
        pod("shop", "cart-1", "node-2", std::slice::from_ref(&bounded)),
        pod("shop", "new-1", "node-2", std::slice::from_ref(&bounded)),
        pod("bank", "vault-1", "node-1", &[bounded]),
        node("node-1", "True", "False"),
        cordoned,
    ]
}

fn used(namespace: &str, name: &str, containers: &[(&str, &str, &str)]) -> Value {
    let containers =
        containers.iter().map(|it| json!({"name": it.0, "usage": {"cpu": it.1, "memory": it.2}}));
    json!({"metadata": {"name": name, "namespace": namespace}, "containers": containers.collect::<Vec<_>>()})
}

fn discovery() -> String {
    let resource = |plural: &str, kind: &str, scope: &str| {
        let kind = json!({"group": "metrics.k8s.io", "version": "v1beta1", "kind": kind});
        json!({"resource": plural, "responseKind": kind, "scope": scope, "verbs": ["get", "list"]})
    };
    let resources =
        [resource("nodes", "NodeMetrics", "Cluster"), resource("pods", "PodMetrics", "Namespaced")];
    let version = json!({"version": "v1beta1", "freshness": "Current", "resources": resources});
    let group = json!({"metadata": {"name": "metrics.k8s.io"}, "versions": [version]});
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [group]}).to_string()
}

fn metrics() -> Vec<(&'static str, StatusCode, String)> {
    let web = used("shop", "web-1", &[("main", "250m", "100Mi"), ("log", "1500000n", "2048Ki")]);
    let cart = used("shop", "cart-1", &[("main", "7m", "127Mi")]);
    let vault = used("bank", "vault-1", &[("main", "1m", "1Mi")]);
    let list = |items: &[&Value]| {
        json!({"kind": "PodMetricsList", "metadata": {}, "items": items}).to_string()
    };
    let busy = json!({"metadata": {"name": "node-1"}, "usage": {"cpu": "1960m", "memory": "4Gi"}});
    vec![
        (
            "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/web-1",
            StatusCode::OK,
            web.to_string(),
        ),
        ("/apis/metrics.k8s.io/v1beta1/namespaces/bank/pods", StatusCode::OK, list(&[&vault])),
        (PODS, StatusCode::OK, list(&[&cart, &web])),
        (ALL_PODS, StatusCode::OK, list(&[&cart, &vault, &web])),
        (NODES, StatusCode::OK, json!({"metadata": {}, "items": [busy]}).to_string()),
        ("/apis", StatusCode::OK, discovery()),
    ]
}

async fn world(answers: Vec<(&'static str, StatusCode, String)>) -> World {
    World::new(ApiServer { answers, ..ApiServer::holding(objects()) }).await
}

async fn top(arguments: Value) -> String {
    world(metrics()).await.call("kubectl_top", arguments).await
}

#[tokio::test]
async fn pods_are_shown_beside_their_requests_and_limits() {
    expect![[r"
        259m CPU, 229Mi memory in 2 pods
        POD	CPU	CPU_REQUEST	CPU_LIMIT	MEMORY	MEMORY_REQUEST	MEMORY_LIMIT
        web-1	252m	150m 167%	-	102Mi	64Mi 159%	-
        cart-1	7m	100m 6%	1000m 0%	127Mi	64Mi 198%	128Mi 99%
        not measured (yet; it takes a minute after the start): new-1"]]
    .assert_eq(&top(json!({})).await);
    expect![[r"
        259m CPU, 229Mi memory in 2 pods
        POD	CONTAINER	CPU	CPU_REQUEST	CPU_LIMIT	MEMORY	MEMORY_REQUEST	MEMORY_LIMIT
        cart-1	main	7m	100m 6%	1000m 0%	127Mi	64Mi 198%	128Mi 99%
        web-1	main	250m	100m 250%	1000m 25%	100Mi	64Mi 156%	128Mi 78%
        not measured (yet; it takes a minute after the start): new-1
        showing 2 of 3; narrow with label_selector, or ask again with a higher limit"]]
    .assert_eq(&top(json!({"containers": true, "sort_by": "memory", "limit": 2})).await);
    expect![[r"
        260m CPU, 230Mi memory in 3 pods
        NAMESPACE	POD	CPU	CPU_REQUEST	CPU_LIMIT	MEMORY	MEMORY_REQUEST	MEMORY_LIMIT
        shop	web-1	252m	150m 167%	-	102Mi	64Mi 159%	-
        shop	cart-1	7m	100m 6%	1000m 0%	127Mi	64Mi 198%	128Mi 99%
        bank	vault-1	1m	100m 1%	1000m 0%	1Mi	64Mi 1%	128Mi 0%
        not measured (yet; it takes a minute after the start): new-1"]]
    .assert_eq(&top(json!({"all_namespaces": true, "resource": "po"})).await);
    expect![[r"
        252m CPU, 102Mi memory in 1 pod
        POD	CPU	CPU_REQUEST	CPU_LIMIT	MEMORY	MEMORY_REQUEST	MEMORY_LIMIT
        web-1	252m	150m 167%	-	102Mi	64Mi 159%	-"]]
    .assert_eq(&top(json!({"name": "web-1"})).await);
    expect!["not found: no pods wbe-1 in namespace shop; near: web-1"]
        .assert_eq(&top(json!({"resource": "pod/wbe-1"})).await);
}

#[tokio::test]
async fn nodes_are_shown_beside_what_is_allocatable_and_how_they_are() {
    expect![[r"
        NODE	CPU	CPU%	CPU_ALLOCATABLE	MEMORY	MEMORY%	MEMORY_ALLOCATABLE	STATUS
        node-1	1960m	50%	3920m	4096Mi	25%	16Gi	Ready
        node-2	?	?	3920m	?	?	16Gi	NotReady,MemoryPressure,cordoned
        no measurement of node-2"]]
    .assert_eq(&top(json!({"resource": "nodes"})).await);
    expect![[r"
        NODE	CPU	CPU%	CPU_ALLOCATABLE	MEMORY	MEMORY%	MEMORY_ALLOCATABLE	STATUS
        node-2	?	?	3920m	?	?	16Gi	NotReady,MemoryPressure,cordoned
        no measurement of node-2"]]
    .assert_eq(&top(json!({"resource": "no/node-2"})).await);
}

#[tokio::test]
async fn what_cannot_be_measured_is_refused_with_all_that_is_wrong() {
    let answers = [
        top(json!({"resource": "deploy"})).await,
        top(json!({"resource": "pods,nodes"})).await,
        top(json!({"limit": 0, "name": "a b", "label_selector": "a in b", "namespace": "x", "all_namespaces": true})).await,
        top(json!({"sort_by": "mem"})).await,
    ];
    expect![[r#"
        not found: the cluster has no kind deploy: kubectl_api_resources lists what there is
        --
        invalid arguments:
        - `resource`: pods or nodes, one of them
        --
        invalid arguments:
        - `limit`: less than 1 would show nothing
        - `namespace` and `all_namespaces` exclude each other
        - `name` and `label_selector` exclude each other
        - `name` is looked for in one namespace: give `namespace`
        - `label_selector`: `(` is expected at character 6: a in »b
        --
        invalid arguments:
        - `sort_by`: "mem" is none of cpu, memory"#]]
    .assert_eq(&answers.join("\n--\n"));
}

fn summary(node: &str, pods: &[(&str, &str, f64)]) -> String {
    let stats = |cpu: f64| json!({"name": "main", "cpu": {"usageNanoCores": cpu}, "memory": {"workingSetBytes": 67_108_864}, "rootfs": {"usedBytes": 1}});
    let pods = pods.iter().map(|it| json!({"podRef": {"namespace": it.0, "name": it.1, "uid": "u"}, "containers": [stats(it.2)], "volume": []}));
    let mut own = stats(2e9);
    own["nodeName"] = json!(node);
    json!({"node": own, "pods": pods.collect::<Vec<_>>()}).to_string()
}

fn kubelets() -> Vec<(&'static str, StatusCode, String)> {
    let one = summary("node-1", &[("shop", "web-1", 3e8), ("bank", "vault-1", 9e8)]);
    let other = summary("node-2", &[("shop", "cart-1", 1e6)]);
    vec![
        ("/api/v1/nodes/node-1/proxy", StatusCode::OK, one),
        ("/api/v1/nodes/node-2/proxy", StatusCode::OK, other),
    ]
}

#[tokio::test]
async fn without_a_metrics_api_the_kubelets_are_asked() {
    let world = world(kubelets()).await;
    expect![[r"
        From the kubelets: the metrics API (metrics.k8s.io) is registered and its server does not answer: look at metrics-server in kube-system.
        301m CPU, 128Mi memory in 2 pods
        POD	CPU	CPU_REQUEST	CPU_LIMIT	MEMORY	MEMORY_REQUEST	MEMORY_LIMIT
        web-1	300m	150m 200%	-	64Mi	64Mi 100%	-
        cart-1	1m	100m 1%	1000m 0%	64Mi	64Mi 100%	128Mi 50%
        not measured (yet; it takes a minute after the start): new-1"]].assert_eq(&world.call("kubectl_top", json!({})).await);
    expect![[r"
        From the kubelets: the metrics API (metrics.k8s.io) is registered and its server does not answer: look at metrics-server in kube-system.
        NODE	CPU	CPU%	CPU_ALLOCATABLE	MEMORY	MEMORY%	MEMORY_ALLOCATABLE	STATUS
        node-1	2000m	51%	3920m	64Mi	0%	16Gi	Ready
        node-2	2000m	51%	3920m	64Mi	0%	16Gi	NotReady,MemoryPressure,cordoned"]].assert_eq(&world.call("kubectl_top", json!({"resource": "nodes"})).await);
}

#[tokio::test]
async fn where_nobody_measures_it_is_said_what_to_install_and_who_refused() {
    let nothing = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": []});
    let mut answers = kubelets();
    answers.push(("/apis", StatusCode::OK, nothing.to_string()));
    let world = world(answers).await;
    let read_only = Limits { writes: Writes::None, ..Limits::default() };
    let denied = Limits { deny_resources: vec!["nodes/proxy".to_owned()], ..Limits::default() };
    let some = Limits { allow_namespaces: vec!["shop".to_owned()], ..Limits::default() };
    let mut refusals = Vec::new();
    for limits in [read_only, denied, some] {
        refusals.push(world.call_within("kubectl_top", json!({}), limits).await);
    }
    expect![[r"
        unavailable: the cluster has no metrics API (metrics.k8s.io); metrics-server would give it; the kubelets may not be asked instead: GET of nodes/proxy is not possible in read-only mode (policy.mode)
        unavailable: the cluster has no metrics API (metrics.k8s.io); metrics-server would give it; the kubelets may not be asked instead: nodes/proxy are denied by policy (policy.deny_resources)
        unavailable: the cluster has no metrics API (metrics.k8s.io); metrics-server would give it; the kubelets may not be asked instead: nodes/proxy reaches the pods of every namespace, and only some are allowed (policy.namespaces)"]].assert_eq(&refusals.join("\n"));
    assert!(!world.requests().iter().any(|it| it.contains("proxy")));
}

#[tokio::test]
async fn a_metrics_api_that_is_down_says_so() {
    let down = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503, "message": "service unavailable"});
    let answers = vec![
        ("/apis/metrics.k8s.io", StatusCode::SERVICE_UNAVAILABLE, down.to_string()),
        ("/api/v1/nodes/", StatusCode::FORBIDDEN, r#"{"kind":"Status","apiVersion":"v1","status":"Failure","code":403,"message":"nodes \"x\" is forbidden: User \"jane\" cannot get resource \"nodes/proxy\""}"#.to_owned()),
        ("/apis", StatusCode::OK, discovery()),
    ];
    let world = world(answers).await;
    expect!["unavailable: the metrics API (metrics.k8s.io) is registered and its server does not answer: look at metrics-server in kube-system; the kubelets may not be asked instead: user jane (context test) may not get nodes/proxy cluster-wide; ask for that right (RBAC)"].assert_eq(&world.call("kubectl_top", json!({})).await);
}

#[tokio::test]
async fn a_forbidden_cluster_shows_the_namespaces_that_are_allowed() {
    let limits = Limits { allow_namespaces: vec!["bank".to_owned()], ..Limits::default() };
    let world = world(metrics()).await;
    let all = json!({"all_namespaces": true});
    expect![[r"
        Not the whole cluster, which may not be listed: only namespace bank.
        1m CPU, 1Mi memory in 1 pod
        NAMESPACE	POD	CPU	CPU_REQUEST	CPU_LIMIT	MEMORY	MEMORY_REQUEST	MEMORY_LIMIT
        bank	vault-1	1m	100m 1%	1000m 0%	1Mi	64Mi 1%	128Mi 0%"]]
    .assert_eq(&world.call_within("kubectl_top", all, limits).await);
    assert!(!world.requests().iter().any(|it| it.contains("/shop/")));
}

#[tokio::test]
async fn forty_nodes_are_at_most_two_thousand_tokens() {
    let name = |it: usize| format!("ip-10-20-30-{it}.eu-central-1.compute.internal");
    let usage = |it: usize| json!({"metadata": {"name": name(it)}, "usage": {"cpu": format!("{}n", it * 48_123_457), "memory": format!("{}Ki", it * 345_678)}});
    let usages = json!({"metadata": {}, "items": (1..=40).map(usage).collect::<Vec<_>>()});
    let answers =
        vec![(NODES, StatusCode::OK, usages.to_string()), ("/apis", StatusCode::OK, discovery())];
    let nodes = (1..=40).map(|it| node(&name(it), "True", "False")).collect();
    let world = World::new(ApiServer { answers, ..ApiServer::holding(nodes) }).await;
    let answer = world.call("kubectl_top", json!({"resource": "nodes"})).await;
    assert_eq!(answer.lines().filter(|it| it.starts_with("ip-")).count(), 40, "{answer}");
    assert!(estimate(&answer) <= 2_000, "{}\n{answer}", estimate(&answer));
}

//! In whose name every single request is.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tacklebox_cluster::{AuditEntry, AuditMark};

use super::house::{self, House};

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'registry.example/web:1.2'}]}
";

const SETTINGS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: blue}
";

/// A call of every tool that there is.
fn calls(shop: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("kubectl_api_resources", json!({})),
        ("kubectl_apply", json!({ "manifest": SETTINGS, "namespace": shop })),
        (
            "kubectl_auth_check",
            json!({ "verb": "get", "resource": "pods", "namespace": shop, "as": "sa/default" }),
        ),
        ("kubectl_cordon", json!({ "node": "node-1", "dry_run": true })),
        (
            "kubectl_cp",
            json!({ "resource": "cart", "namespace": shop, "path": "a", "content": "b" }),
        ),
        ("kubectl_delete", json!({ "resource": "cm/settings", "namespace": shop })),
        ("kubectl_describe", json!({ "resource": "deploy/web", "namespace": shop })),
        ("kubectl_drain", json!({ "node": "node-1", "force": true, "dry_run": true })),
        ("kubectl_events", json!({ "namespace": shop })),
        (
            "kubectl_exec",
            json!({ "resource": "cart", "namespace": shop, "command": ["head", "-c", "5"], "stdin": "hello" }),
        ),
        ("kubectl_get", json!({ "resource": "pods,deploy", "all_namespaces": true })),
        ("kubectl_get_crd_schema", json!({ "resource": "deployments" })),
        (
            "kubectl_label",
            json!({ "resource": "pod/cart", "namespace": shop, "labels": {"a": "b"} }),
        ),
        ("kubectl_logs", json!({ "resource": "pod/cart", "namespace": shop })),
        (
            "kubectl_patch",
            json!({ "resource": "deploy/web", "namespace": shop, "patch": {"spec": {"paused": false}} }),
        ),
        (
            "kubectl_rollout",
            json!({ "action": "restart", "resource": "deploy/web", "namespace": shop, "wait": 1 }),
        ),
        (
            "kubectl_run_job",
            json!({ "image": "busybox:1", "namespace": shop, "timeout": 5, "dry_run": true }),
        ),
        (
            "kubectl_scale",
            json!({ "resource": "deploy/web", "namespace": shop, "replicas": 2, "wait": 1 }),
        ),
        ("kubectl_top", json!({ "resource": "pods", "namespace": shop })),
        ("kubectl_version", json!({})),
        ("kubernetes_contexts", json!({})),
        ("kubernetes_diagnose", json!({ "namespace": shop })),
        ("kubernetes_images", json!({ "namespace": shop })),
        ("kubernetes_wait", json!({ "resource": "deploy/web", "namespace": shop, "timeout": 2 })),
    ]
}

/// The same of the tools that bring OBI into a cluster.
fn calls_of_obi(shop: &str) -> Vec<(&'static str, Value)> {
    let place = json!({ "namespace": shop });
    let with = |more: Value| {
        let mut arguments = place.clone();
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let config =
        json!({ "metrics": { "features": ["network"] }, "prometheus_export": { "port": 9464 } });
    vec![
        ("obi_k8s_config", place.clone()),
        ("obi_k8s_coverage", with(json!({ "config": config }))),
        ("obi_k8s_deploy", with(json!({ "config": config, "dry_run": true }))),
        ("obi_k8s_explain", with(json!({ "resource": "deploy/web", "config": config }))),
        ("obi_k8s_logs", place.clone()),
        ("obi_k8s_preflight", with(json!({ "config": config }))),
        ("obi_k8s_status", place.clone()),
        ("obi_k8s_undeploy", with(json!({ "dry_run": true }))),
        ("obi_k8s_update", with(json!({ "config": config, "dry_run": true }))),
        ("obi_k8s_upgrade", with(json!({ "version": "v0.13.0", "dry_run": true }))),
    ]
}

/// It makes texts of its arguments, and asks nobody.
const ASKS_NOBODY: &str = "obi_k8s_manifests";

/// Ann may do everything, so that no call ends before its last request.
async fn opened() -> House {
    let house = House::new().await;
    let all = ["* *.*", "get /*"];
    house.cluster.grant(&house.caller("ann").name, None, &all).await.unwrap();
    house.shop.apply(SHOP).await.unwrap();
    house.shop.pod("cart").node("node-1").ready().await.unwrap();
    house.shop.logs("cart", "main", &["started"], &[]).await.unwrap();
    house.shop.execs("cart").await.unwrap();
    house
}

/// What was asked since then in Ann's name. Nothing may have been asked in another or in none, but whether the cluster is there.
async fn asked_by_ann(house: &House, mark: AuditMark, of: &str) -> Vec<AuditEntry> {
    let ann = house.caller("ann").name;
    let asked = house.asked(mark).await;
    let (named, nameless): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|it| it.impersonated.is_some());
    let strange = named.iter().find(|it| it.impersonated.as_ref() != Some(&ann));
    assert!(strange.is_none(), "{of}: {strange:?}");
    let leak =
        nameless.iter().find(|it| (it.verb.as_str(), it.uri.as_str()) != ("get", "/version"));
    assert!(leak.is_none(), "{of} asked in the server's own name: {leak:?}");
    named
}

#[tokio::test]
async fn every_request_of_every_tool_is_in_the_name_of_whoever_calls() {
    let house = opened().await;
    let mut calls = calls(house.shop.name());
    calls.extend(calls_of_obi(house.shop.name()));
    let listed = house.answer("ann", "tools/list", json!({})).await;
    let listed = listed["result"]["tools"].as_array().unwrap().iter();
    let listed = listed.map(|it| it["name"].as_str().unwrap().to_owned());
    let listed: BTreeSet<String> = listed.filter(|it| it != ASKS_NOBODY).collect();
    let called: BTreeSet<String> = calls.iter().map(|it| it.0.to_owned()).collect();
    assert_eq!(listed, called, "every tool is called here");
    for (tool, arguments) in calls {
        let mark = house.cluster.audit_mark().await.unwrap();
        let answer = house.call("ann", tool, arguments).await;
        let asked = asked_by_ann(&house, mark, tool).await;
        assert!(!asked.is_empty(), "{tool} asked nothing: {answer}");
        let refused = asked.iter().find(|it| matches!(it.status, Some(401 | 403)));
        assert!(refused.is_none(), "{tool}: {refused:?}");
    }
}

#[tokio::test]
async fn so_is_what_is_read_by_address_proposed_and_written_into_a_prompt() {
    let house = opened().await;
    let shop = house.shop.name();
    let account = json!({ "service_account": "default", "namespace": shop });
    let incident = json!({ "namespace": shop });
    let workload = json!({ "resource": "deployment/web", "namespace": shop });
    let blank = json!({
        "ref": { "type": "ref/resource", "uri": "k8s://{context}/{kind}/{namespace}/{name}" },
        "argument": { "name": "name", "value": "" },
        "context": { "arguments": { "kind": "pods", "namespace": shop } },
    });
    for (method, params) in [
        ("resources/read", json!({ "uri": "k8s://cluster/namespaces" })),
        ("resources/read", json!({ "uri": "k8s://cluster/nodes/node-1" })),
        ("resources/read", json!({ "uri": format!("k8s://cluster/pods/{shop}/cart") })),
        ("resources/read", json!({ "uri": format!("k8s://cluster/logs/{shop}/cart") })),
        ("resources/read", json!({ "uri": format!("k8s://cluster/logs/{shop}/cart/main") })),
        ("prompts/get", json!({ "name": "cluster_health", "arguments": {} })),
        ("prompts/get", json!({ "name": "diagnose", "arguments": workload })),
        ("prompts/get", json!({ "name": "explain_incident", "arguments": incident })),
        ("prompts/get", json!({ "name": "review_rbac", "arguments": account })),
        ("completion/complete", blank),
    ] {
        let mark = house.cluster.audit_mark().await.unwrap();
        let answer = house.answer("ann", method, params.clone()).await;
        assert!(answer["error"].is_null(), "{params}: {answer}");
        let of = params.to_string();
        // A proposal may be looked for when nobody waits for it any more.
        let some = async || asked_by_ann(&house, mark, &of).await.into_iter().next();
        house::found(some).await;
    }
}

/// The name is that of the token, whatever else a request claims.
#[tokio::test]
async fn nothing_that_a_client_sends_makes_it_somebody_else() {
    let house = opened().await;
    let pods = json!({ "resource": "pods", "namespace": house.shop.name() });
    let mut params = json!({ "name": "kubectl_get", "arguments": pods });
    params["_meta"] = json!({ "Impersonate-User": "admin", "caller": "admin" });
    let mark = house.cluster.audit_mark().await.unwrap();
    let request = house
        .request("ann", "tools/call", params)
        .header("impersonate-user", "admin")
        .header("impersonate-group", "system:masters")
        .header("impersonate-uid", "0")
        .header("impersonate-extra-scopes", "all")
        .header("x-forwarded-user", "admin")
        .header("x-remote-user", "admin");
    house::answer(request).await;
    let asked = asked_by_ann(&house, mark, "kubectl_get").await;
    assert!(asked.iter().any(|it| it.resource == "pods"), "{asked:?}");
}

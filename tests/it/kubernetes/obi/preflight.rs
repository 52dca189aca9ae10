//! What a real API server says of a cluster before OBI is deployed there.

use anyhow::Result;
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};

use super::super::{Agent, agent, requests_of};

const CONFIG: &str = "discovery: {instrument: [{k8s_namespace: shop}]}\notel_traces_export: {endpoint: 'http://collector.NAMESPACE.svc:4318'}\n";

async fn namespace() -> Namespace {
    Cluster::shared().await.namespace("obs").await.unwrap()
}

async fn agent_of(obs: &Namespace) -> Agent {
    agent(obs.cluster().kubeconfig()).await.calling(obs.name(), "obs")
}

fn asking(obs: &Namespace) -> Value {
    json!({ "namespace": obs.name(), "config": CONFIG.replace("NAMESPACE", obs.name()) })
}

/// The line of a check that did not pass.
fn line<'a>(answer: &'a str, check: &str) -> &'a str {
    let is_it = |it: &&str| it.split('\t').any(|cell| cell == check);
    answer.lines().find(is_it).unwrap_or_else(|| panic!("no {check} in {answer}"))
}

fn passed(answer: &str) -> &str {
    answer.lines().find(|it| it.starts_with("passed:")).unwrap()
}

#[tokio::test]
async fn what_the_namespace_would_refuse_is_told_before() {
    let obs = namespace().await;
    let enforce = "pod-security.kubernetes.io/enforce=restricted";
    obs.kubectl(&["label", "namespace", obs.name(), enforce]).await.unwrap();
    obs.apply(
        "{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {limits.memory: 1Gi}}}",
    )
    .await
    .unwrap();
    obs.wait_for("resourcequotas", "small", |it| it["status"]["used"].is_object()).await.unwrap();
    let mut agent = agent_of(&obs).await;
    let answer = agent.call("obi_k8s_preflight", asking(&obs)).await;
    assert!(answer.starts_with("OBI cannot do here what is asked"), "{answer}");
    assert!(line(&answer, "pod-security").contains("enforce=restricted"), "{answer}");
    assert!(
        line(&answer, "quota").contains("quota small leaves 1024Mi of limits.memory"),
        "{answer}"
    );
    for check in ["api-version", "rights", "rights-to-grant", "configuration", "kernel"] {
        assert!(passed(&answer).contains(check), "{check}: {answer}");
    }
}

#[tokio::test]
async fn an_endpoint_is_looked_up_with_its_port_and_with_who_is_behind_it() {
    let obs = namespace().await;
    let mut agent = agent_of(&obs).await;
    let answer = agent.call("obi_k8s_preflight", asking(&obs)).await;
    assert!(
        line(&answer, "endpoint").contains("there is no Service collector in namespace obs"),
        "{answer}"
    );
    obs.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: collector}, spec: {selector: {app: collector}, ports: [{name: otlp-grpc, port: 4317}]}}",
    )
    .await
    .unwrap();
    let answer = agent.call("obi_k8s_preflight", asking(&obs)).await;
    assert!(line(&answer, "endpoint").contains("has ports 4317 (otlp-grpc)"), "{answer}");
    obs.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: collector}, spec: {selector: {app: collector}, ports: [{name: otlp-http, port: 4318}]}}",
    )
    .await
    .unwrap();
    let answer = agent.call("obi_k8s_preflight", asking(&obs)).await;
    assert!(
        line(&answer, "endpoint").contains("nothing is ready behind Service collector.obs"),
        "{answer}"
    );
    obs.pod("collector").ready().await.unwrap();
    let slices = "endpointslices.discovery.k8s.io";
    obs.cluster()
        .wait_for_all(slices, obs.name(), |all| {
            all.iter().any(|it| it["endpoints"][0]["conditions"]["ready"] == true)
        })
        .await
        .unwrap();
    let answer = agent.call("obi_k8s_preflight", asking(&obs)).await;
    assert!(passed(&answer).contains("endpoint"), "{answer}");
}

#[tokio::test]
async fn rights_that_are_missing_are_named_and_a_look_changes_nothing() {
    let obs = namespace().await;
    let cluster = obs.cluster();
    let rules = [
        "get,list namespaces,nodes,pods,services,configmaps,daemonsets.apps,resourcequotas,limitranges",
    ];
    let user = cluster.user("viewer", &rules).await.unwrap();
    let mut agent = agent(user.kubeconfig()).await.calling(obs.name(), "obs");
    let mark = cluster.audit_mark().await.unwrap();
    let answer = agent.call("obi_k8s_preflight", asking(&obs)).await;
    let rights = line(&answer, "rights");
    assert!(
        rights.starts_with("FAILED")
            && rights.contains("may not get, create, patch serviceaccounts"),
        "{answer}"
    );
    assert!(line(&answer, "rights-to-grant").contains("may not watch pods"), "{answer}");
    assert!(line(&answer, "rights-to-look").contains("get pods/log"), "{answer}");
    let writes = requests_of(cluster, &user, mark).await;
    let is_harmless = |it: &&tacklebox_cluster::AuditEntry| {
        matches!(it.verb.as_str(), "get" | "list") || it.resource == "selfsubjectaccessreviews"
    };
    let writes: Vec<_> = writes.iter().filter(|it| !is_harmless(it)).collect();
    assert!(writes.is_empty(), "{writes:#?}");
}

#[tokio::test]
async fn a_namespace_that_is_not_there_and_a_beyla_of_somebody_else_are_told() {
    let obs = namespace().await;
    obs.apply(
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: beyla}, spec: {selector: {matchLabels: {app: beyla}}, template: {metadata: {labels: {app: beyla}}, spec: {nodeSelector: {none: here}, containers: [{name: beyla, image: 'grafana/beyla:3.3.0'}]}}}}",
    )
    .await
    .unwrap();
    let mut agent = agent_of(&obs).await;
    let nowhere = format!("{}-nowhere", obs.name());
    let arguments = json!({ "namespace": nowhere, "config": CONFIG });
    let answer = agent.call("obi_k8s_preflight", arguments).await;
    assert!(line(&answer, "namespace").contains("there is no namespace obs-nowhere"), "{answer}");
    let others = line(&answer, "other-obi");
    assert!(others.starts_with("failed") && others.contains("beyla"), "{answer}");
}

fn node(name: &str, kernel: &str, labels: &Value, taints: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints},
        "status": {"nodeInfo": {
            "kernelVersion": kernel, "osImage": "Some Linux", "architecture": "amd64",
            "operatingSystem": "linux", "kubeletVersion": "v1.33.0", "kubeProxyVersion": "",
            "containerRuntimeVersion": "", "machineID": "", "systemUUID": "", "bootID": "",
        }},
    })
}

#[tokio::test]
async fn nodes_of_every_kind_are_told_apart() -> Result<()> {
    let cluster = Cluster::builder().nodes(1).start().await?;
    let linux = json!({"kubernetes.io/os": "linux"});
    let fargate = json!({"kubernetes.io/os": "linux", "eks.amazonaws.com/compute-type": "fargate"});
    let taint = json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]);
    for node in [
        node("old-1", "5.4.0-200-generic", &linux, &json!([])),
        node("gpu-1", "6.1.0", &linux, &taint),
        node("fargate-1", "5.10.0", &fargate, &json!([])),
        node("windows-1", "10.0.20348", &json!({"kubernetes.io/os": "windows"}), &json!([])),
    ] {
        cluster.request("POST", "/api/v1/nodes", Some(&node)).await?.ok()?;
    }
    let obs = cluster.namespace("obs").await?;
    let mut agent = agent_of(&obs).await;
    let answer = agent.call("obi_k8s_preflight", asking(&obs)).await;
    assert!(
        line(&answer, "kernel").contains("5.4.0-200-generic (Some Linux) on old-1"),
        "{answer}"
    );
    let machines = line(&answer, "machines");
    assert!(machines.contains("Fargate on fargate-1"), "{answer}");
    assert!(answer.len() < 6_000, "{answer}");
    Ok(())
}

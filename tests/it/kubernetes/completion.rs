//! What somebody who types is proposed.

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox::k8s::Limits;
use tacklebox_cluster::{Cluster, Namespace};

use super::{Agent, Setup, agent};

/// A Deployment `web`, and a pod with two containers.
async fn shop() -> Namespace {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cart"},
        "spec": {"containers": [{"name": "app", "image": "app:1"}, {"name": "proxy", "image": "proxy:1"}]},
    });
    shop.pod("web").ready().await.unwrap();
    shop.pod("web-2").ready().await.unwrap();
    shop.apply(&pod.to_string()).await.unwrap();
    shop
}

/// The first proposal may come too late for whoever typed the first letter; the next does not.
async fn proposed(
    agent: &mut Agent,
    of: &Value,
    name: &str,
    prefix: &str,
    filled: Value,
) -> String {
    let params = json!({
        "ref": of, "argument": { "name": name, "value": prefix }, "context": { "arguments": filled },
    });
    for _ in 0..100 {
        let values = asked(agent, &params).await;
        if !values.is_empty() {
            return agent.renamed(&format!("{name} {prefix:?}: {}", values.join(" ")));
        }
    }
    panic!("nothing was proposed for {params}");
}

async fn asked(agent: &mut Agent, params: &Value) -> Vec<String> {
    let answer = agent.client.request("completion/complete", params.clone()).await;
    let values = answer["result"]["completion"]["values"].as_array().unwrap().iter();
    values.map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn template(uri: &str) -> Value {
    json!({ "type": "ref/resource", "uri": uri })
}

fn prompt(name: &str) -> Value {
    json!({ "type": "ref/prompt", "name": name })
}

#[tokio::test]
async fn every_blank_of_an_address_is_proposed_from_what_there_is() {
    let shop = shop().await;
    let mut agent = agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop");
    let object = template("k8s://{context}/{kind}/{namespace}/{name}");
    let log = template("k8s://{context}/logs/{namespace}/{pod}/{container}");
    let here = json!({ "context": "cluster", "namespace": shop.name() });
    let pods = json!({ "context": "cluster", "kind": "pods", "namespace": shop.name() });
    let cart = json!({ "context": "cluster", "namespace": shop.name(), "pod": "cart" });
    let seen = [
        proposed(&mut agent, &object, "context", "", json!({})).await,
        proposed(&mut agent, &object, "kind", "replica", json!({})).await,
        proposed(&mut agent, &object, "namespace", shop.name(), json!({})).await,
        proposed(&mut agent, &object, "name", "we", pods).await,
        proposed(&mut agent, &log, "pod", "", here).await,
        proposed(&mut agent, &log, "container", "p", cart).await,
    ];
    expect![[r#"
        context "": cluster
        kind "replica": replicasets.apps replicationcontrollers
        namespace "shop": shop
        name "we": web web-2
        pod "": cart web web-2
        container "p": proxy"#]]
    .assert_eq(&seen.join("\n"));
}

#[tokio::test]
async fn every_blank_of_a_prompt_is_proposed_too() {
    let shop = shop().await;
    let mut agent = agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop");
    let here = json!({ "namespace": shop.name() });
    let seen = [
        proposed(&mut agent, &prompt("diagnose"), "resource", "d", json!({})).await,
        proposed(&mut agent, &prompt("diagnose"), "resource", "pod/w", here.clone()).await,
        proposed(&mut agent, &prompt("review_rbac"), "service_account", "", here).await,
        proposed(&mut agent, &prompt("explain_incident"), "namespace", shop.name(), json!({}))
            .await,
        proposed(&mut agent, &prompt("cluster_health"), "context", "c", json!({})).await,
    ];
    expect![[r#"
        resource "d": daemonset/ deployment/
        resource "pod/w": pod/web pod/web-2
        service_account "": default
        namespace "shop": shop
        context "c": cluster"#]]
    .assert_eq(&seen.join("\n"));
}

#[tokio::test]
async fn what_may_not_be_listed_is_not_proposed() {
    let shop = shop().await;
    let limits = Limits {
        deny_resources: vec!["pods".to_owned()],
        allow_namespaces: vec![shop.name().to_owned()],
        ..Limits::default()
    };
    let mut agent = Setup::of(shop.cluster().kubeconfig()).limits(limits).agent().await;
    let object = template("k8s://{context}/{kind}/{namespace}/{name}");
    let namespaces = proposed(&mut agent, &object, "namespace", "", json!({})).await;
    assert_eq!(namespaces, format!("namespace \"\": {}", shop.name()));
    let kinds = proposed(&mut agent, &object, "kind", "po", json!({})).await;
    assert_eq!(kinds, "kind \"po\": poddisruptionbudgets.policy podtemplates");
    // The list of kinds is known by now, so what is not proposed was not kept back by time.
    let denied = json!({ "kind": "pods", "namespace": shop.name() });
    let elsewhere = json!({ "kind": "configmaps", "namespace": "kube-system" });
    for filled in [denied, elsewhere] {
        let params = json!({
            "ref": object, "argument": { "name": "name", "value": "" }, "context": { "arguments": filled },
        });
        assert!(asked(&mut agent, &params).await.is_empty(), "{params}");
    }
}

#[tokio::test]
async fn letters_typed_soon_after_each_other_cost_one_request() {
    let shop = shop().await;
    let cluster = shop.cluster();
    let user = cluster.user_in(&shop, "typist", &["list pods"]).await.unwrap();
    let mut agent = agent(user.kubeconfig()).await;
    let object = template("k8s://{context}/{kind}/{namespace}/{name}");
    let pods = json!({ "kind": "pods", "namespace": shop.name() });
    let mark = cluster.audit_mark().await.unwrap();
    for prefix in ["", "w", "we", "web", "web-"] {
        proposed(&mut agent, &object, "name", prefix, pods.clone()).await;
    }
    let asked = super::requests_of(cluster, &user, mark).await;
    assert_eq!(asked.iter().filter(|it| it.resource == "pods").count(), 1);
}

#[tokio::test]
async fn a_cluster_that_is_gone_proposes_nothing() {
    let cluster = Cluster::shared().await;
    let proxy = cluster.proxy().await.unwrap();
    let mut agent = agent(proxy.kubeconfig()).await;
    let question = json!({ "resource": "ns/default", "output": "name" });
    assert_eq!(agent.get(question).await, "namespace/default");
    proxy.freeze().await;
    let object = template("k8s://{context}/{kind}/{namespace}/{name}");
    let params = json!({ "ref": object, "argument": { "name": "namespace", "value": "" } });
    let answer = agent.client.request("completion/complete", params).await;
    assert_eq!(answer["result"]["completion"]["values"], json!([]));
}

#[tokio::test]
async fn a_blank_of_something_else_is_not_filled_in() {
    let shop = shop().await;
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    let object = template("k8s://{context}/{kind}/{namespace}/{name}");
    let secrets = json!({ "kind": "serviceaccounts", "namespace": shop.name() });
    proposed(&mut agent, &object, "name", "", secrets.clone()).await;
    let log = template("k8s://{context}/logs/{namespace}/{pod}");
    let params = json!({
        "ref": log, "argument": { "name": "name", "value": "" }, "context": { "arguments": secrets },
    });
    assert!(asked(&mut agent, &params).await.is_empty());
    let here = json!({ "namespace": shop.name() });
    let params = json!({
        "ref": prompt("diagnose"), "argument": { "name": "resource", "value": "serviceaccounts/" },
        "context": { "arguments": here },
    });
    assert!(asked(&mut agent, &params).await.is_empty());
}

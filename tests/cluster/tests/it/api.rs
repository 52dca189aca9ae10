use anyhow::Result;
use tacklebox_cluster::{Cluster, VERSION};

#[tokio::test]
async fn a_cluster_is_ready_and_reports_its_version() -> Result<()> {
    let cluster = Cluster::shared().await;
    assert_eq!(cluster.request("GET", "/readyz", None).await?.text, "ok");
    assert_eq!(cluster.request("GET", "/version", None).await?.json()["gitVersion"], VERSION);
    Ok(())
}

#[tokio::test]
async fn a_definition_and_its_object_are_applied_in_one_go() -> Result<()> {
    let cluster = Cluster::shared().await;
    let stored = cluster
        .apply(
            r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one}
size: 3
",
        )
        .await?;
    assert_eq!(stored.len(), 2);
    assert_eq!(cluster.get("widgets.example.com", "default", "one").await?["size"], 3);
    Ok(())
}

#[tokio::test]
async fn a_deployment_rolls_out_on_the_nodes() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    shop.apply(
        r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: registry.example/web:1.0}]}
",
    )
    .await?;
    shop.wait_for("deployments.apps", "web", |it| it["status"]["readyReplicas"] == 3).await?;
    assert!(shop.kubectl(&["rollout", "status", "deployment/web"]).await?.contains("rolled out"));
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_an_error_with_the_servers_own_words() -> Result<()> {
    let cluster = Cluster::shared().await;
    let error = cluster.get("pods", "default", "ghost").await.unwrap_err();
    assert!(format!("{error:#}").contains(r#"404 pods "ghost" not found"#), "{error:#}");
    Ok(())
}

#[tokio::test]
async fn what_is_applied_into_a_namespace_may_stand_outside_of_all() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    let stored = shop
        .apply(
            r"
{apiVersion: v1, kind: ConfigMap, metadata: {name: inside}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: outside}, provisioner: none.example}
",
        )
        .await?;
    assert_eq!(stored[0]["metadata"]["namespace"], shop.name());
    assert!(stored[1]["metadata"]["namespace"].is_null());
    Ok(())
}

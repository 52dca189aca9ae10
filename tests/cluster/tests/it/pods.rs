use anyhow::Result;
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, STATUS_ANNOTATION, State};

#[tokio::test]
async fn a_pod_is_in_the_state_that_it_was_asked_for() -> Result<()> {
    let shop = Cluster::shared().await.namespace("states").await?;
    shop.pod("ready").ready().await?;
    shop.pod("unready").not_ready().await?;
    shop.pod("crashing").crash_looping().await?;
    shop.pod("hungry").oom_killed().await?;
    shop.pod("imageless").pending_image("registry.example/missing:1").await?;
    shop.pod("done").completed().await?;
    shop.pod("broken").failed(2).await?;
    shop.pod("homeless").unschedulable().await?;
    let table = shop.kubectl(&["get", "pods", "--no-headers"]).await?;
    let rows: Vec<Vec<&str>> =
        table.lines().map(|it| it.split_whitespace().take(4).collect()).collect();
    assert_eq!(
        rows,
        [
            ["broken", "0/1", "Error", "0"],
            ["crashing", "0/1", "CrashLoopBackOff", "5"],
            ["done", "0/1", "Completed", "0"],
            ["homeless", "0/1", "Pending", "0"],
            ["hungry", "0/1", "CrashLoopBackOff", "3"],
            ["imageless", "0/1", "ImagePullBackOff", "0"],
            ["ready", "1/1", "Running", "0"],
            ["unready", "0/1", "Running", "0"],
        ]
    );
    Ok(())
}

#[tokio::test]
async fn labels_image_and_node_of_a_pod_are_as_set() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    let pod =
        shop.pod("web").label("tier", "front").image("nginx:1.29").node("node-2").ready().await?;
    assert_eq!(pod["metadata"]["labels"]["tier"], "front");
    assert_eq!(pod["spec"]["containers"][0]["image"], "nginx:1.29");
    assert_eq!(pod["spec"]["nodeName"], "node-2");
    Ok(())
}

#[tokio::test]
async fn the_pods_of_a_workload_take_their_state_from_its_template() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    let status = State::CrashLooping.annotation([("main", "registry.example/web:2.0")]);
    let mut template = json!({
        "metadata": {"labels": {"app": "web"}, "annotations": {}},
        "spec": {"containers": [{"name": "main", "image": "registry.example/web:2.0"}]},
    });
    template["metadata"]["annotations"][STATUS_ANNOTATION] = status.into();
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template,
        },
    });
    shop.apply(&deployment.to_string()).await?;
    shop.wait_for("deployments.apps", "web", |it| it["status"]["unavailableReplicas"] == 2).await?;
    let is_crashing = |pod: &Value| {
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    };
    let both = |pods: &[Value]| pods.len() == 2 && pods.iter().all(is_crashing);
    shop.cluster().wait_for_all("pods", shop.name(), both).await?;
    Ok(())
}

#[tokio::test]
async fn logs_come_back_as_they_were_given() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    shop.pod("web")
        .container("app", "app:1")
        .container("sidecar", "proxy:1")
        .crash_looping()
        .await?;
    shop.logs("web", "app", &["one", "two", "three"], &["panic: no database"]).await?;
    shop.logs("web", "sidecar", &["listening"], &[]).await?;
    assert_eq!(shop.kubectl(&["logs", "web", "-c", "app"]).await?, "one\ntwo\nthree\n");
    assert_eq!(shop.kubectl(&["logs", "web", "-c", "app", "--tail=1"]).await?, "three\n");
    assert_eq!(shop.kubectl(&["logs", "web", "-c", "app", "-p"]).await?, "panic: no database\n");
    assert_eq!(shop.kubectl(&["logs", "web", "-c", "sidecar"]).await?, "listening\n");
    shop.append_logs("web", "sidecar", &["request"])?;
    assert_eq!(shop.kubectl(&["logs", "web", "-c", "sidecar"]).await?, "listening\nrequest\n");
    Ok(())
}

#[tokio::test]
async fn a_pod_takes_whatever_status_a_test_thinks_up_and_may_change_it_later() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    let status =
        json!({"phase": "Pending", "reason": "Evicted", "message": "the node was low on: memory"});
    let pod = shop.pod("odd").state(State::Custom(status)).await?;
    assert_eq!(pod["status"]["message"], "the node was low on: memory");
    let later = json!({"phase": "Running"});
    shop.cluster().patch_status("pods", shop.name(), "odd", &later).await?;
    assert_eq!(shop.get("pods", "odd").await?["status"]["phase"], "Running");
    Ok(())
}

#[tokio::test]
async fn a_deleted_pod_is_gone_at_once_unless_a_finalizer_holds_it() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    shop.pod("web").ready().await?;
    shop.cluster().delete("pods", shop.name(), "web").await?;

    shop.pod("held").ready().await?;
    let path = format!("/api/v1/namespaces/{}/pods/held", shop.name());
    let finalizers = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    shop.cluster().request("PATCH", &path, Some(&finalizers)).await?.ok()?;
    shop.cluster().request("DELETE", &path, None).await?.ok()?;
    let held = shop.get("pods", "held").await?;
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    Ok(())
}

#[tokio::test]
async fn usage_is_measured_when_a_metrics_server_runs() -> Result<()> {
    let cluster = Cluster::shared().await;
    cluster.metrics_server().await?;
    let shop = cluster.namespace("shop").await?;
    shop.pod("busy").annotation("kwok.x-k8s.io/usage-memory", "64Mi").ready().await?;
    shop.wait_for("pods.metrics.k8s.io", "busy", |it| {
        it["containers"][0]["usage"]["memory"] == "64Mi"
    })
    .await?;
    Ok(())
}

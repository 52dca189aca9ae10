use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tacklebox_cluster::{Cluster, Component, Connection};

#[tokio::test]
async fn a_killed_api_server_comes_back_with_the_same_data_on_the_same_port() -> Result<()> {
    let cluster = Cluster::start().await?;
    let shop = cluster.namespace("shop").await?;
    shop.pod("web").ready().await?;
    cluster.kill(Component::ApiServer).await?;
    assert!(cluster.request("GET", "/readyz", None).await.is_err());
    cluster.restart(Component::ApiServer).await?;
    assert_eq!(shop.get("pods", "web").await?["status"]["phase"], "Running");
    shop.pod("later").ready().await?;
    Ok(())
}

#[tokio::test]
async fn a_restarted_etcd_has_lost_nothing() -> Result<()> {
    let cluster = Cluster::builder().nodes(0).start().await?;
    cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}}").await?;
    cluster.restart(Component::Etcd).await?;
    cluster.get("configmaps", "default", "kept").await?;
    Ok(())
}

#[tokio::test]
async fn a_component_that_cannot_start_says_why() {
    for component in [Component::ApiServer, Component::Kwok] {
        let builder = Cluster::builder().arguments(component, ["--no-such-flag"]);
        let error = builder.start().await.unwrap_err();
        let reason = format!("{} has ended", component.name());
        assert!(error.to_string().contains(&reason), "{error:#}");
        assert!(error.to_string().contains("unknown flag: --no-such-flag"), "{error:#}");
    }
}

#[tokio::test]
async fn a_broken_node_is_not_ready_and_stays_so() -> Result<()> {
    let cluster = Cluster::shared().await;
    cluster.broken_node("broken").await?;
    let node = cluster
        .wait_for("nodes", None, "broken", |it| {
            let taints = it["spec"]["taints"].as_array().into_iter().flatten();
            taints.into_iter().any(|it| it["key"] == "node.kubernetes.io/not-ready")
        })
        .await?;
    assert_eq!(node["status"]["conditions"][0]["status"], "False");
    Ok(())
}

#[tokio::test]
async fn restarted_kubelets_go_on_with_their_nodes() -> Result<()> {
    let cluster = Cluster::builder().nodes(1).start().await?;
    cluster.restart(Component::Kwok).await?;
    let shop = cluster.namespace("shop").await?;
    shop.pod("web").ready().await?;
    shop.logs("web", "main", &["hello"], &[]).await?;
    assert_eq!(shop.kubectl(&["logs", "web"]).await?, "hello\n");
    Ok(())
}

#[tokio::test]
async fn a_compaction_expires_continue_tokens_for_an_api_server_without_snapshots() -> Result<()> {
    let builders =
        [Cluster::builder().watch_cache(false), Cluster::builder().compaction_friendly()];
    for builder in builders {
        let cluster = builder.nodes(0).start().await?;
        let system = "metadata: {namespace: kube-system, name: ";
        cluster.apply(&format!("{{apiVersion: v1, kind: ConfigMap, {system} a}}}}")).await?;
        let list = "/api/v1/namespaces/kube-system/configmaps?limit=1";
        let first = cluster.request("GET", list, None).await?.ok()?;
        let token = first["metadata"]["continue"].as_str().unwrap();
        cluster.apply(&format!("{{apiVersion: v1, kind: ConfigMap, {system} b}}}}")).await?;
        cluster.compact().await?;
        let next = cluster.request("GET", &format!("{list}&continue={token}"), None).await?;
        assert_eq!(next.status, 410, "{}", next.text);
    }
    Ok(())
}

#[tokio::test]
async fn a_frozen_network_answers_only_when_it_thaws() -> Result<()> {
    let cluster = Cluster::shared().await;
    let proxy = cluster.proxy().await?;
    let through = Connection::open(proxy.kubeconfig()).await?;
    assert_eq!(through.request("GET", "/readyz", None).await?.status, 200);
    proxy.freeze().await;
    let frozen = through.request("GET", "/version", None);
    tokio::pin!(frozen);
    let direct = async {
        for _ in 0..20 {
            cluster.request("GET", "/version", None).await?.ok()?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        biased;
        answer = &mut frozen => panic!("a frozen network answered {answer:?}"),
        done = direct => done?,
    }
    proxy.restore().await;
    assert_eq!(frozen.await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_slow_network_answers_late_and_at_once_when_it_is_restored() -> Result<()> {
    let proxy = Cluster::shared().await.proxy().await?;
    let through = Connection::open(proxy.kubeconfig()).await?;
    proxy.slow(Duration::from_millis(5)).await;
    assert_eq!(through.request("GET", "/version", None).await?.status, 200);
    proxy.slow(Duration::from_hours(1)).await;
    let (answer, ()) = tokio::join!(through.request("GET", "/version", None), proxy.restore());
    assert_eq!(answer?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_cut_network_refuses_and_a_restored_one_serves() -> Result<()> {
    let proxy = Cluster::shared().await.proxy().await?;
    let through = Connection::open(proxy.kubeconfig()).await?;
    assert_eq!(through.request("GET", "/version", None).await?.status, 200);
    proxy.cut().await;
    assert!(through.request("GET", "/version", None).await.is_err());
    proxy.restore().await;
    assert_eq!(through.request("GET", "/version", None).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_request_for_a_user_can_go_through_the_proxy() -> Result<()> {
    let cluster = Cluster::shared().await;
    let viewer = cluster.user("viewer", &["list nodes"]).await?;
    let proxy = cluster.proxy().await?;
    let through = Connection::open(&proxy.kubeconfig_of(viewer.kubeconfig())?).await?;
    assert_eq!(through.request("GET", "/api/v1/nodes", None).await?.status, 200);
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "mine"}});
    assert_eq!(through.request("POST", "/api/v1/namespaces", Some(&body)).await?.status, 403);
    Ok(())
}

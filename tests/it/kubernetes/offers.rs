//! What is of no use to whoever asks is not offered to them.

use expect_test::expect;
use serde_json::json;
use tacklebox::k8s::Limits;
use tacklebox_cluster::{Cluster, Namespace};

use super::Setup;

fn only_in(namespace: &Namespace) -> Limits {
    Limits { allow_namespaces: vec![namespace.name().to_owned()], ..Limits::default() }
}

async fn listed(setup: Setup) -> Vec<String> {
    setup.agent().await.client.tool_names().await
}

#[tokio::test]
async fn a_tool_whose_rights_nothing_grants_is_not_listed() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let rules = ["get,list,watch pods,pods/log", "patch deployments.apps"];
    let user = shop.cluster().user_in(&shop, "reader", &rules).await.unwrap();
    let all = listed(Setup::of(shop.cluster().kubeconfig())).await;
    let offered = listed(Setup::of(user.kubeconfig()).limits(only_in(&shop))).await;
    let missing: Vec<&str> =
        all.iter().filter(|it| !offered.contains(it)).map(String::as_str).collect();
    expect!["kubectl_cordon kubectl_cp kubectl_delete kubectl_drain kubectl_events kubectl_exec kubectl_run_job kubectl_scale kubectl_top"].assert_eq(&missing.join(" "));
}

#[tokio::test]
async fn a_right_in_any_namespace_is_enough() {
    let cluster = Cluster::shared().await;
    let (shop, bank) = (cluster.namespace("shop").await, cluster.namespace("bank").await);
    let (shop, bank) = (shop.unwrap(), bank.unwrap());
    let user = cluster.user_in(&shop, "reader", &["get pods"]).await.unwrap();
    cluster.grant(user.name(), bank.name(), &["create pods/exec"]).await.unwrap();
    let allow_namespaces = vec![shop.name().to_owned(), bank.name().to_owned()];
    let limits = Limits { allow_namespaces, ..Limits::default() };
    let offered = listed(Setup::of(user.kubeconfig()).limits(limits)).await;
    assert!(offered.iter().any(|it| it == "kubectl_exec"), "{offered:?}");
    assert!(!offered.iter().any(|it| it == "kubectl_apply"), "{offered:?}");
}

/// Whoever may not list the namespaces may have rights in one that nobody has named.
#[tokio::test]
async fn in_doubt_a_tool_is_listed() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let user = shop.cluster().user_in(&shop, "reader", &["get pods"]).await.unwrap();
    let offered = listed(Setup::of(user.kubeconfig())).await;
    assert!(offered.iter().any(|it| it == "kubectl_exec"), "{offered:?}");
}

#[tokio::test]
async fn a_tool_that_is_not_listed_is_decided_upon_by_the_api_server_when_it_is_called() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let user = shop.cluster().user_in(&shop, "reader", &["get pods"]).await.unwrap();
    let mut agent = Setup::of(user.kubeconfig()).limits(only_in(&shop)).agent().await;
    assert!(!agent.client.tool_names().await.contains(&"kubectl_patch".to_owned()));
    shop.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}").await.unwrap();
    let rules = ["get,patch configmaps"];
    shop.cluster().grant(user.name(), shop.name(), &rules).await.unwrap();
    let patch = json!({
        "resource": "cm/settings", "namespace": shop.name(), "patch": {"data": {"a": "b"}},
    });
    let answer = agent.client.call("kubectl_patch", patch).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(
        shop.kubectl(&["get", "cm", "settings", "-ojsonpath={.data.a}"]).await.unwrap(),
        "b"
    );
}

#[tokio::test]
async fn what_policy_denies_takes_its_tools_out_of_the_list() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let deny_resources = vec!["pods/exec".to_owned()];
    let limits = Limits { deny_resources, ..Limits::default() };
    let offered = listed(Setup::of(shop.cluster().kubeconfig()).limits(limits)).await;
    let all = listed(Setup::of(shop.cluster().kubeconfig())).await;
    let missing: Vec<&String> = all.iter().filter(|it| !offered.contains(it)).collect();
    assert_eq!(missing, ["kubectl_cp", "kubectl_exec"]);
}

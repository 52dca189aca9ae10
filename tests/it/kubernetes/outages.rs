//! API servers that go and come back.

use serde_json::json;
use tacklebox_cluster::{Cluster, Component};

use super::{Setup, agent, other_cluster};

/// Its Service does not exist, so nobody is ever connected to.
const NOBODYS_API: &str = "
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.example.com}
spec:
  group: metrics.example.com
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: nobody, namespace: default}
";

#[tokio::test]
async fn an_api_server_that_is_killed_in_mid_call_costs_that_call_and_nothing_is_restarted() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let proxy = cluster.proxy().await.unwrap();
    let setup = Setup::of(proxy.kubeconfig()).watchful();
    let mut agent = setup.agent().await.calling(proxy.url(), "URL");
    let question = json!({ "resource": "ns/default", "output": "name" });
    assert_eq!(agent.get(question.clone()).await, "namespace/default");
    let tools = agent.tool_names().await;

    proxy.freeze().await;
    let call = agent.send("kubectl_get", question.clone()).await;
    cluster.kill(Component::ApiServer).await.unwrap();
    proxy.restore().await;
    let said = agent.answer_and_change_of_tools(call).await;
    assert_eq!(
        said,
        "unavailable: the API server of context cluster (URL) closed the connection without an answer"
    );
    assert_eq!(agent.tool_names().await, Vec::<String>::new());
    let reason = "the API server of context cluster (URL) closed the connection without an answer";
    assert_eq!(agent.health().await, format!("unavailable: {reason}"));
    assert_eq!(
        agent.get(question.clone()).await,
        format!("unavailable: toolset kubernetes: {reason}")
    );

    cluster.restart(Component::ApiServer).await.unwrap();
    agent.until_tools_change().await;
    assert_eq!(agent.tool_names().await, tools);
    assert_eq!(agent.health().await, "ready: ");
    assert_eq!(agent.get(question).await, "namespace/default");
}

#[tokio::test]
async fn a_network_that_comes_back_serves_the_next_call_whatever_became_of_the_last() {
    let cluster = Cluster::shared().await;
    let proxy = cluster.proxy().await.unwrap();
    let mut agent = agent(proxy.kubeconfig()).await.calling(proxy.url(), "URL");
    let question = json!({ "resource": "nodes", "output": "name" });
    let before = agent.get(question.clone()).await;
    proxy.cut().await;
    assert_eq!(
        agent.get(question.clone()).await,
        "unavailable: the API server of context cluster (URL) cannot be reached: connection refused; is it running?"
    );
    proxy.restore().await;
    assert_eq!(agent.get(question).await, before);
}

#[tokio::test]
async fn an_aggregated_api_that_is_down_takes_away_its_own_kinds_only_and_is_named() {
    let cluster = other_cluster().await;
    let mut agent = agent(cluster.kubeconfig()).await;
    cluster.apply(NOBODYS_API).await.unwrap();
    let is_down = |it: &serde_json::Value| it["status"]["conditions"][0]["status"] == "False";
    let services = "apiservices.apiregistration.k8s.io";
    cluster.wait_for(services, None, "v1beta1.metrics.example.com", is_down).await.unwrap();

    let kinds = agent.call("kubectl_api_resources", json!({ "grep": "configmap" })).await;
    assert!(kinds.contains("configmaps(cm)"), "{kinds}");
    let down = "their server is down: metrics.example.com/v1beta1";
    assert!(kinds.ends_with(&format!("not known, because {down}")), "{kinds}");
    let unknown = agent.get(json!({ "resource": "gauges" })).await;
    assert!(unknown.ends_with(&format!("not looked at, because {down}")), "{unknown}");
    let known = agent.get(json!({ "resource": "ns/default", "output": "name" })).await;
    assert_eq!(known, "namespace/default");
}

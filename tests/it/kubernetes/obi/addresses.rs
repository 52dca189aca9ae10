//! OBI by address, and what a person picks to begin with.

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};

use super::{
    super::{Agent, agent},
    fleet::{CONFIG, WELL, config_map, deploy, hash},
};

const STATUS: &str = "obi-k8s://status/cluster";
const CONFIGURATION: &str = "obi-k8s://config/current";
const LOGS: &str = "obi-k8s://logs/recent";

/// Of somebody who may not ask pods.
const RIGHTS: [&str; 2] =
    ["get,list,watch daemonsets.apps,pods,nodes,configmaps,events,namespaces", "get pods/log"];

async fn site() -> (Cluster, Namespace, Agent) {
    let cluster = Cluster::builder().nodes(1).start().await.unwrap();
    let place = cluster.namespace("watch").await.unwrap();
    let reader = cluster.user("reader", &RIGHTS).await.unwrap();
    let agent = agent(reader.kubeconfig()).await.calling(place.name(), "watch");
    (cluster, place, agent.calling(reader.name(), "reader"))
}

async fn read(agent: &mut Agent, uri: &str) -> String {
    let answer = agent.client.request("resources/read", json!({ "uri": uri })).await;
    let text = answer["result"]["contents"][0]["text"].as_str();
    let text = text.unwrap_or_else(|| answer["error"]["message"].as_str().unwrap());
    agent.renamed(text)
}

async fn updated(agent: &mut Agent) -> Value {
    let is_update = |it: &Value| it["method"] == "notifications/resources/updated";
    agent.client.receive_until(is_update).await["params"]["uri"].clone()
}

#[tokio::test]
async fn an_address_shows_what_the_tools_show_and_is_heard_of() {
    let (_cluster, place, mut agent) = site().await;
    let nothing = "not found: no OBI of Tacklebox's is in namespace observability of context cluster: obi_k8s_deploy deploys one";
    assert_eq!(read(&mut agent, CONFIGURATION).await, nothing);
    let subscribed = agent.client.request("resources/subscribe", json!({ "uri": STATUS })).await;
    assert!(subscribed["error"].is_null(), "{subscribed}");
    let pods = deploy(&place, 1).await;
    place.logs(&pods[0].0, "obi", &WELL, &[]).await.unwrap();
    assert_eq!(updated(&mut agent).await, STATUS);
    assert_eq!(read(&mut agent, CONFIGURATION).await, CONFIG);
    for (uri, tool) in [(STATUS, "obi_k8s_status"), (LOGS, "obi_k8s_logs")] {
        assert_eq!(read(&mut agent, uri).await, agent.call(tool, json!({})).await);
        agent.client.request("resources/unsubscribe", json!({ "uri": uri })).await;
    }
    let subscribed =
        agent.client.request("resources/subscribe", json!({ "uri": CONFIGURATION })).await;
    assert!(subscribed["error"].is_null(), "{subscribed}");
    place.apply(&config_map(place.name(), "log_level: debug\n").to_string()).await.unwrap();
    let mut heard = updated(&mut agent).await;
    while heard != CONFIGURATION {
        heard = updated(&mut agent).await;
    }
    assert_eq!(read(&mut agent, CONFIGURATION).await, "log_level: debug\n");
}

#[tokio::test]
async fn a_prompt_begins_with_how_it_stands() {
    let (_cluster, place, agent) = site().await;
    let pods = deploy(&place, 1).await;
    place.logs(&pods[0].0, "obi", &WELL, &[]).await.unwrap();
    let mut agent = agent.calling(&pods[0].0, "obi-1").calling(&hash(CONFIG)[..12], "C0NF1G");
    let blanks = json!({ "clusterType": "eks", "namespace": place.name() });
    let params = json!({ "name": "setup-obi-kubernetes", "arguments": blanks });
    let answer = agent.client.request("prompts/get", params).await;
    let text = answer["result"]["messages"][0]["content"]["text"].as_str().unwrap();
    let text = agent.renamed(text);
    assert!(text.starts_with("Help me to run OBI"), "{text}");
    assert!(text.contains("in this cluster in namespace watch"), "{text}");
    assert!(text.contains("On EKS, Fargate nodes run no DaemonSets"), "{text}");
    assert!(text.contains("\nobi_k8s_status:\nready: OBI v0.13.0 in namespace watch"), "{text}");
    let params =
        json!({ "name": "troubleshoot-obi-kubernetes", "arguments": {"workload": "deploy/shop"} });
    let answer = agent.client.request("prompts/get", params).await;
    let text = answer["result"]["messages"][0]["content"]["text"].as_str().unwrap();
    let (words, facts) = text.split_once("\n\n").unwrap();
    expect![["OBI in this cluster shows nothing, or not what it should. Below is how it stands. What is missing is deploy/shop: ask obi_k8s_explain about it. Look at the nodes without it first, then at the problems of its logs, then at what it says of instrumented processes and of exports that failed, then whether its configuration says what was meant. What only some pods were asked proves nothing of the others. Tell me the most likely cause, how to prove it, and the change of the configuration; change nothing before I have seen it with dry_run."]].assert_eq(words);
    assert!(facts.contains("\nobi_k8s_logs:\n"), "{facts}");
}

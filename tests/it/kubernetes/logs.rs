//! Many logs at once: how far they are, and whose they are.

use serde_json::json;
use tacklebox_cluster::Cluster;

use super::agent;

#[tokio::test]
async fn whoever_waits_for_the_logs_of_forty_containers_is_told_how_far_they_are() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let names: Vec<String> = (1..=40).map(|it| format!("part-{it}")).collect();
    let pod = names.iter().fold(shop.pod("web"), |pod, it| pod.container(it, "part:1"));
    pod.ready().await.unwrap();
    for name in &names {
        shop.logs("web", name, &[&format!("{name} speaks")], &[]).await.unwrap();
    }
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    let arguments = json!({ "resource": "web", "namespace": shop.name(), "timestamps": false });
    let call =
        json!({ "name": "kubectl_logs", "arguments": arguments, "_meta": {"progressToken": "p"} });
    let id = agent.client.send("tools/call", call).await;
    let mut told = Vec::new();
    let answer = loop {
        let message = agent.client.receive().await;
        match message["method"].as_str() {
            Some("notifications/progress") => told.push(message["params"].clone()),
            _ if message["id"] == id => break message,
            _ => {}
        }
    };
    let step = |done: u32| json!({ "progressToken": "p", "progress": f64::from(done), "total": 40.0, "message": format!("{done} of 40 logs read") });
    assert_eq!(told, [step(16), step(32)]);
    let answer = answer["result"]["content"][0]["text"].as_str().unwrap();
    for name in &names {
        let line = format!("\n{name} {name} speaks\n");
        assert!(answer.contains(&line), "no {line:?} in {answer}");
    }
}

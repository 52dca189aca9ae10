//! What a model reads about every tool with every request.

use expect_test::expect_file;
use serde_json::json;
use tacklebox_cluster::Cluster;

use super::agent;

#[tokio::test]
async fn the_definitions_are_those_that_somebody_has_read() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let answer = agent.client.request("tools/list", json!({})).await;
    for tool in answer["result"]["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        let text = format!("{}\n", serde_json::to_string_pretty(tool).unwrap());
        expect_file![format!("golden/{name}.json")].assert_eq(&text);
    }
}

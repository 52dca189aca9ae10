//! What the record says of calls of a cluster.

use serde_json::{Value, json};
use tacklebox::{output::Redactor, policy::Audit};
use tacklebox_cluster::Cluster;

use super::{Setup, requests_of};
use crate::world::Log;

#[tokio::test]
async fn a_call_is_recorded_with_the_requests_that_it_made() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    for pod in ["cart", "web"] {
        shop.pod(pod).ready().await.unwrap();
        shop.logs(pod, "main", &["started"], &[]).await.unwrap();
    }
    let user = cluster.user_in(&shop, "reader", &["get,list pods,pods/log"]).await.unwrap();
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let mut agent = Setup::of(user.kubeconfig()).policy(audit).agent().await;
    let logs = json!({ "resource": "cart,web", "namespace": shop.name() });
    let address = json!({ "uri": format!("k8s://cluster/pods/{}/web", shop.name()) });
    let mut made = Vec::new();
    for _ in 0..2 {
        let mark = cluster.audit_mark().await.unwrap();
        agent.call("kubectl_logs", logs.clone()).await;
        made.push(requests_of(&cluster, &user, mark).await.len());
    }
    let mark = cluster.audit_mark().await.unwrap();
    agent.client.request("resources/read", address).await;
    made.push(requests_of(&cluster, &user, mark).await.len());
    agent.end().await;
    let told: Vec<Value> = log.lines().iter().map(|it| it["requests"].clone()).collect();
    assert_eq!(told, made);
    // Only the first call has to learn which kinds there are.
    assert!(made[0] > made[1] && made[1] == 4, "{made:?}");
}

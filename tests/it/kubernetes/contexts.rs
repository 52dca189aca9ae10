//! Several clusters, or several users of one, in one kubeconfig.

use expect_test::expect;
use serde_json::json;
use tacklebox_cluster::{Cluster, merge_kubeconfigs};

use super::{Files, Setup, agent, other_cluster};

#[tokio::test]
async fn a_context_leads_to_its_own_cluster_and_the_first_one_is_the_default() {
    let (one, two) = (Cluster::shared().await, other_cluster().await);
    two.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: only-in-two}}").await.unwrap();
    one.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: only-in-one}}").await.unwrap();
    let files = Files::new();
    let text = merge_kubeconfigs(&[("one", one.kubeconfig()), ("two", two.kubeconfig())]).unwrap();
    let mut agent = agent(&files.write("config", &text)).await;
    let question = |context: Option<&str>| json!({ "resource": "cm", "context": context, "grep": "only-in", "output": "name" });
    let (first, named, second) = (
        agent.get(question(None)).await,
        agent.get(question(Some("one"))).await,
        agent.get(question(Some("two"))).await,
    );
    assert!(first.contains("configmap/only-in-one") && !first.contains("only-in-two"), "{first}");
    assert_eq!(first, named);
    assert!(
        second.contains("configmap/only-in-two") && !second.contains("only-in-one"),
        "{second}"
    );
    expect![[r"
        invalid arguments:
        - there is no context tow: did you mean two? known are one, two"]]
    .assert_eq(&agent.get(question(Some("tow"))).await);
}

#[tokio::test]
async fn a_context_outside_the_operators_globs_is_refused() {
    let cluster = Cluster::shared().await;
    let viewer = cluster.user("viewer", &["list nodes"]).await.unwrap();
    let files = Files::new();
    let text =
        merge_kubeconfigs(&[("dev", viewer.kubeconfig()), ("prod", cluster.kubeconfig())]).unwrap();
    let setup = Setup::of(&files.write("config", &text)).contexts(&["dev*"]);
    let mut agent = setup.agent().await;
    assert!(
        agent.get(json!({ "resource": "nodes", "output": "name" })).await.contains("node/node-1")
    );
    expect!["refused: context prod is not allowed (toolsets.kubernetes.contexts); allowed are dev"]
        .assert_eq(&agent.get(json!({ "resource": "nodes", "context": "prod" })).await);
    expect![[r"
        invalid arguments:
        - there is no context prd: known are dev"]]
    .assert_eq(&agent.get(json!({ "resource": "nodes", "context": "prd" })).await);
}

#[tokio::test]
async fn a_dead_default_context_leaves_the_others_usable_and_says_so() {
    let cluster = Cluster::shared().await;
    let proxy = cluster.proxy().await.unwrap();
    proxy.cut().await;
    let files = Files::new();
    let text =
        merge_kubeconfigs(&[("dead", proxy.kubeconfig()), ("live", cluster.kubeconfig())]).unwrap();
    let mut agent = agent(&files.write("config", &text)).await.calling(proxy.url(), "URL");
    assert!(agent.tool_names().await.contains(&"kubectl_get".to_owned()));
    expect!["degraded: the default context does not work: the API server of context dead (URL) cannot be reached: connection refused; is it running?; `context` can be live"].assert_eq(&agent.health().await);
    expect!["unavailable: the API server of context dead (URL) cannot be reached: connection refused; is it running?"].assert_eq(&agent.get(json!({ "resource": "nodes" })).await);
    let live = agent.get(json!({ "resource": "nodes", "context": "live", "output": "name" })).await;
    assert!(live.contains("node/node-1"), "{live}");
}

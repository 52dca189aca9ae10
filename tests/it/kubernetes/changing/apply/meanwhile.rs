//! What others do between the preview and the change.

use expect_test::expect;
use serde_json::json;
use tacklebox_cluster::Namespace;

use super::{Agent, Question, asking, guarded, names, seen, shop, timeless};

const SETTINGS: &str =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}";

async fn asked(agent: &mut Agent, shop: &Namespace, manifest: &str) -> (String, Question) {
    let arguments = json!({ "manifest": manifest, "namespace": shop.name() });
    agent.ask("kubectl_apply", arguments).await
}

async fn person(shop: &Namespace) -> Agent {
    asking(shop, &["kubectl_apply:*:*/*"]).await
}

#[tokio::test]
async fn what_somebody_made_meanwhile_is_left_alone() {
    let shop = shop().await;
    let mut agent = person(&shop).await;
    let (preview, question) = asked(&mut agent, &shop, SETTINGS).await;
    expect![[r"
        kubectl_apply: in context cluster, objects would be: 1 created

        configmap/settings in namespace shop created
          + data.mode: fast"]]
    .assert_eq(&preview);
    shop.kubectl(&["create", "configmap", "settings", "--from-literal=mode=slow"]).await.unwrap();
    expect!["conflict: document 1, line 1: configmap/settings in namespace shop was made by somebody else since it was looked at, and was left alone: call again to see what would change; nothing was applied"].assert_eq(&timeless(&agent.say_yes(&question).await));
    assert_eq!(seen(&shop, "configmap/settings").await["data"], json!({"mode": "slow"}));
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_left_alone() {
    let shop = shop().await;
    shop.kubectl(&["create", "configmap", "settings", "--from-literal=colour=red"]).await.unwrap();
    let mut agent = person(&shop).await;
    let (preview, question) = asked(&mut agent, &shop, SETTINGS).await;
    expect![[r"
        kubectl_apply: in context cluster, objects would be: 1 configured

        configmap/settings in namespace shop configured
          + data.mode: fast"]]
    .assert_eq(&preview);
    shop.kubectl(&["label", "configmap", "settings", "team=cart"]).await.unwrap();
    expect!["conflict: document 1, line 1: configmap/settings in namespace shop has changed since it was looked at; it was left alone: call again to see what would be done now; nothing was applied"].assert_eq(&timeless(&agent.say_yes(&question).await));
    assert_eq!(seen(&shop, "configmap/settings").await["data"], json!({"colour": "red"}));
}

#[tokio::test]
async fn what_somebody_deleted_meanwhile_is_not_made_anew() {
    let shop = shop().await;
    shop.kubectl(&["create", "configmap", "settings", "--from-literal=colour=red"]).await.unwrap();
    let mut agent = person(&shop).await;
    let (_, question) = asked(&mut agent, &shop, SETTINGS).await;
    shop.kubectl(&["delete", "configmap", "settings"]).await.unwrap();
    expect!["not found: document 1, line 1: configmap/settings in namespace shop has been deleted since it was looked at: call again to see what would be done now; nothing was applied"].assert_eq(&timeless(&agent.say_yes(&question).await));
    assert!(!names(&shop, "configmaps").await.contains(&"configmap/settings".to_owned()));
}

#[tokio::test]
async fn without_a_yes_nothing_is_applied() {
    let shop = shop().await;
    let mut agent = guarded(&shop, &["kubectl_apply:*:shop-*/*"]).await;
    let arguments = json!({ "manifest": SETTINGS, "namespace": shop.name() });
    let answer = agent.call("kubectl_apply", arguments).await;
    assert!(answer.contains("policy.confirm"), "{answer}");
    assert!(!names(&shop, "configmaps").await.contains(&"configmap/settings".to_owned()));
}

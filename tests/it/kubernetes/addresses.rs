//! What is read by address shows what the tools show; whoever listens to it hears of its changes.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox::{k8s::Limits, policy::Names};
use tacklebox_cluster::{AuditMark, Cluster, Component, Namespace, User};

use super::{Agent, Setup, agent, other_cluster, requests_of};
use crate::world::{Client, modern};

const SETTINGS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: blue}
";

async fn shop() -> Namespace {
    Cluster::shared().await.namespace("shop").await.unwrap()
}

/// An agent that calls the namespace `shop`, as the addresses do.
async fn agent_in(shop: &Namespace) -> Agent {
    agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop")
}

/// `k8s://cluster/…`, where `shop` stands for the namespace.
fn address(path: &str, shop: &Namespace) -> Value {
    let path = path.replace("shop", shop.name());
    json!({ "uri": format!("k8s://cluster/{path}") })
}

async fn read(agent: &mut Agent, uri: Value) -> String {
    let answer = agent.client.request("resources/read", uri).await;
    agent.renamed(&told(&answer))
}

/// The content, or what the error says.
fn told(answer: &Value) -> String {
    let text = answer["result"]["contents"][0]["text"].as_str();
    text.map_or_else(|| answer["error"]["message"].as_str().unwrap().to_owned(), str::to_owned)
}

async fn subscribe(agent: &mut Agent, uri: Value) -> String {
    let answer = agent.client.request("resources/subscribe", uri).await;
    let error = answer["error"]["message"].as_str().unwrap_or("subscribed");
    agent.renamed(error)
}

/// The address of the next update.
async fn updated(client: &mut Client) -> String {
    let is_update = |it: &Value| it["method"] == "notifications/resources/updated";
    let told = client.receive_until(is_update).await;
    told["params"]["uri"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_address_shows_what_the_tool_shows() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    shop.pod("web").ready().await.unwrap();
    shop.logs("web", "main", &["started"], &[]).await.unwrap();
    let mut agent = agent_in(&shop).await;
    let pairs = [
        (
            "configmaps/shop/settings",
            "kubectl_get",
            json!({ "resource": "cm/settings", "namespace": shop.name(), "output": "yaml" }),
        ),
        (
            "namespaces/shop",
            "kubectl_get",
            json!({ "resource": format!("ns/{}", shop.name()), "output": "yaml" }),
        ),
        ("logs/shop/web", "kubectl_logs", json!({ "resource": "web", "namespace": shop.name() })),
        (
            "logs/shop/web/main",
            "kubectl_logs",
            json!({ "resource": "web", "namespace": shop.name(), "container": "main" }),
        ),
    ];
    for (path, tool, arguments) in pairs {
        let shown = read(&mut agent, address(path, &shop)).await;
        assert_eq!(shown, agent.call(tool, arguments).await, "{path}");
        assert!(!shown.starts_with("not found"), "{shown}");
    }
    let namespaces = read(&mut agent, address("namespaces", &shop)).await;
    assert!(namespaces.lines().any(|it| it.starts_with("shop\t")), "{namespaces}");
}

#[tokio::test]
async fn a_secret_is_as_secret_at_its_address() {
    let shop = shop().await;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"pin": "4711-0815"}});
    shop.apply(&secret.to_string()).await.unwrap();
    let shown = read(&mut agent_in(&shop).await, address("secrets/shop/db", &shop)).await;
    assert!(shown.contains("pin: \"[redacted 9 chars #"), "{shown}");
    assert!(!shown.contains("NDcxMS0wODE1"), "{shown}");
}

#[tokio::test]
async fn what_is_not_there_is_told_with_what_is_near() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    let mut agent = agent_in(&shop).await;
    let mut seen = Vec::new();
    for path in [
        "configmaps/shop/setting",
        "configmap/shop/settings,other",
        "gadgets/shop/web",
        "pods/shop/..%2f..",
        "logs/shop/cart-404",
        "pods/shop",
        "nodes",
    ] {
        let uri = address(path, &shop);
        seen.push(format!("{path}: {}", read(&mut agent, uri.clone()).await));
        seen.push(format!("  subscribing: {}", subscribe(&mut agent, uri).await));
    }
    let elsewhere = json!({ "uri": "k8s://moon/namespaces" });
    seen.push(read(&mut agent, elsewhere).await);
    expect![[r#"
        configmaps/shop/setting: not found: no configmaps setting in namespace shop; near: settings
          subscribing: not found: no configmaps setting in namespace shop; near: settings
        configmap/shop/settings,other: invalid arguments:
        - `name`: "settings,other" is not one name
          subscribing: invalid arguments:
        - `name`: "settings,other" is not one name
        gadgets/shop/web: not found: the cluster has no kind gadgets: kubectl_api_resources lists what there is
          subscribing: not found: the cluster has no kind gadgets: kubectl_api_resources lists what there is
        pods/shop/..%2f..: invalid arguments:
        - `name`: "../.." is not one name
          subscribing: invalid arguments:
        - `name`: "../.." is not one name
        logs/shop/cart-404: not found: no pods cart-404 in namespace shop
          subscribing: not found: no pods cart-404 in namespace shop
        pods/shop: invalid arguments:
        - pods are in namespaces: k8s://cluster/pods/NAMESPACE/NAME
          subscribing: invalid arguments:
        - pods are in namespaces: k8s://cluster/pods/NAMESPACE/NAME
        nodes: unknown resource: k8s://cluster/nodes
          subscribing: unknown resource: k8s://cluster/nodes
        invalid arguments:
        - there is no context moon: known are cluster"#]].assert_eq(&seen.join("\n"));
}

#[tokio::test]
async fn whoever_listens_to_an_object_hears_of_its_changes_and_of_nothing_else() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    let mut agent = agent_in(&shop).await;
    let uri = address("configmaps/shop/settings", &shop);
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    shop.apply(&SETTINGS.replace("settings", "others")).await.unwrap();
    shop.apply(&SETTINGS.replace("blue", "green")).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
    assert!(read(&mut agent, uri.clone()).await.contains("color: green"));
    shop.kubectl(&["delete", "configmap", "settings"]).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
    assert!(read(&mut agent, uri.clone()).await.starts_with("not found: no configmaps settings"));
    shop.apply(SETTINGS).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
}

#[tokio::test]
async fn a_listener_of_the_newer_era_hears_the_same() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    let mut agent = agent_in(&shop).await;
    let uri = address("configmaps/shop/settings", &shop)["uri"].clone();
    let filter = json!({ "notifications": { "resourceSubscriptions": [uri] } });
    agent.client.send("subscriptions/listen", modern(filter)).await;
    // The first is for what may have changed before anybody listened.
    assert_eq!(updated(&mut agent.client).await, uri);
    shop.apply(&SETTINGS.replace("blue", "green")).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri);

    let filter = json!({ "notifications": { "resourceSubscriptions": ["k8s://cluster/cm/x/y"] } });
    let call = agent.client.send("subscriptions/listen", modern(filter)).await;
    let answer = agent.client.receive_until(|it| it["id"] == call).await;
    assert_eq!(answer["error"]["message"], "not found: no namespace x");
}

#[tokio::test]
async fn whoever_listens_to_a_log_hears_of_its_lines() {
    let shop = shop().await;
    shop.pod("web").ready().await.unwrap();
    shop.logs("web", "main", &["started"], &[]).await.unwrap();
    let mut agent = agent_in(&shop).await;
    let uri = address("logs/shop/web", &shop);
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    // The line from the same second may still be told of, but once only.
    for line in ["order 17 came in", "order 18 came in"] {
        shop.append_logs("web", "main", &[line]).unwrap();
        assert_eq!(updated(&mut agent.client).await, uri["uri"]);
    }
    assert!(read(&mut agent, uri).await.contains("order 18 came in"));
}

#[tokio::test]
async fn whoever_listens_to_the_namespaces_hears_of_those_that_are_allowed() {
    let cluster = Cluster::shared().await;
    let quiet = cluster.namespace("quiet").await.unwrap();
    let limits = Limits { allow_namespaces: vec!["loud*".to_owned()], ..Limits::default() };
    let mut agent = Setup::of(cluster.kubeconfig()).limits(limits).agent().await;
    let uri = address("namespaces", &quiet);
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    quiet.kubectl(&["label", "namespace", quiet.name(), "a=b"]).await.unwrap();
    let loud = cluster.namespace("loud").await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
    assert!(read(&mut agent, uri).await.contains(loud.name()));
}

#[tokio::test]
async fn however_many_listen_an_object_is_watched_once_and_no_longer_than_they_do() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    let cluster = shop.cluster();
    let rights = ["get,list,watch configmaps"];
    let user = cluster.user_in(&shop, "listener", &rights).await.unwrap();
    let mut agent = agent(user.kubeconfig()).await;
    let uri = address("configmaps/shop/settings", &shop);
    let mark = cluster.audit_mark().await.unwrap();
    let filter = json!({ "notifications": { "resourceSubscriptions": [uri["uri"]] } });
    let mut listening = Vec::new();
    for _ in 0..3 {
        listening.push(agent.client.send("subscriptions/listen", modern(filter.clone())).await);
        updated(&mut agent.client).await;
    }
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    shop.apply(&SETTINGS.replace("blue", "green")).await.unwrap();
    for _ in 0..4 {
        updated(&mut agent.client).await;
    }
    until_watched(cluster, &user, mark, 1).await;
    assert_eq!(watches(cluster, &user, mark).await, 1);
    for id in listening {
        agent.client.notify("notifications/cancelled", modern(json!({ "requestId": id }))).await;
    }
    agent.client.request("resources/unsubscribe", uri.clone()).await;
    // Whoever comes when nobody listens any more begins another watch.
    assert_eq!(subscribe(&mut agent, uri).await, "subscribed");
    until_watched(cluster, &user, mark, 2).await;
}

#[tokio::test]
async fn a_watch_goes_on_when_the_api_server_comes_back() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    shop.apply(SETTINGS).await.unwrap();
    let mut agent = agent_in(&shop).await;
    let uri = address("configmaps/shop/settings", &shop);
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    cluster.kill(Component::ApiServer).await.unwrap();
    cluster.restart(Component::ApiServer).await.unwrap();
    shop.apply(&SETTINGS.replace("blue", "green")).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
}

#[tokio::test]
async fn a_lost_connection_alone_is_no_news() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    let cluster = shop.cluster();
    let user = cluster.user_in(&shop, "patient", &["get,list,watch configmaps"]).await.unwrap();
    let proxy = cluster.proxy().await.unwrap();
    let mut agent = agent(&proxy.kubeconfig_of(user.kubeconfig()).unwrap()).await;
    let uri = address("configmaps/shop/settings", &shop);
    let mark = cluster.audit_mark().await.unwrap();
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    until_watched(cluster, &user, mark, 1).await;
    proxy.cut().await;
    proxy.restore().await;
    until_watched(cluster, &user, mark, 2).await;
    let ping = agent.client.send("ping", json!({})).await;
    assert_eq!(agent.client.receive().await["id"], ping);
    shop.apply(&SETTINGS.replace("blue", "green")).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
}

async fn watches(cluster: &Cluster, user: &User, mark: AuditMark) -> usize {
    let asked = requests_of(cluster, user, mark).await;
    asked.iter().filter(|it| it.verb == "watch").count()
}

/// Waits until the user has begun to watch so many times.
async fn until_watched(cluster: &Cluster, user: &User, mark: AuditMark, times: usize) {
    let watching = async {
        while watches(cluster, user, mark).await < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), watching).await.expect("it is watched in time");
}

#[tokio::test]
async fn a_watch_that_the_server_has_forgotten_is_begun_anew() {
    let cluster = other_cluster().await;
    let shop = cluster.namespace("shop").await.unwrap();
    shop.apply(SETTINGS).await.unwrap();
    let proxy = cluster.proxy().await.unwrap();
    let mut agent = agent(proxy.kubeconfig()).await;
    let uri = address("configmaps/shop/settings", &shop);
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    proxy.cut().await;
    shop.apply(&SETTINGS.replace("blue", "green")).await.unwrap();
    cluster.compact().await.unwrap();
    proxy.restore().await;
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
}

#[tokio::test]
async fn what_the_policies_keep_away_is_neither_read_nor_listened_to_by_address() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    let kubeconfig = shop.cluster().kubeconfig();
    let denied = Limits {
        deny_resources: vec!["configmaps".to_owned()],
        deny_namespaces: vec!["kube-*".to_owned()],
        ..Limits::default()
    };
    let no_logs = Names::new(&["*".to_owned()], &["kubectl_logs".to_owned()]).unwrap();
    let mut agent = Setup::of(kubeconfig).limits(denied).policy(no_logs).agent().await;
    let mut seen = Vec::new();
    for path in ["configmaps/shop/settings", "pods/kube-system/web", "logs/shop/web"] {
        let uri = address(path, &shop);
        seen.push(format!("{path}: {}", read(&mut agent, uri.clone()).await));
        seen.push(format!("  subscribing: {}", subscribe(&mut agent, uri).await));
    }
    let listed = agent.client.request("resources/templates/list", json!({})).await;
    let listed = listed["result"]["resourceTemplates"].as_array().unwrap().iter();
    seen.extend(listed.map(|it| it["uriTemplate"].as_str().unwrap().to_owned()));
    expect![[r"
        configmaps/shop/settings: refused: configmaps are denied by policy (policy.deny_resources)
          subscribing: refused: configmaps are denied by policy (policy.deny_resources)
        pods/kube-system/web: refused: namespace kube-system is not allowed by policy (policy.namespaces)
          subscribing: refused: namespace kube-system is not allowed by policy (policy.namespaces)
        logs/shop/web: refused: kubectl_logs is in policy.tools.deny
          subscribing: refused: kubectl_logs is in policy.tools.deny
        k8s://{context}/namespaces
        k8s://{context}/{kind}/{namespace}/{name}
        k8s://{context}/{kind}/{name}"]].assert_eq(&seen.join("\n"));
}

#[tokio::test]
async fn what_may_be_read_and_not_watched_is_read_again() {
    let shop = shop().await;
    shop.apply(SETTINGS).await.unwrap();
    let user = shop.cluster().user_in(&shop, "reader", &["get configmaps"]).await.unwrap();
    let mut agent = agent(user.kubeconfig()).await;
    let uri = address("configmaps/shop/settings", &shop);
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    shop.apply(&SETTINGS.replace("blue", "green")).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
}

#[tokio::test]
async fn a_log_that_may_not_be_read_cannot_be_listened_to() {
    let shop = shop().await;
    shop.pod("web").ready().await.unwrap();
    let user = shop.cluster().user_in(&shop, "outsider", &["get,list pods"]).await.unwrap();
    let mut agent = agent(user.kubeconfig()).await.calling(shop.name(), "shop");
    let told = subscribe(&mut agent, address("logs/shop/web", &shop)).await;
    expect!["refused: user outsider (context cluster) may not get pods/log in namespace shop; try another namespace, or ask for that right (RBAC)"].assert_eq(&told.replace(user.name(), "outsider"));
}

#[tokio::test]
async fn the_end_of_an_allowed_namespace_is_told() {
    let cluster = Cluster::shared().await;
    let leaving = cluster.namespace("leaving").await.unwrap();
    let limits = Limits { allow_namespaces: vec![leaving.name().to_owned()], ..Limits::default() };
    let mut agent = Setup::of(cluster.kubeconfig()).limits(limits).agent().await;
    let uri = address(&format!("namespaces/{}", leaving.name()), &leaving);
    assert_eq!(subscribe(&mut agent, uri.clone()).await, "subscribed");
    leaving.kubectl(&["delete", "namespace", leaving.name(), "--wait=false"]).await.unwrap();
    assert_eq!(updated(&mut agent.client).await, uri["uri"]);
}

//! A server that asks in the name of whoever calls: the cluster's own RBAC decides, and its audit log is the witness.

pub(super) mod house;
mod listening;
mod refusals;
mod requests;

use expect_test::expect;
use serde_json::json;

use self::house::{House, text};

/// Two namespaces, a pod in each.
async fn with_pods() -> House {
    let house = House::new().await;
    house.shop.pod("cart").node("node-1").ready().await.unwrap();
    house.bank.pod("vault").node("node-1").ready().await.unwrap();
    house
}

#[tokio::test]
async fn each_caller_sees_what_the_cluster_shows_them_and_nothing_else() {
    let house = with_pods().await;
    let mut seen = Vec::new();
    for token in ["ann", "ben"] {
        for namespace in [house.shop.name(), house.bank.name()] {
            let pods = json!({ "resource": "pods", "namespace": namespace, "columns": ["name"] });
            seen.push(house.call(token, "kubectl_get", pods).await);
        }
    }
    expect![[r"
        NAME
        cart
        refused: user ann (context cluster) may not list pods in namespace bank; try another namespace, or ask for that right (RBAC)
        refused: user ben (context cluster) may not list pods in namespace shop; try another namespace, or ask for that right (RBAC)
        NAME
        vault"]].assert_eq(&seen.join("\n"));
}

#[tokio::test]
async fn whoever_asks_is_told_who_they_are() {
    let house = House::new().await;
    let rights = |namespace: &str| json!({ "namespace": namespace });
    let right = json!({ "verb": "get", "resource": "pods", "namespace": house.bank.name() });
    let version = house.call("ann", "kubectl_version", json!({})).await;
    let seen = [
        house.call("ann", "kubectl_auth_check", rights(house.shop.name())).await,
        house.call("ann", "kubectl_auth_check", right).await,
        house.call("ben", "kubectl_auth_check", rights(house.shop.name())).await,
        house.call("ben", "kubernetes_contexts", json!({})).await,
        version.rsplit_once("; context").unwrap().1.to_owned(),
    ];
    expect![[r"
        ann (impersonated, groups anns) may in namespace shop:
        get,list,watch: *.*
        of no use here: kubectl_apply, kubectl_cordon, kubectl_delete, kubectl_drain, kubectl_label, kubectl_patch, kubectl_run_job, kubectl_scale
        no: ann (impersonated, groups anns) may not get pods in namespace bank: nothing grants it
        ben (impersonated, groups bens) may do nothing in namespace shop that not everybody may
        of no use here: kubectl_apply, kubectl_cordon, kubectl_cp, kubectl_delete, kubectl_drain, kubectl_events, kubectl_exec, kubectl_label, kubectl_logs, kubectl_patch, kubectl_run_job, kubectl_scale, kubectl_top
        CONTEXT	SERVER	USER	NAMESPACE	STATE
        cluster	URL	ben (impersonated by tacklebox)	default	ready v1.36.3
        default: cluster
         cluster as ann (impersonated by tacklebox), namespace default; Tacklebox 0.1.0"]]
    .assert_eq(&seen.join("\n"));
}

/// A list that somebody has just typed for is kept for a moment, and not for others.
#[tokio::test]
async fn what_is_proposed_to_one_caller_is_not_proposed_to_another() {
    let house = with_pods().await;
    let proposed = async |token: &str, namespace: &str| {
        let params = json!({
            "ref": { "type": "ref/resource", "uri": "k8s://{context}/{kind}/{namespace}/{name}" },
            "argument": { "name": "name", "value": "" },
            "context": { "arguments": { "kind": "pods", "namespace": namespace } },
        });
        let answer = house.answer(token, "completion/complete", params).await;
        answer["result"]["completion"]["values"].clone()
    };
    let until_proposed = async |token: &str, namespace: &str| {
        let some = async || Some(proposed(token, namespace).await).filter(|it| *it != json!([]));
        house::found(some).await
    };
    let (shop, bank) = (house.shop.name(), house.bank.name());
    assert_eq!(until_proposed("ann", shop).await, json!(["cart"]));
    assert_eq!(proposed("ben", shop).await, json!([]));
    // What is not proposed to Ben was not kept back by time: what he may see comes.
    assert_eq!(until_proposed("ben", bank).await, json!(["vault"]));
    assert_eq!(proposed("ben", shop).await, json!([]));
    assert_eq!(proposed("ann", shop).await, json!(["cart"]));
}

/// As names of people are, and of groups of an identity provider.
#[tokio::test]
async fn names_of_any_alphabet_and_groups_with_blanks_reach_the_cluster_as_they_are() {
    let house = House::new().await;
    let jörg = format!("jörg-of-{}", house.shop.name());
    let group = format!("Domänen-Admins of {}", house.shop.name());
    let cluster = &house.cluster;
    let impersonating = format!("impersonate users {jörg}");
    cluster.grant(house.server.name(), None, &[&impersonating]).await.unwrap();
    cluster.grant(&format!("group:{group}"), house.shop.name(), &["list pods"]).await.unwrap();
    let door = house.door_for(&jörg, &[&group]).await;
    let pods = json!({ "resource": "pods", "namespace": house.shop.name() });
    let params = json!({ "name": "kubectl_get", "arguments": pods });
    let mark = cluster.audit_mark().await.unwrap();
    let asked = house::request(&door, "tools/call", params).bearer_auth("token");
    assert_eq!(house.renamed(&text(&house::answer(asked).await)), "no pods in namespace shop");
    let mut asked = house.asked(mark).await;
    asked.retain(|it| it.uri != "/version");
    assert!(asked.iter().any(|it| it.resource == "pods" && it.status == Some(200)), "{asked:?}");
    assert!(asked.iter().all(|it| it.impersonated.as_deref() == Some(&jörg)), "{asked:?}");
}

#[tokio::test]
async fn each_caller_is_offered_the_tools_that_the_cluster_lets_them_use() {
    let house = House::confined().await;
    let ann = house.caller("ann").name;
    house.cluster.grant(&ann, house.shop.name(), &["patch configmaps"]).await.unwrap();
    let offered = async |token: &str| -> Vec<String> {
        let answer = house.answer(token, "tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap();
        tools.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let (to_ann, to_ben) = (offered("ann").await, offered("ben").await);
    let only_ann: Vec<&str> =
        to_ann.iter().filter(|it| !to_ben.contains(it)).map(String::as_str).collect();
    expect!["kubectl_apply kubectl_label kubectl_patch"].assert_eq(&only_ann.join(" "));
    // What is kept of one of them is nothing to the other.
    assert_eq!((offered("ann").await, offered("ben").await), (to_ann, to_ben));
}

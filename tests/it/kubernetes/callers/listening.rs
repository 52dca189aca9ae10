//! Listening is in somebody's name as well, and each listener's own.

use serde_json::{Value, json};
use tacklebox_cluster::AuditMark;

use super::house::{self, House, text};

const SETTINGS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: blue}
";

/// The callers who have begun to watch the settings since then, in order; waits until they are so many.
async fn watchers(house: &House, mark: AuditMark, many: usize) -> Vec<String> {
    let names = house::found(async || {
        let asked = house.asked(mark).await;
        let watches = asked.iter().filter(|it| it.verb == "watch");
        let names = watches.map(|it| it.impersonated.clone().unwrap_or_default());
        Some(names.collect::<Vec<String>>()).filter(|it| it.len() >= many)
    })
    .await;
    let mut names: Vec<String> = names.iter().map(|it| house.renamed(it)).collect();
    names.sort_unstable();
    names
}

fn listening(house: &House) -> Value {
    let uri = format!("k8s://cluster/configmaps/{}/settings", house.shop.name());
    json!({ "notifications": { "resourceSubscriptions": [uri] } })
}

#[tokio::test]
async fn each_listener_watches_in_their_own_name_and_after_a_reload_again() {
    let house = House::new().await;
    house.shop.apply(SETTINGS).await.unwrap();
    let ben = house.caller("ben").name;
    house.cluster.grant(&ben, house.shop.name(), &["get,list,watch configmaps"]).await.unwrap();
    let mark = house.cluster.audit_mark().await.unwrap();
    let mut open = Vec::new();
    for token in ["ann", "ann", "ben"] {
        let request = house.request(token, "subscriptions/listen", listening(&house));
        let mut response = request.send().await.unwrap();
        // The first update is for what may have changed before anybody listened.
        while let Some(chunk) = response.chunk().await.unwrap() {
            if String::from_utf8_lossy(&chunk).contains("notifications/resources/updated") {
                break;
            }
        }
        open.push(response);
    }
    assert_eq!(watchers(&house, mark, 2).await, ["ann", "ben"]);
    let mark = house.cluster.audit_mark().await.unwrap();
    house.reload();
    assert_eq!(watchers(&house, mark, 2).await, ["ann", "ben"]);
}

#[tokio::test]
async fn whoever_may_not_read_may_not_listen_though_others_do() {
    let house = House::new().await;
    house.shop.apply(SETTINGS).await.unwrap();
    let heard = house.request("ann", "subscriptions/listen", listening(&house)).send().await;
    let mut heard = heard.unwrap();
    heard.chunk().await.unwrap();
    let refused = house.answer("ben", "subscriptions/listen", listening(&house)).await;
    assert_eq!(
        house.renamed(&text(&refused)),
        "refused: user ben (context cluster) may not get configmaps in namespace shop; try another namespace, or ask for that right (RBAC)"
    );
}

#[tokio::test]
async fn a_log_is_followed_in_the_name_of_whoever_listens_to_it() {
    let house = House::new().await;
    house.shop.pod("web").ready().await.unwrap();
    house.shop.logs("web", "main", &["started"], &[]).await.unwrap();
    let mark = house.cluster.audit_mark().await.unwrap();
    let uri = format!("k8s://cluster/logs/{}/web", house.shop.name());
    let filter = json!({ "notifications": { "resourceSubscriptions": [uri] } });
    let _heard = house.request("ann", "subscriptions/listen", filter).send().await.unwrap();
    let followed = house::found(async || {
        let mut asked = house.asked(mark).await.into_iter();
        asked.find(|it| it.uri.contains("follow=true"))
    });
    assert_eq!(followed.await.impersonated, Some(house.caller("ann").name));
}

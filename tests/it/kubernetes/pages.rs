//! Lists too long for one answer.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use super::{Agent, agent, other_cluster, requests_of};

const CROWD: usize = 5_000;

#[tokio::test]
async fn the_pages_of_a_long_list_together_are_the_whole_and_each_is_one_request() {
    let cluster = other_cluster().await;
    let crowd = cluster.namespace("crowd").await.unwrap();
    cluster.bulk_services(crowd.name(), CROWD).await.unwrap();
    let viewer = cluster.user("viewer", &["list services"]).await.unwrap();
    let mut agent = agent(viewer.kubeconfig()).await;
    let asked = |more: Value| {
        let mut arguments = json!({ "resource": "services", "namespace": crowd.name() });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let first = agent.get(asked(json!({}))).await;
    let last_line = first.lines().last().unwrap();
    assert!(last_line.starts_with("showing 500 of 5,000; narrow with "), "{last_line}");

    let mark = cluster.audit_mark().await.unwrap();
    let (names, pages) = walk(&mut agent, crowd.name(), 1_000).await;
    let unique: BTreeSet<&String> = names.iter().collect();
    assert_eq!((names.len(), unique.len(), pages), (CROWD, CROWD, 5));
    let requests = requests_of(&cluster, &viewer, mark).await;
    assert_eq!(requests.len(), pages, "{requests:#?}");
    assert!(requests.iter().all(|it| it.uri.contains("limit=1000")));

    let counted = agent.get(asked(json!({ "summary": true }))).await;
    assert!(counted.starts_with("services: 5000\n"), "{counted}");
    let found = agent.get(asked(json!({ "grep": "bulk-04999", "output": "name" }))).await;
    assert_eq!(found, "1 of 5000 rows match\nservice/bulk-04999");
    let last = agent.get(asked(json!({ "sort_by": "-name", "limit": 1, "output": "name" }))).await;
    assert_eq!(
        last,
        "service/bulk-04999\nshowing 1 of 5,000; narrow with label_selector, or ask again with a higher limit"
    );
}

/// The names of all Services, and how many answers they took.
async fn walk(agent: &mut Agent, namespace: &str, limit: usize) -> (Vec<String>, usize) {
    let (mut names, mut pages, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let arguments = json!({ "resource": "services", "namespace": namespace, "output": "name", "limit": limit, "cursor": cursor });
        let (lines, next) = agent.page(arguments).await;
        names.extend(lines);
        pages += 1;
        match next {
            Some(next) => cursor = Some(next),
            None => return (names, pages),
        }
    }
}

#[tokio::test]
async fn several_kinds_go_on_where_the_page_ended() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    for name in ["a", "b", "c"] {
        shop.apply(&format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}"))
            .await
            .unwrap();
        shop.apply(&format!("{{apiVersion: v1, kind: Secret, metadata: {{name: {name}}}}}"))
            .await
            .unwrap();
    }
    let mut agent = agent(cluster.kubeconfig()).await;
    let (mut names, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let arguments = json!({ "resource": "cm,secrets", "namespace": shop.name(), "output": "name", "limit": 2, "cursor": cursor });
        let (lines, next) = agent.page(arguments).await;
        assert!(lines.len() <= 2, "{lines:?}");
        names.extend(lines);
        let Some(next) = next else { break };
        cursor = Some(next);
    }
    let expected = [
        "configmap/a",
        "configmap/b",
        "configmap/c",
        "configmap/kube-root-ca.crt",
        "secret/a",
        "secret/b",
        "secret/c",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn an_expired_cursor_says_to_start_again() {
    let cluster = other_cluster().await;
    let shop = cluster.namespace("shop").await.unwrap();
    cluster.bulk_services(shop.name(), 3).await.unwrap();
    let mut agent = agent(cluster.kubeconfig()).await;
    let question = |cursor: Option<&str>| json!({ "resource": "svc", "namespace": shop.name(), "output": "name", "limit": 1, "cursor": cursor });
    let (_, cursor) = agent.page(question(None)).await;
    shop.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: later}}").await.unwrap();
    cluster.compact().await.unwrap();
    let expired = agent.get(question(cursor.as_deref())).await;
    assert_eq!(expired, "conflict: the cursor has expired (410): start again without `cursor`");
    assert!(agent.page(question(None)).await.1.is_some());
}

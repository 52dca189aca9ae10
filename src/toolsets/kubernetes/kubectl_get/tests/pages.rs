use serde_json::{Value, json};

use crate::toolsets::kubernetes::world::{ApiServer, World, pod};

#[tokio::test]
async fn pages_add_up_to_the_whole_whatever_is_asked() {
    let pods =
        (0..7).map(|it| pod(if it < 4 { "bank" } else { "shop" }, &format!("web-{it}"), "Running"));
    for forbidden in [vec![], vec!["/api/v1/pods"]] {
        for extra in [json!({}), json!({"grep": "[0135]"}), json!({"label_selector": "app=web"})] {
            let server = ApiServer {
                forbidden: forbidden.clone(),
                ..ApiServer::holding(pods.clone().collect())
            };
            let world = World::new(server).await;
            let whole = whole_list(&world, &extra, 2).await;
            let at_once = whole_list(&world, &extra, 100).await;
            assert_eq!(whole, at_once, "{forbidden:?} {extra}");
            assert_eq!(whole.len(), if extra.get("grep").is_some() { 4 } else { 7 });
        }
    }
}

/// What did not fit is not skipped: the cursor goes on behind what was shown.
#[tokio::test]
async fn answers_that_were_cut_to_fit_add_up_to_the_whole() {
    // Unlike each other, so that none is written by what it shares with others.
    let names = (1..80_u64).map(|it| format!("{:08x}-web", it * 2_654_435_761 % (1 << 32)));
    let names: Vec<String> = names.collect();
    let pods = names.iter().map(|it| pod("shop", it, "Running")).collect();
    let world = World::new(ApiServer::holding(pods)).await;
    for extra in [
        json!({"resource": "pods"}),
        json!({"resource": "pods", "limit": 50}),
        json!({"resource": "pods", "output": "name", "limit": 200}),
        json!({"resource": "pods", "output": "yaml"}),
        json!({"resource": "pods", "fields": ["spec.nodeName"], "limit": 33}),
        json!({"resource": "pods", "grep": "web", "limit": 50}),
        json!({"resource": "pods,deploy", "output": "name"}),
    ] {
        let (mut seen, mut arguments, mut calls) = (Vec::new(), extra.clone(), 0);
        loop {
            let text = world.call_to_fit("kubectl_get", arguments.clone(), 400).await;
            let words = text.split([' ', '\n', '\t', '/']).filter(|it| it.ends_with("-web"));
            seen.extend(words.map(str::to_owned));
            calls += 1;
            let Some((_, cursor)) = text.rsplit_once("cursor=") else { break };
            arguments["cursor"] = json!(cursor.trim());
        }
        assert_eq!(seen, names, "{extra}");
        assert!(calls > 1, "{extra}");
    }
}

#[tokio::test]
async fn whole_manifests_are_not_fetched_by_the_hundred() {
    let world = World::new(ApiServer::holding(vec![pod("shop", "web-1", "Running")])).await;
    for (arguments, limit) in [
        (json!({"output": "yaml"}), "limit=50"),
        (json!({"fields": [".spec.nodeName"]}), "limit=200"),
        (json!({}), "limit=500"),
        (json!({"output": "yaml", "limit": 70}), "limit=70"),
        (json!({"output": "yaml", "limit": 50_000}), "limit=200"),
    ] {
        let mut arguments = arguments;
        arguments["resource"] = json!("pods");
        world.call("kubectl_get", arguments.clone()).await;
        let requests = world.requests();
        let last = requests.last().unwrap().rsplit(['?', '&']).find(|it| it.starts_with("limit="));
        assert_eq!(last, Some(limit), "{arguments}: {requests:?}");
    }
}

/// The names of all pods, `limit` a page, going on with each cursor.
async fn whole_list(world: &World, extra: &Value, limit: usize) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut arguments = json!({"resource": "pods", "all_namespaces": true, "output": "name", "limit": limit, "cursor": cursor});
        arguments.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let (lines, next) = world.page(arguments).await;
        names.extend(lines.into_iter().filter(|it| it.starts_with("pod/")));
        match next {
            Some(next) => cursor = Some(next),
            None => return names,
        }
    }
}

#[tokio::test]
async fn the_first_of_many_sorted_rows_are_told_to_be_a_part() {
    let pods: Vec<Value> =
        (0..1000).map(|it| pod("shop", &format!("web-{it:04}"), "Running")).collect();
    for forbidden in [vec![], vec!["/api/v1/pods"]] {
        let world = World::new(ApiServer { forbidden, ..ApiServer::holding(pods.clone()) }).await;
        let arguments = json!({"resource": "pods", "all_namespaces": true, "output": "name", "sort_by": "-name", "limit": 2});
        let (lines, _) = world.page(arguments).await;
        assert!(lines.iter().any(|it| it.starts_with("pod/web-0999")), "{lines:?}");
        let last = lines.last().unwrap();
        assert!(last.starts_with("showing 2 of 1,000"), "{last}");
        let arguments = json!({"resource": "pods", "all_namespaces": true, "sort_by": "-name", "limit": 2, "grep": "web-00"});
        let (lines, _) = world.page(arguments).await;
        assert!(lines.contains(&"100 of 1000 rows match".to_owned()), "{lines:?}");
        let last = lines.last().unwrap();
        assert!(last.starts_with("showing 2 of 100"), "{last}");
    }
}

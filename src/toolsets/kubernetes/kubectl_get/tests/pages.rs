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

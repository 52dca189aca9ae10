mod answers;
mod bounds;
mod columns;
mod pages;
mod refusals;

use expect_test::Expect;
use serde_json::{Value, json};

use crate::toolsets::kubernetes::world::{ApiServer, World, object, pod};

fn shop() -> ApiServer {
    let mut secret = object("v1", "Secret", Some("shop"), "db");
    secret["data"] = json!({"password": "czNjcjN0"});
    secret["type"] = json!("Opaque");
    let mut deployment = object("apps/v1", "Deployment", Some("shop"), "web");
    deployment["metadata"]["managedFields"] = json!([{}]);
    ApiServer::holding(vec![
        pod("bank", "vault-1", "Running"),
        pod("shop", "cart-1", "Pending"),
        pod("shop", "web-1", "Running"),
        pod("shop", "web-2", "Running"),
        deployment,
        secret,
        object("v1", "Node", None, "node-1"),
        object("example.test/v1", "Widget", Some("shop"), "small"),
    ])
}

async fn check(arguments: Value, expected: Expect) {
    let world = World::new(shop()).await;
    expected.assert_eq(&world.call("kubectl_get", arguments).await);
}

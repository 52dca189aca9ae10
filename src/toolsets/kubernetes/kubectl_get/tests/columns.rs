//! Columns of custom resources, whose cells are judged by the path in their definition.

use http::StatusCode;
use serde_json::{Value, json};

use super::shop;
use crate::toolsets::kubernetes::world::{ApiServer, World, object};

const DEFINITION: &str =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.test";
const WIDGETS: &str = "/apis/example.test/v1/namespaces/shop/widgets";
/// Nothing but its path tells that it is one.
const SECRET: &str = "zebra-crossing";

/// A widget's table of columns with descriptions of their own, as `(name, path, cell)`.
fn server(columns: &[(&str, &str, &str)], definition: Option<(StatusCode, String)>) -> ApiServer {
    let name = json!({"name": "Name", "type": "string", "format": "name", "priority": 0});
    let column = |name: &str| json!({"name": name, "type": "string", "description": "What it is", "priority": 0});
    let columns_shown: Vec<Value> =
        std::iter::once(name).chain(columns.iter().map(|it| column(it.0))).collect();
    let cells: Vec<&str> = std::iter::once("small").chain(columns.iter().map(|it| it.2)).collect();
    let table = json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {},
        "columnDefinitions": columns_shown,
        "rows": [{"cells": cells, "object": null}],
    });
    let printed: Vec<Value> = columns
        .iter()
        .map(|(name, path, _)| json!({"name": name, "type": "string", "jsonPath": path}))
        .collect();
    let defined = json!({"spec": {"versions": [
        {"name": "v2", "additionalPrinterColumns": []},
        {"name": "v1", "additionalPrinterColumns": printed},
    ]}});
    let (status, body) = definition.unwrap_or_else(|| (StatusCode::OK, defined.to_string()));
    let answers = vec![(WIDGETS, StatusCode::OK, table.to_string()), (DEFINITION, status, body)];
    ApiServer { answers, ..shop() }
}

/// The last line of the table, without what the secret is redacted to.
async fn row(columns: &[(&str, &str, &str)]) -> Vec<String> {
    let world = World::new(server(columns, None)).await;
    let answer = world.call("kubectl_get", json!({"resource": "widgets"})).await;
    let row = answer.lines().find(|it| it.starts_with("small")).unwrap_or(&answer);
    let cells = row.split('\t').map(|it| it.split(" chars").next().unwrap_or_default());
    cells.map(str::to_owned).collect()
}

#[tokio::test]
async fn columns_of_one_name_are_each_judged_by_their_own_path() {
    let secret = |name| (name, ".spec.password", SECRET);
    let plain = |name| (name, ".spec.kind", "steel");
    assert_eq!(row(&[secret("Pin"), plain("Pin")]).await, ["small", "[redacted 14", "steel"]);
    assert_eq!(row(&[plain("Pin"), secret("Pin")]).await, ["small", "steel", "[redacted 14"]);
    // The server's own column of this name stands before it.
    assert_eq!(row(&[secret("Name")]).await, ["small", "[redacted 14"]);
    assert_eq!(row(&[plain("Name"), secret("Name")]).await, ["small", "steel", "[redacted 14"]);
}

#[tokio::test]
async fn nothing_is_shown_while_the_definition_cannot_be_had() {
    let columns = [("Pin", ".spec.password", SECRET)];
    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE] {
        let definition = Some((status, String::new()));
        let world = World::new(server(&columns, definition)).await;
        let answer = world.call("kubectl_get", json!({"resource": "widgets"})).await;
        assert!(!answer.contains(SECRET) && !answer.contains("small"), "{answer}");
        assert!(answer.contains(status.as_str()), "{answer}");
    }
}

/// Most users may not read definitions, and a resource of another API server has none.
#[tokio::test]
async fn without_a_definition_columns_are_judged_by_their_names_and_looks() {
    let columns = [("Pin", ".spec.kind", "steel"), ("Password", ".spec.other", SECRET)];
    for status in [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND] {
        let body = json!({"kind": "Status", "message": "no", "details": {"name": "x"}, "code": 0});
        let world = World::new(server(&columns, Some((status, body.to_string())))).await;
        let answer = world.call("kubectl_get", json!({"resource": "widgets"})).await;
        assert!(answer.contains("small\tsteel\t[redacted 14 chars"), "{answer}");
    }
}

#[tokio::test]
async fn a_definition_is_asked_for_once_a_call() {
    let widget = |it| object("example.test/v1", "Widget", Some("shop"), &format!("small-{it}"));
    let world = World::new(ApiServer::holding((0..1200).map(widget).collect())).await;
    for _ in 0..2 {
        world.call("kubectl_get", json!({"resource": "widgets", "grep": "none-such"})).await;
        let requests = world.requests();
        let count = |part: &str| requests.iter().filter(|it| it.contains(part)).count();
        assert_eq!((count("/widgets?"), count(DEFINITION)), (3, 1), "{requests:?}");
    }
}

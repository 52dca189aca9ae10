//! Calls that are not as they should be: everything that is wrong is said at once, with what would be right.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use super::{Agent, agent};

async fn any() -> Agent {
    agent(Cluster::shared().await.kubeconfig()).await
}

async fn says(arguments: Value, expected: Expect) {
    expected.assert_eq(&any().await.get(arguments).await);
}

#[tokio::test]
async fn an_unknown_argument_is_told_with_the_nearest() {
    says(json!({ "resource": "pods", "namespce": "shop", "labels": "a=b" }), expect![[r"
        invalid arguments:
        - unknown argument `namespce`: did you mean `namespace`?
        - unknown argument `labels`: known are resource, name, namespace, all_namespaces, context, label_selector, field_selector, sort_by, limit, cursor, output, columns, fields, summary, grep, full"]]).await;
}

#[tokio::test]
async fn a_wrong_type_and_a_missing_argument_are_told_at_once_with_their_place() {
    says(json!({ "limit": "ten", "all_namespaces": "yes", "columns": "name", "fields": [".spec", 7], "output": "yml", "lmit": 3 }), expect![[r#"
        invalid arguments:
        - `limit`: "ten" is not of type "integer"
        - `all_namespaces`: "yes" is not of type "boolean"
        - `columns`: "name" is not of type "array": image, node, owner, labels:app, JSON paths
        - `fields.1`: 7 is not of type "string"
        - `output`: "yml" is none of table, wide, yaml, json, name: did you mean yaml?
        - unknown argument `lmit`: did you mean `limit`?
        - `resource` is missing: po, deploy/web or pods,services"#]]).await;
    says(
        json!({ "resource": ["pods"], "limit": -1 }),
        expect![[r#"
        invalid arguments:
        - `resource`: ["pods"] is not of type "string""#]],
    )
    .await;
    says(
        json!({ "resource": "pods", "limit": 2.5 }),
        expect![[r#"
        invalid arguments:
        - `limit`: 2.5 is not of type "integer""#]],
    )
    .await;
    says(
        json!({ "resource": "pods", "limit": 99_999_999_999_u64, "sort_by": "name" }),
        expect![
            "no pods in namespace default (the context's own); all_namespaces looks everywhere"
        ],
    )
    .await;
}

#[tokio::test]
async fn arguments_that_say_too_little_or_too_much_are_told_at_once() {
    says(json!({ "resource": "pods", "limit": 0, "label_selector": "app in web", "field_selector": "status.phase", "grep": "(", "cursor": "x", "columns": [".spec[", ".a"], "namespace": "a b" }), expect![[r#"
        invalid arguments:
        - `limit`: less than 1 would show nothing
        - `namespace`: "a b" is not a name that an object can have
        - `label_selector`: `(` is expected at character 8: app in »web
        - `field_selector`: `=` or `!=` is expected at character 13: status.phase»
        - `columns`: a number, `*`, `'name'` or `?(…)` is expected at character 7: .spec[»
        - `grep`: not a regular expression: unclosed group
        - `cursor`: this is not a cursor that an answer gave; leave it out to start again"#]]).await;
    says(
        json!({ "resource": "pods", "fields": [".spec[?(@.a="], "name": "a", "cursor": "0.0.0..x" }),
        expect![[r"
            invalid arguments:
            - `cursor` goes on with a list, and `name` asks for none
            - `fields`: a number, `true`, `false` or a text in quotes is expected at character 13: .spec[?(@.a=»
            - `cursor`: this is not a cursor that an answer gave; leave it out to start again"]],
    )
    .await;
    says(
        json!({ "resource": "pods", "limit": -1 }),
        expect![[r"
        invalid arguments:
        - `limit`: less than 1 would show nothing"]],
    )
    .await;
    says(
        json!({ "resource": "po/web,svc", "label_selector": "a=b", "summary": true }),
        expect![[r"
        invalid arguments:
        - `label_selector` is about a list, and `resource` asks for web by name
        - `summary` is about a list, and `resource` asks for web by name"]],
    )
    .await;
    says(
        json!({ "resource": "" }),
        expect![[r"
        invalid arguments:
        - `resource` names no kind"]],
    )
    .await;
    says(
        json!({ "resource": "pods", "namespace": "../../secrets" }),
        expect![[r#"
        invalid arguments:
        - `namespace`: "../../secrets" is not a name that an object can have"#]],
    )
    .await;
    says(
        json!({ "resource": "pods", "name": "a/../../../secrets/db" }),
        expect![[r#"
        invalid arguments:
        - `name`: "a/../../../secrets/db" is not a name that an object can have"#]],
    )
    .await;
}

#[tokio::test]
async fn what_the_api_server_finds_wrong_is_told_as_a_wrong_argument() {
    says(
        json!({ "resource": "pods", "field_selector": "spec.colour=blue" }),
        expect![[r"
        invalid arguments:
        - field label not supported: spec.colour"]],
    )
    .await;
    let mut agent = any().await;
    let (_, cursor) = agent.page(json!({ "resource": "nodes", "limit": 1 })).await;
    let (place, _token) = cursor.as_ref().unwrap().rsplit_once('.').unwrap();
    let garbled = json!({ "resource": "nodes", "cursor": format!("{place}.bm9uc2Vuc2U") });
    assert_eq!(
        agent.get(garbled).await,
        "invalid arguments:\n- `cursor` is none that an answer gave: leave it out to start again"
    );
}

#[tokio::test]
async fn an_unknown_kind_names_the_nearest() {
    let mut agent = any().await;
    for (kind, near) in [("pdos", "pods"), ("deploymnet", "deployments"), ("servcies", "services")]
    {
        let answer = agent.get(json!({ "resource": kind })).await;
        let expected = format!("not found: the cluster has no kind {kind}: did you mean {near}");
        assert!(answer.starts_with(&expected), "{answer}");
    }
    expect!["not found: the cluster has no kind xyzzy: kubectl_api_resources lists what there is"]
        .assert_eq(&agent.get(json!({ "resource": "xyzzy" })).await);
}

/// The rarest answer is no reason to be long: 60 tokens are some 200 bytes.
#[tokio::test]
async fn what_is_not_there_names_what_is_near_in_few_words() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let (checkout, ledger) =
        tokio::join!(shop.pod("checkout-5d4f8c7b9-x2x4z").ready(), shop.pod("ledger").ready());
    checkout.and(ledger).unwrap();
    let mut agent = any().await.calling(shop.name(), "shop");
    let mut short = async |name: &str, expected: Expect| {
        let arguments = json!({ "resource": "pods", "name": name, "namespace": shop.name(), "columns": ["name"] });
        let answer = agent.get(arguments).await;
        expected.assert_eq(&answer);
        assert!(tacklebox::output::tokens::estimate(&answer) <= 60, "{answer}");
    };
    short(
        "checkout",
        expect!["not found: no pods checkout in namespace shop; near: checkout-5d4f8c7b9-x2x4z"],
    )
    .await;
    short("legder", expect!["not found: no pods legder in namespace shop; near: ledger"]).await;
    short(
        "ledger,checkout-5d4f8c7b9",
        expect![[r"
            not found: no pods checkout-5d4f8c7b9 in namespace shop; near: checkout-5d4f8c7b9-x2x4z
            NAME
            ledger"]],
    )
    .await;
    short("kjhgfd", expect!["not found: no pods kjhgfd in namespace shop"]).await;
    let answer =
        agent.get(json!({ "resource": "pods", "name": "ledger", "namespace": "kube-systm" })).await;
    expect!["not found: no namespace kube-systm; did you mean kube-system?"].assert_eq(&answer);
    let elsewhere =
        agent.get(json!({ "resource": "pods", "name": "checkout-5d4f8c7b9-x2x4z" })).await;
    expect!["not found: no pods checkout-5d4f8c7b9-x2x4z in namespace default; there is one in namespace shop"].assert_eq(&elsewhere);
}

#[tokio::test]
async fn arguments_that_are_no_object_are_a_protocol_error() {
    let mut agent = any().await;
    for arguments in [json!([1]), json!("pods"), json!(7)] {
        let params = json!({ "name": "kubectl_get", "arguments": arguments });
        let answer = agent.client.request("tools/call", params).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    let params = json!({ "name": "kubectl_get", "arguments": null });
    let answer = agent.client.request("tools/call", params).await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("invalid arguments:\n- `resource` is missing"), "{text}");
}

#[tokio::test]
async fn huge_arguments_are_answered_in_few_words() {
    let mut agent = any().await;
    let long = "x".repeat(200_000);
    let cases = [
        json!({ "resource": long }),
        json!({ "resource": format!("pods/{long}") }),
        json!({ "resource": "pods", "name": long }),
        json!({ "resource": "pods", "namespace": long }),
        json!({ "resource": "pods", "label_selector": long }),
        json!({ "resource": "pods", "field_selector": long }),
        json!({ "resource": "pods", "grep": long }),
        json!({ "resource": "pods", "sort_by": long }),
        json!({ "resource": "pods", "columns": [long] }),
        json!({ "resource": "pods", "cursor": long }),
        json!({ "resource": "pods", "context": long }),
        json!({ "resource": "pods", "limit": long }),
        json!({ "resource": "pods", "output": long }),
        json!({ "resource": "pods", (long.as_str()): 1 }),
    ];
    for arguments in cases {
        let answer = agent.get(arguments).await;
        assert!(answer.len() < 1_000, "{} bytes: {answer}", answer.len());
    }
}

/// A kind, a column or an argument that has a secret's name is quoted in the error, and what to do instead still stands there.
#[tokio::test]
async fn the_name_of_a_secret_in_an_error_leaves_its_hint_readable() {
    let mut agent = any().await;
    let mut answers = String::new();
    for (tool, arguments) in [
        ("kubectl_get", json!({ "resource": "tokens" })),
        ("kubectl_get", json!({ "resource": "pods", "columns": ["token"] })),
        ("kubectl_get", json!({ "resource": "pods", "sort_by": "password" })),
        ("kubectl_top", json!({ "password": "x" })),
        ("kubectl_version", json!({ "token": "x" })),
        ("kubectl_get_crd_schema", json!({ "resource": "pod.password" })),
        ("kubectl_get_crd_schema", json!({ "resource": "cm.data.x.token" })),
        ("kubectl_get", json!({ "resource": "pods", "context": "token" })),
    ] {
        answers = format!("{answers}{}\n", agent.call(tool, arguments).await);
    }
    expect![[r"
        not found: the cluster has no kind tokens; kubectl_api_resources lists what there is
        invalid arguments:
        - `columns`: there is no column token: known are name, ready, status, restarts, age, ip, node, nominated node, readiness gates, image, owner, namespace, labels, labels:KEY and JSONPaths such as .spec.nodeName
        invalid arguments:
        - `sort_by`: there is no column password; known are name, ready, status, restarts, age, ip, node, nominated node, readiness gates, image, owner, namespace, labels, labels:KEY and JSONPaths such as .spec.nodeName
        invalid arguments:
        - unknown argument `password`; known are resource, name, namespace, all_namespaces, label_selector, sort_by, containers, limit, context
        invalid arguments:
        - unknown argument `token`; known are context
        not found: Pod has no field password; it has apiVersion, kind, metadata, spec, status
        not found: data.x has no field token: it is string and has none
        invalid arguments:
        - there is no context token: known are cluster
    "]].assert_eq(&answers);
}

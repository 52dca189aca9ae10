//! Which item is which.

use expect_test::expect;
use serde_json::json;

use super::{Value, field};

#[test]
fn items_are_known_by_their_natural_key() {
    let cases: [(&str, Value, Value); 11] = [
        (
            "ports",
            json!([{"containerPort": 80}]),
            json!([{"containerPort": 80, "hostPort": 1}, {"containerPort": 80, "protocol": "UDP"}]),
        ),
        ("ports", json!([{"port": 80, "targetPort": 1}]), json!([{"port": 80, "targetPort": 2}])),
        ("ports", json!([{"name": "http", "port": 80}]), json!([{"name": "http", "port": 81}])),
        (
            "volumeMounts",
            json!([{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}]),
            json!([{"name": "v", "mountPath": "/a", "readOnly": true}]),
        ),
        (
            "conditions",
            json!([{"type": "Ready", "status": "True"}]),
            json!([{"type": "Ready", "status": "False"}]),
        ),
        (
            "tolerations",
            json!([{"key": "a", "operator": "Exists"}]),
            json!([{"key": "a", "operator": "Exists", "tolerationSeconds": 5}]),
        ),
        ("ownerReferences", json!([{"uid": "1", "name": "a"}]), json!([{"uid": "1", "name": "b"}])),
        (
            "subjects",
            json!([{"kind": "User", "name": "a"}]),
            json!([{"kind": "User", "name": "a"}, {"kind": "Group", "name": "a"}]),
        ),
        (
            "hostAliases",
            json!([{"ip": "10.0.0.1", "hostnames": ["a"]}]),
            json!([{"ip": "10.0.0.1", "hostnames": ["a", "b"]}]),
        ),
        ("rules", json!([{"host": "a.example", "x": 1}]), json!([{"host": "a.example", "x": 2}])),
        ("imagePullSecrets", json!([]), json!([{"name": "regcred"}])),
    ];
    let told: Vec<String> =
        cases.iter().map(|(name, one, other)| field(name, one, other)).collect();
    expect![[r#"
        + spec.ports[80].hostPort: 1
        + spec.ports[80/UDP]
        spec.ports[80].targetPort: 1 -> 2
        spec.ports[http].port: 80 -> 81
        + spec.volumeMounts[/a].readOnly: true
        - spec.volumeMounts[/b]
        spec.conditions[Ready].status: "True" -> "False"
        + spec.tolerations[a/Exists].tolerationSeconds: 5
        spec.ownerReferences[1].name: a -> b
        + spec.subjects[Group/a]
        + spec.hostAliases[10.0.0.1].hostnames[1]: b
        spec.rules[a.example].x: 1 -> 2
        + spec.imagePullSecrets[regcred]"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn another_order_is_told_once() {
    let items =
        |order: &[&str]| -> Value { order.iter().map(|it| json!({"name": it, "x": 1})).collect() };
    assert_eq!(
        field("list", &items(&["a", "b", "c"]), &items(&["c", "a", "b"])),
        "spec.list: the order changes"
    );
    assert_eq!(
        field("list", &json!(["a", "b"]), &json!(["b", "a"])),
        "spec.list: the order changes"
    );
    let moved = field("list", &items(&["a", "b"]), &items(&["b", "d", "a"]));
    assert_eq!(moved, "spec.list: the order changes\n+ spec.list[d].x: 1");
}

#[test]
fn items_without_a_key_are_known_by_what_is_around_them() {
    let cases: [(&str, Value, Value); 5] = [
        ("args", json!(["--a", "--b", "--c"]), json!(["--a", "--x", "--b", "--c"])),
        ("args", json!(["--a", "--b", "--c"]), json!(["--a", "--c"])),
        ("args", json!(["--a=1", "--b"]), json!(["--a=2", "--b"])),
        (
            "rules",
            json!([{"verbs": ["get"]}, {"verbs": ["list"]}]),
            json!([{"verbs": ["get", "watch"]}, {"verbs": ["list"]}]),
        ),
        (
            "list",
            json!([{"name": "a", "x": 1}, {"name": "a", "x": 2}]),
            json!([{"name": "a", "x": 1}, {"name": "a", "x": 3}]),
        ),
    ];
    let told: Vec<String> =
        cases.iter().map(|(name, one, other)| field(name, one, other)).collect();
    expect![[r"
        + spec.args[1]: --x
        - spec.args[1]: --b
        spec.args[0]: --a=1 -> --a=2
        + spec.rules[0].verbs[1]: watch
        spec.list[1].x: 2 -> 3"]]
    .assert_eq(&told.join("\n"));
}

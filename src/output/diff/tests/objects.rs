//! Whole objects, fields and their paths.

use expect_test::expect;
use serde_json::json;

use super::{Value, changes, field, redactor, status_changes, told};
use crate::output::Redactor;

fn before() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "resourceVersion": "1", "labels": {"app.kubernetes.io/name": "a"},
            "managedFields": [{"manager": "x"}], "uid": "1", "generation": 1, "creationTimestamp": "2026-11-25T10:00:00Z"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [
            {"name": "web", "image": "nginx:1.27", "args": ["--a", "--b"],
             "env": [{"name": "DEBUG", "value": "1"}, {"name": "DB_PASSWORD", "value": "Zq8vXw3TnLp"}]},
            {"name": "log", "image": "x"},
        ]}}},
        "status": {"replicas": 1},
    })
}

fn after() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "resourceVersion": "2",
            "labels": {"app.kubernetes.io/name": "b", "team": "shop"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
        "spec": {"replicas": 3, "template": {"spec": {
            "containers": [
                {"name": "log", "image": "x"},
                {"name": "web", "image": "nginx:1.28", "args": ["--c", "--a", "--b"], "ports": [{"containerPort": 80, "name": "http"}],
                 "env": [{"name": "DB_PASSWORD", "value": "Zq8vXw3TnLq"}, {"name": "NEW", "value": "2"}]},
            ],
            "volumes": [{"name": "v", "emptyDir": {}}],
        }}},
        "status": {"replicas": 3},
    })
}

#[test]
fn every_change_is_a_line_with_its_path() {
    expect![[r#"
        metadata.labels['app.kubernetes.io/name']: a -> b
        + metadata.labels.team: shop
        spec.replicas: 1 -> 3
        spec.template.spec.containers: the order changes
        spec.template.spec.containers[web].image: nginx:1.27 -> nginx:1.28
        + spec.template.spec.containers[web].args[0]: --c
        - spec.template.spec.containers[web].env[DEBUG]
        spec.template.spec.containers[web].env[DB_PASSWORD].value: [redacted 11 chars #f2f0be] -> [redacted 11 chars #fcb57e]
        + spec.template.spec.containers[web].env[NEW].value: "2"
        + spec.template.spec.containers[web].ports[http].containerPort: 80
        + spec.template.spec.volumes[v].emptyDir: {}"#]].assert_eq(&told(&before(), &after()));
}

#[test]
fn the_way_back_is_told_as_well() {
    expect![[r#"
        metadata.labels['app.kubernetes.io/name']: b -> a
        - metadata.labels.team: shop
        spec.replicas: 3 -> 1
        spec.template.spec.containers: the order changes
        spec.template.spec.containers[web].image: nginx:1.28 -> nginx:1.27
        - spec.template.spec.containers[web].args[0]: --c
        - spec.template.spec.containers[web].ports
        spec.template.spec.containers[web].env[DB_PASSWORD].value: [redacted 11 chars #fcb57e] -> [redacted 11 chars #f2f0be]
        - spec.template.spec.containers[web].env[NEW]
        + spec.template.spec.containers[web].env[DEBUG].value: "1"
        - spec.template.spec.volumes"#]].assert_eq(&told(&after(), &before()));
}

#[test]
fn a_new_object_is_told_by_its_leaves() {
    expect![[r#"
        + metadata.labels['app.kubernetes.io/name']: b
        + metadata.labels.team: shop
        + spec.replicas: 3
        + spec.template.spec.containers[log].image: x
        + spec.template.spec.containers[web].image: nginx:1.28
        + spec.template.spec.containers[web].args: [--c, --a, --b]
        + spec.template.spec.containers[web].ports[http].containerPort: 80
        + spec.template.spec.containers[web].env[DB_PASSWORD].value: [redacted 11 chars #fcb57e]
        + spec.template.spec.containers[web].env[NEW].value: "2"
        + spec.template.spec.volumes[v].emptyDir: {}"#]]
    .assert_eq(&changes(None, Some(&after()), &redactor()).to_string());
}

#[test]
fn an_object_that_goes_is_told_by_its_parts() {
    expect![[r"
        - metadata.labels
        - spec"]]
    .assert_eq(&changes(Some(&before()), None, &redactor()).to_string());
}

#[test]
fn what_changes_by_itself_is_left_out() {
    let mut other = before();
    other["status"] = json!({"replicas": 9});
    other["metadata"]["generation"] = json!(4);
    other["metadata"]["resourceVersion"] = json!("9");
    other["metadata"]["managedFields"] = json!([]);
    other["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"});
    let diff = changes(Some(&before()), Some(&other), &redactor());
    assert!(diff.is_empty() && diff.lines().is_empty() && diff.to_string().is_empty(), "{diff}");
    assert!(changes(None, None, &redactor()).is_empty());
}

#[test]
fn the_status_is_compared_only_where_it_is_asked_for() {
    let changed = status_changes(Some(&before()), Some(&after()), &redactor());
    assert_eq!(changed.lines(), ["status.replicas: 1 -> 3"]);
    let same = status_changes(Some(&before()), Some(&before()), &redactor());
    assert!(same.is_empty());
}

#[test]
fn values_are_told_so_that_they_cannot_be_mistaken() {
    let cases = [
        (json!("1"), json!(1)),
        (json!(1), json!(1.0)),
        (json!(null), json!("null")),
        (json!("a"), json!("")),
        (json!({}), json!([])),
        (json!({"a": 1, "b": 2}), json!("x")),
        (json!([1, 2]), json!(true)),
        (json!("a -> b"), json!("c")),
        (json!("a: b"), json!(" a")),
        (json!("a\u{200b}b"), json!("ab")),
    ];
    let told: Vec<String> = cases.iter().map(|(one, other)| field("x", one, other)).collect();
    expect![[r#"
        spec.x: "1" -> 1
        spec.x: 1 -> 1.0
        spec.x: null -> "null"
        spec.x: a -> ""
        spec.x: {} -> []
        spec.x: (2 fields) -> x
        spec.x: (2 items) -> true
        spec.x: "a -> b" -> c
        spec.x: "a: b" -> " a"
        spec.x: ab -> (another value)"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn long_values_are_told_from_their_first_difference_on() {
    let long = |it: &str| json!(format!("{}{it}{}", "word ".repeat(200), "end ".repeat(200)));
    let told = field("x", &long("one "), &long("other "));
    assert!(told.contains("…ord word word word one end") && told.contains(" -> …"), "{told}");
    assert!(told.contains("other end") && told.chars().count() < 400, "{told}");
}

#[test]
fn keys_are_quoted_as_paths_of_tools_have_them() {
    let before = json!({"data": {"plain-key_1/x": "a", "a.b": "a", "it's.x": "a", "": "a", "a b": "a", "a:b": "a"}});
    let mut after = before.clone();
    for value in after["data"].as_object_mut().unwrap().values_mut() {
        *value = json!("b");
    }
    expect![[r#"
        data.plain-key_1/x: a -> b
        data['a.b']: a -> b
        data["it's.x"]: a -> b
        data['']: a -> b
        data['a b']: a -> b
        data['a:b']: a -> b"#]]
    .assert_eq(&told(&before, &after));
}

#[test]
fn without_fingerprints_it_is_still_seen_that_a_secret_changes() {
    let diff = changes(Some(&before()), Some(&after()), &Redactor::without_fingerprints());
    let line = "spec.template.spec.containers[web].env[DB_PASSWORD].value: [redacted 11 chars] -> (another value)";
    assert!(diff.lines().iter().any(|it| it == line), "{diff}");
}

/// Answers are redacted once more when they are rendered.
#[test]
fn nothing_of_it_is_redacted_again() {
    let diff = told(&before(), &after());
    assert_eq!(redactor().text(&diff), diff);
}

use expect_test::expect;
use serde_json::json;

use super::*;

fn redactor() -> Redactor {
    Redactor::with_key([7; 32])
}

fn told(before: &Value, after: &Value) -> String {
    changes(Some(before), Some(after), &redactor()).to_string()
}

fn before() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "resourceVersion": "1", "labels": {"app.kubernetes.io/name": "a"}},
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
        "metadata": {"name": "web", "resourceVersion": "2", "labels": {"app.kubernetes.io/name": "b", "team": "shop"}},
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
    expect![[r#"
        - metadata.labels
        - spec"#]]
    .assert_eq(&changes(Some(&before()), None, &redactor()).to_string());
}

#[test]
fn the_status_is_compared_only_where_it_is_asked_for() {
    let changed = status_changes(Some(&before()), Some(&after()), &redactor());
    assert_eq!(changed.lines(), ["status.replicas: 1 -> 3"]);
    let mut other = before();
    other["status"] = json!({"replicas": 9});
    other["metadata"]["generation"] = json!(4);
    assert!(changes(Some(&before()), Some(&other), &redactor()).is_empty());
}

#[test]
fn without_fingerprints_it_is_still_seen_that_a_secret_changes() {
    let diff = changes(Some(&before()), Some(&after()), &Redactor::without_fingerprints());
    let line = "spec.template.spec.containers[web].env[DB_PASSWORD].value: [redacted 11 chars] -> (another value)";
    assert!(diff.lines().iter().any(|it| it == line), "{diff}");
}

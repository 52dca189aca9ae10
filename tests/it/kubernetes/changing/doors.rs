//! Every door against every thing that is denied: all of it is refused, and none of it reaches the API server, whose own record of
//! requests is the witness.

use serde_json::{Value, json};
use tacklebox::k8s::{Limits, Writes};
use tacklebox_cluster::{AuditEntry, Namespace, User};

use super::{
    super::{Agent, Setup, requests_of},
    shop,
};

/// One of everything that a door can be tried on.
const THINGS: &str = "
{apiVersion: v1, kind: Secret, metadata: {name: db, labels: {app: web}}, stringData: {password: x}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, labels: {app: web}}, data: {key: value}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'registry.example/web:1.2'}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, labels: {app: web}}
spec:
  schedule: '0 0 1 1 *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: 'registry.example/job:1'}]}}}}
";

type Door = (&'static str, Value);

/// A thing that is denied: how the operator writes it, the doors to it, and which requests would be about it.
struct Denied {
    name: &'static str,
    limits: Limits,
    doors: Vec<Door>,
    is_about: fn(&AuditEntry) -> bool,
}

fn deny(pattern: &str) -> Limits {
    Limits { deny_resources: vec![pattern.to_owned()], ..Limits::default() }
}

/// All doors to an object by its name: `object` is `kind/name`, `manifest` would apply it.
fn doors(object: &str, manifest: &str) -> Vec<Door> {
    let (kind, name) = object.split_once('/').unwrap();
    let with = |more: Value| {
        let mut arguments = json!({ "resource": object });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let list = format!(
        "{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: List, items: [{manifest}]}}]}}"
    );
    let behind =
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: first}}}}\n---\n{manifest}");
    vec![
        ("kubectl_get", with(json!({}))),
        ("kubectl_get", json!({ "resource": kind, "output": "yaml" })),
        ("kubectl_describe", with(json!({}))),
        ("kubernetes_wait", with(json!({ "for": "delete", "timeout": 1 }))),
        ("kubectl_apply", json!({ "manifest": manifest })),
        ("kubectl_apply", json!({ "manifest": manifest, "dry_run": true })),
        ("kubectl_apply", json!({ "manifest": manifest, "force": true })),
        ("kubectl_apply", json!({ "manifest": list })),
        ("kubectl_apply", json!({ "manifest": behind })),
        ("kubectl_patch", with(json!({ "patch": { "metadata": { "labels": { "x": "y" } } } }))),
        (
            "kubectl_patch",
            with(json!({ "patch": [{ "op": "remove", "path": "/metadata/labels" }] })),
        ),
        (
            "kubectl_patch",
            with(json!({ "patch": { "spec": { "replicas": 2 } }, "subresource": "scale" })),
        ),
        ("kubectl_label", with(json!({ "labels": { "x": "y" } }))),
        (
            "kubectl_label",
            json!({ "resource": kind, "label_selector": "app=web", "annotations": { "x": "y" } }),
        ),
        ("kubectl_delete", with(json!({}))),
        ("kubectl_delete", with(json!({ "dry_run": true }))),
        ("kubectl_delete", json!({ "resource": kind, "label_selector": "app=web" })),
        ("kubectl_delete", json!({ "resource": kind, "all": true })),
        ("kubectl_delete", json!({ "resource": format!("{kind}s"), "name": name })),
    ]
}

fn of_workload() -> Vec<Door> {
    let web = |more: Value| {
        let mut arguments = json!({ "resource": "deploy/web" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let mut doors: Vec<Door> = ["restart", "undo", "pause", "resume", "status", "history"]
        .map(|action| ("kubectl_rollout", web(json!({ "action": action }))))
        .to_vec();
    doors.extend([
        ("kubectl_scale", web(json!({ "replicas": 2 }))),
        ("kubectl_logs", web(json!({}))),
        ("kubectl_exec", web(json!({ "command": ["id"] }))),
        ("kubectl_cp", web(json!({ "path": "/etc/hosts" }))),
    ]);
    doors
}

fn into_pods() -> Vec<Door> {
    vec![
        ("kubectl_exec", json!({ "resource": "pod/web-1", "command": ["id"] })),
        ("kubectl_exec", json!({ "resource": "deploy/web", "command": ["id"] })),
        ("kubectl_exec", json!({ "resource": "pod/web-1", "command": ["id"], "dry_run": true })),
        ("kubectl_cp", json!({ "resource": "pod/web-1", "path": "/etc/hosts" })),
        ("kubectl_cp", json!({ "resource": "pod/web-1", "path": "/tmp/x", "content": "x" })),
    ]
}

fn jobs() -> Vec<Door> {
    let job = "{apiVersion: batch/v1, kind: Job, metadata: {name: one}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: 'a:1'}]}}}}";
    vec![
        ("kubectl_run_job", json!({ "image": "a:1" })),
        ("kubectl_run_job", json!({ "image": "a:1", "dry_run": true })),
        ("kubectl_run_job", json!({ "from": "cronjob/nightly" })),
        ("kubectl_apply", json!({ "manifest": job })),
    ]
}

/// Every tool that changes anything, once, on what is there.
fn changes() -> Vec<Door> {
    let mut doors = doors(
        "configmap/settings",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {key: other}}",
    );
    doors.retain(|it| {
        !it.0.starts_with("kubectl_get") && !matches!(it.0, "kubectl_describe" | "kubernetes_wait")
    });
    doors.retain(|it| it.1["dry_run"] != true);
    doors.extend(of_workload().into_iter().filter(|it| {
        it.0 != "kubectl_logs"
            && !matches!(it.1["action"].as_str(), Some("status" | "history" | "undo" | "resume"))
    }));
    doors.extend(into_pods().into_iter().filter(|it| it.1["dry_run"] != true));
    doors.extend(jobs().into_iter().filter(|it| it.1["dry_run"] != true));
    doors.push(("kubectl_cordon", json!({ "node": "node-1" })));
    doors.push((
        "kubectl_drain",
        json!({ "node": "node-1", "force": true, "delete_emptydir_data": true }),
    ));
    // What cannot be scaled is told before anything is refused.
    doors.retain(|it| it.1["subresource"].is_null());
    doors
}

fn denied(shop: &Namespace) -> Vec<Denied> {
    let secret =
        "{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: other}}";
    let deployment =
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3}}";
    let mut everything = changes();
    everything.push(("kubectl_get", json!({ "resource": "pods" })));
    everything.retain(|it| !matches!(it.0, "kubectl_cordon" | "kubectl_drain"));
    vec![
        Denied {
            name: "secrets",
            limits: deny("secrets"),
            doors: doors("secret/db", secret),
            is_about: |it| it.resource == "secrets",
        },
        Denied {
            name: "deployments.apps",
            limits: deny("deployments.apps"),
            doors: doors("deployment/web", deployment).into_iter().chain(of_workload()).collect(),
            is_about: |it| it.resource == "deployments",
        },
        Denied {
            name: "deployments/scale",
            limits: deny("deployments/scale"),
            doors: vec![
                ("kubectl_scale", json!({ "resource": "deploy/web", "replicas": 2 })),
                (
                    "kubectl_patch",
                    json!({ "resource": "deploy/web", "patch": { "spec": { "replicas": 2 } }, "subresource": "scale" }),
                ),
            ],
            is_about: |it| it.subresource == "scale",
        },
        Denied {
            name: "pods/exec",
            limits: deny("pods/exec"),
            doors: into_pods(),
            is_about: |it| it.subresource == "exec",
        },
        Denied {
            name: "pods",
            limits: deny("pods"),
            doors: into_pods()
                .into_iter()
                .chain([
                    ("kubectl_get", json!({ "resource": "pods" })),
                    ("kubectl_logs", json!({ "resource": "pod/web-1" })),
                    ("kubectl_delete", json!({ "resource": "pod/web-1" })),
                    ("kubectl_drain", json!({ "node": "node-1" })),
                ])
                .collect(),
            is_about: |it| it.resource == "pods",
        },
        Denied {
            name: "jobs.batch",
            limits: deny("jobs.batch"),
            doors: jobs(),
            is_about: |it| it.resource == "jobs",
        },
        Denied {
            name: "nodes",
            limits: deny("nodes"),
            doors: vec![
                ("kubectl_cordon", json!({ "node": "node-1" })),
                ("kubectl_cordon", json!({ "node": "node-1", "uncordon": true })),
                ("kubectl_drain", json!({ "node": "node-1" })),
                ("kubectl_label", json!({ "resource": "node/node-1", "labels": { "x": "y" } })),
            ],
            is_about: |it| it.resource == "nodes",
        },
        Denied {
            name: "clusterroles",
            limits: deny("*.rbac.authorization.k8s.io"),
            doors: vec![
                (
                    "kubectl_apply",
                    json!({ "manifest": "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: all}, rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}" }),
                ),
                ("kubectl_delete", json!({ "resource": "clusterrole/view" })),
                (
                    "kubectl_patch",
                    json!({ "resource": "clusterrole/view", "patch": { "rules": [] } }),
                ),
            ],
            is_about: |it| it.group == "rbac.authorization.k8s.io",
        },
        Denied {
            name: "the namespace",
            limits: Limits { deny_namespaces: vec![shop.name().to_owned()], ..Limits::default() },
            doors: everything,
            is_about: |it| it.namespace.starts_with("shop"),
        },
        Denied {
            name: "all writes",
            limits: Limits { writes: Writes::None, ..Limits::default() },
            doors: changes(),
            is_about: is_write,
        },
    ]
}

fn is_write(entry: &AuditEntry) -> bool {
    let asks = entry.group == "authorization.k8s.io" || entry.group == "authentication.k8s.io";
    let reads = matches!(entry.verb.as_str(), "get" | "list" | "watch");
    (!reads && !asks)
        || matches!(entry.subresource.as_str(), "exec" | "attach" | "portforward" | "proxy")
}

async fn tried(agent: &mut Agent, door: &Door, shop: &Namespace) -> String {
    let mut arguments = door.1.clone();
    if arguments.get("node").is_none() {
        arguments["namespace"] = shop.name().into();
    }
    agent.call(door.0, arguments).await
}

async fn things(shop: &Namespace) -> User {
    shop.apply(THINGS).await.unwrap();
    shop.pod("web-1").label("app", "web").ready().await.unwrap();
    shop.cluster().user("admin", &["* *.*"]).await.unwrap()
}

#[tokio::test]
async fn what_is_denied_is_refused_at_every_door_and_never_reaches_the_api_server() {
    let shop = shop().await;
    let admin = things(&shop).await;
    let (mut tried_doors, mut open) = (0, Vec::new());
    for thing in denied(&shop) {
        let setup = Setup::of(admin.kubeconfig()).limits(thing.limits);
        let mut agent = setup.agent().await;
        for door in &thing.doors {
            let mark = shop.cluster().audit_mark().await.unwrap();
            let answer = tried(&mut agent, door, &shop).await;
            tried_doors += 1;
            let says_why = answer.contains("by policy (policy.") || answer.contains("policy.mode");
            if !answer.starts_with("refused: ") || !says_why {
                open.push(format!("{} by {} {}: {answer:.300}", thing.name, door.0, door.1));
            }
            let reached =
                requests_of(shop.cluster(), &admin, mark).await.into_iter().filter(thing.is_about);
            open.extend(reached.map(|it| {
                format!("{} by {} {}: {} {}", thing.name, door.0, door.1, it.verb, it.uri)
            }));
        }
    }
    println!("{tried_doors} doors tried, {} open", open.len());
    assert!(open.is_empty(), "{}", open.join("\n"));
    assert!(tried_doors >= 60, "{tried_doors}");
}

#[tokio::test]
async fn where_changes_are_only_tried_nothing_reaches_the_api_server_that_it_would_keep() {
    let shop = shop().await;
    let admin = things(&shop).await;
    let limits = Limits { writes: Writes::DryRun, ..Limits::default() };
    let mut agent = Setup::of(admin.kubeconfig()).limits(limits).agent().await;
    let before = kept(&shop).await;
    let mark = shop.cluster().audit_mark().await.unwrap();
    for door in changes() {
        tried(&mut agent, &door, &shop).await;
    }
    let sent = requests_of(shop.cluster(), &admin, mark).await;
    let kept_ones: Vec<&AuditEntry> =
        sent.iter().filter(|it| is_write(it) && !it.uri.contains("dryRun=All")).collect();
    assert_eq!(kept_ones, [] as [&AuditEntry; 0]);
    assert!(sent.iter().any(|it| it.uri.contains("dryRun=All") && it.verb == "delete"), "{sent:?}");
    assert_eq!(kept(&shop).await, before);
}

/// Every object and its version.
async fn kept(shop: &Namespace) -> String {
    let columns = "--output=custom-columns=KIND:.kind,NAME:.metadata.name,GENERATION:.metadata.generation,LABELS:.metadata.labels,DATA:.data";
    shop.kubectl(&["get", "secrets,configmaps,deployments,cronjobs,jobs,pods", columns])
        .await
        .unwrap()
}

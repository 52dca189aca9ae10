//! What is not done: whoever forbids it, the operator, the cluster or a policy in it, and when the API server goes away.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox::{k8s::Limits, policy::Confirm};
use tacklebox_cluster::{AuditEntry, Cluster, Component, Namespace};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use super::{
    super::{Files, Impostor, PlainDoor, Setup, requests_of},
    seen, shop, unguarded,
};
use crate::world::bare;

const KEPT: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept, labels: {a: b}}}";

/// A call of every tool that changes this object.
fn every_change(object: &str, namespace: &str) -> Vec<(&'static str, Value)> {
    let with = |more: Value| {
        let mut arguments = json!({ "resource": object, "namespace": namespace });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    vec![
        ("kubectl_delete", with(json!({}))),
        ("kubectl_delete", with(json!({ "dry_run": true }))),
        ("kubectl_patch", with(json!({ "patch": {"metadata": {"labels": {"x": "y"}}} }))),
        ("kubectl_patch", with(json!({ "patch": [{"op": "remove", "path": "/metadata/labels"}] }))),
        (
            "kubectl_patch",
            with(json!({ "patch": {"spec": {"replicas": 3}}, "subresource": "scale" })),
        ),
        ("kubectl_label", with(json!({ "labels": {"x": "y"} }))),
        ("kubectl_label", with(json!({ "annotations": {"x": "y"}, "overwrite": true }))),
        ("kubectl_scale", with(json!({ "replicas": 3 }))),
    ]
}

fn scales_it(arguments: &Value) -> bool {
    arguments.get("replicas").is_some() || arguments.get("subresource").is_some()
}

#[tokio::test]
async fn what_is_denied_is_refused_through_every_door_and_never_reaches_the_api_server() {
    let shop = shop().await;
    let cluster = shop.cluster();
    shop.apply("{apiVersion: v1, kind: Secret, metadata: {name: db, labels: {a: b}}}")
        .await
        .unwrap();
    let rights = ["get,list,patch,delete secrets,secrets/scale", "get,list namespaces"];
    let admin = cluster.user("admin", &rights).await.unwrap();
    let limits = Limits { deny_resources: vec!["secrets".to_owned()], ..Limits::default() };
    let mut agent = Setup::of(admin.kubeconfig()).limits(limits).agent().await;
    agent.get(json!({ "resource": "ns", "name": shop.name() })).await;
    let mark = cluster.audit_mark().await.unwrap();
    for object in ["secret/db", "Secret/db", "v1/secrets/db", "secrets.v1./db"] {
        for (tool, arguments) in every_change(object, shop.name()) {
            let answer = agent.call(tool, arguments.clone()).await;
            assert!(answer.contains("policy.deny_resources"), "{tool} {arguments}: {answer}");
        }
    }
    for arguments in [json!({ "all": true }), json!({ "label_selector": "a=b" })] {
        let mut arguments = arguments;
        arguments["resource"] = "secrets".into();
        arguments["namespace"] = shop.name().into();
        let answer = agent.call("kubectl_delete", arguments).await;
        assert!(answer.contains("policy.deny_resources"), "{answer}");
    }
    assert_eq!(requests_of(cluster, &admin, mark).await, []);
    seen(&shop, "secret/db").await;
}

#[tokio::test]
async fn a_namespace_that_is_not_allowed_is_changed_through_no_door() {
    let (shop, bank) = (shop().await, shop().await);
    let cluster = shop.cluster();
    bank.apply(KEPT).await.unwrap();
    let limits = Limits { allow_namespaces: vec![shop.name().to_owned()], ..Limits::default() };
    let admin =
        cluster.user("admin", &["get,list,patch,delete configmaps,namespaces"]).await.unwrap();
    let mut agent = Setup::of(admin.kubeconfig()).limits(limits).agent().await;
    agent.get(json!({ "resource": "cm", "namespace": shop.name() })).await;
    let mark = cluster.audit_mark().await.unwrap();
    let itself = every_change(&format!("ns/{}", bank.name()), bank.name());
    for (tool, arguments) in every_change("cm/kept", bank.name()).into_iter().chain(itself) {
        let answer = agent.call(tool, arguments.clone()).await;
        assert!(answer.contains("(policy.namespaces)"), "{tool} {arguments}: {answer}");
    }
    assert_eq!(requests_of(cluster, &admin, mark).await, []);
    seen(&bank, "cm/kept").await;
}

#[tokio::test]
async fn what_is_forbidden_names_the_verb() {
    let shop = shop().await;
    shop.apply(KEPT).await.unwrap();
    shop.apply("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}}}").await.unwrap();
    let rights = ["get,list configmaps,deployments.apps,deployments.apps/scale"];
    let jane = shop.cluster().user_in(&shop, "jane", &rights).await.unwrap();
    let agent = Setup::of(jane.kubeconfig()).agent().await;
    let mut agent = agent.calling(jane.name(), "jane").calling(shop.name(), "shop");
    let mut answers = String::new();
    let scales = every_change("deploy/web", shop.name()).into_iter();
    let scales = scales.filter(|(_, it)| scales_it(it));
    let others = every_change("cm/kept", shop.name()).into_iter();
    let others = others.filter(|(_, it)| !scales_it(it));
    for (tool, arguments) in others.chain(scales) {
        answers = format!("{answers}{tool}: {}\n", agent.call(tool, arguments).await);
    }
    expect![[r"
        kubectl_delete: refused: user jane (context cluster) may not delete configmaps in namespace shop; try another namespace, or ask for that right (RBAC)
        kubectl_delete: refused: user jane (context cluster) may not delete configmaps in namespace shop; try another namespace, or ask for that right (RBAC)
        kubectl_patch: refused: user jane (context cluster) may not patch configmaps in namespace shop; try another namespace, or ask for that right (RBAC)
        kubectl_patch: refused: user jane (context cluster) may not patch configmaps in namespace shop; try another namespace, or ask for that right (RBAC)
        kubectl_label: refused: user jane (context cluster) may not patch configmaps in namespace shop; try another namespace, or ask for that right (RBAC)
        kubectl_label: refused: user jane (context cluster) may not patch configmaps in namespace shop; try another namespace, or ask for that right (RBAC)
        kubectl_patch: refused: user jane (context cluster) may not patch deployments.apps/scale in namespace shop; try another namespace, or ask for that right (RBAC)
        kubectl_scale: refused: user jane (context cluster) may not patch deployments.apps/scale in namespace shop; try another namespace, or ask for that right (RBAC)
    "]].assert_eq(&answers);
    assert_eq!(seen(&shop, "cm/kept").await["metadata"]["labels"], json!({"a": "b"}));
}

/// Nobody may change or delete what is locked, in this namespace.
async fn lock(shop: &Namespace) {
    let name = shop.name();
    shop.apply(&format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {{apiGroups: [''], apiVersions: [v1], resources: [configmaps], operations: [UPDATE, DELETE]}}
  validations:
  - {{expression: \"oldObject.metadata.name != 'kept'\", message: locked by the platform team}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec:
  policyName: {name}
  validationActions: [Deny]
  matchResources: {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}
"
    ))
    .await
    .unwrap();
    let in_force = async {
        let tried = ["delete", "cm/kept", "--dry-run=server"];
        while shop.kubectl(&tried).await.is_ok() {}
    };
    tokio::time::timeout(Duration::from_mins(1), in_force).await.expect("it is in force in time");
}

#[tokio::test]
async fn what_a_policy_of_the_cluster_refuses_is_told_before_anybody_is_asked() {
    let shop = shop().await;
    shop.apply(KEPT).await.unwrap();
    shop.apply(&KEPT.replace("kept", "other")).await.unwrap();
    lock(&shop).await;
    // Whoever asked a person would fail otherwise: there is none.
    let setup = Setup::of(shop.cluster().kubeconfig());
    let agent = setup.policy(Confirm::new(&["*".to_owned()], true).unwrap()).agent().await;
    let mut agent = agent.calling(shop.name(), "shop");
    let mut answers = String::new();
    let both = json!({ "resource": "cm", "label_selector": "a=b", "namespace": shop.name() });
    let mut labeled = both.clone();
    labeled["labels"] = json!({"x": "y"});
    let changes = every_change("cm/kept", shop.name()).into_iter();
    let changes = changes.filter(|(_, it)| !scales_it(it));
    for (tool, arguments) in changes.chain([("kubectl_delete", both), ("kubectl_label", labeled)]) {
        answers = format!("{answers}{tool}: {}\n", agent.call(tool, arguments).await);
    }
    expect![[r#"
        kubectl_delete: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
        kubectl_delete: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
        kubectl_patch: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
        kubectl_patch: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
        kubectl_label: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
        kubectl_label: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
        kubectl_delete: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
        kubectl_label: refused: configmaps "kept" is forbidden: ValidatingAdmissionPolicy 'shop' with binding 'shop' denied request: locked by the platform team
    "#]].assert_eq(&answers);
    for name in ["cm/kept", "cm/other"] {
        assert_eq!(seen(&shop, name).await["metadata"]["labels"], json!({"a": "b"}));
    }
}

#[tokio::test]
async fn nothing_is_changed_by_an_api_server_that_went_away_before_the_yes() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    shop.apply(KEPT).await.unwrap();
    let mut agents = Vec::new();
    for (tool, more) in [
        ("kubectl_delete", json!({})),
        ("kubectl_patch", json!({ "patch": {"data": {"a": "b"}} })),
        ("kubectl_label", json!({ "labels": {"x": "y"} })),
    ] {
        let setup = Setup::of(cluster.kubeconfig()).call_timeout(Duration::from_mins(2));
        let setup = setup.policy(Confirm::new(&["*".to_owned()], true).unwrap()).with_person();
        let agent = setup.agent().await.calling(shop.name(), "shop");
        let mut agent = agent.calling(cluster.server_url(), "SERVER");
        let mut arguments = json!({ "resource": "cm/kept", "namespace": shop.name() });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (_, question) = agent.ask(tool, arguments).await;
        agents.push((agent, question));
    }
    let before = seen(&shop, "cm/kept").await;
    cluster.kill(Component::ApiServer).await.unwrap();
    for (agent, question) in &mut agents {
        let answer = agent.say_yes(question).await;
        assert!(answer.starts_with("unavailable: the API server of context cluster"), "{answer}");
    }
    cluster.restart(Component::ApiServer).await.unwrap();
    assert_eq!(seen(&shop, "cm/kept").await, before);
}

#[tokio::test]
async fn whoever_hears_no_answer_to_a_change_is_told_to_look_whether_it_was_made() {
    let shop = shop().await;
    shop.apply(KEPT).await.unwrap();
    let door = PlainDoor::to(shop.cluster());
    let is_lost = |text: &str| {
        let changes = text.starts_with("DELETE ") || text.starts_with("PATCH ");
        changes && !text.lines().next().unwrap_or_default().contains("dryRun=All")
    };
    let impostor = Impostor::losing(door.address, is_lost);
    let files = Files::new();
    let kubeconfig = files.kubeconfig(&json!({ "server": impostor.url("http") }), &json!({}));
    let mut agent = files.agent(&kubeconfig).await.calling(shop.name(), "shop");
    for (tool, more) in [
        ("kubectl_delete", json!({})),
        ("kubectl_patch", json!({ "patch": {"data": {"a": "b"}} })),
        ("kubectl_label", json!({ "labels": {"x": "y"} })),
    ] {
        let mut arguments = json!({ "resource": "cm/kept", "namespace": shop.name() });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = agent.call(tool, arguments).await;
        let expected = "closed the connection without an answer; whether configmap/kept in namespace shop has been changed is not known: look at it before you try again";
        assert!(answer.starts_with("unavailable: ") && answer.ends_with(expected), "{answer}");
    }
    assert_eq!(seen(&shop, "cm/kept").await["metadata"]["labels"], json!({"a": "b"}));
}

#[tokio::test]
async fn whoever_hears_no_answer_to_what_was_started_is_told_how_to_look_for_it() {
    let shop = shop().await;
    shop.pod("web").ready().await.unwrap();
    let door = PlainDoor::to(shop.cluster());
    let is_lost = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        let makes = line.starts_with("POST ") && line.contains("/jobs");
        line.contains("/exec?") || (makes && !line.contains("dryRun=All"))
    };
    let impostor = Impostor::losing(door.address, is_lost);
    let files = Files::new();
    let kubeconfig = files.kubeconfig(&json!({ "server": impostor.url("http") }), &json!({}));
    let mut agent = files.agent(&kubeconfig).await.calling(shop.name(), "shop");
    let job = json!({ "image": "registry.example/app:1", "namespace": shop.name() });
    let answer = agent.call("kubectl_run_job", job).await;
    let expected = r#"whether a job run-… was made is not known: look with kubectl_get {"resource":"jobs","namespace":"shop","label_selector":"app.kubernetes.io/managed-by=tacklebox"} before you try again"#;
    assert!(answer.starts_with("unavailable: ") && answer.ends_with(expected), "{answer}");
    let exec = json!({ "resource": "web", "command": ["true"], "namespace": shop.name() });
    let answer = agent.call("kubectl_exec", exec).await;
    let expected = "whether it was started is not known: look at what it does before you try again";
    assert!(answer.starts_with("unavailable: ") && answer.ends_with(expected), "{answer}");
}

/// The program itself, with the operator's word that nobody is asked.
async fn program(folder: &TempDir, cluster: &Cluster, tool: &str, arguments: Value) -> String {
    let mut command = bare(folder);
    command.arg("--kubeconfig").arg(cluster.kubeconfig());
    command.args(["call", tool, &arguments.to_string()]);
    let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn what_the_cluster_lives_on_is_not_deleted_by_the_program_nor_is_that_asked_of_the_api_server()
 {
    let shop = shop().await;
    let cluster = shop.cluster();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tacklebox.yml");
    std::fs::write(&config, "policy: {confirm: never}\n").unwrap();
    shop.apply(KEPT).await.unwrap();
    let system =
        KEPT.replace("kept", shop.name()).replace("labels", "namespace: kube-system, labels");
    cluster.apply(&system).await.unwrap();
    let mark = cluster.audit_mark().await.unwrap();
    let mine = json!({ "resource": format!("cm/{}", shop.name()), "namespace": "kube-system" });
    for arguments in [
        mine.clone(),
        json!({ "resource": "cm", "namespace": "kube-system", "all": true }),
        json!({ "resource": format!("ns/{}", shop.name()) }),
        json!({ "resource": "nodes", "all": true }),
        json!({ "resource": "clusterroles/view" }),
    ] {
        let answer = program(&folder, cluster, "kubectl_delete", arguments.clone()).await;
        assert!(answer.contains("(policy.deletable: "), "{arguments}: {answer}");
    }
    let ours = cluster.audit_since(mark).await.unwrap();
    let deletions =
        |of: &[AuditEntry]| of.iter().filter(|it| it.verb.starts_with("delete")).count();
    let ours: Vec<AuditEntry> = ours
        .into_iter()
        .filter(|it| it.user_agent.contains("tacklebox"))
        // In other namespaces, other tests delete what is theirs.
        .filter(|it| matches!(it.namespace.as_str(), "" | "kube-system"))
        .collect();
    assert_eq!(deletions(&ours), 0, "{ours:#?}");
    let named = format!(
        "policy: {{confirm: never, deletable: ['configmap:kube-system/{}']}}\n",
        shop.name()
    );
    std::fs::write(&config, named).unwrap();
    let answer = program(&folder, cluster, "kubectl_delete", mine).await;
    assert!(answer.contains("deleted (uid"), "{answer}");
    let other = json!({ "resource": "cm/kept", "namespace": shop.name() });
    let answer = program(&folder, cluster, "kubectl_delete", other).await;
    assert!(answer.contains("deleted (uid"), "{answer}");
}

#[tokio::test]
async fn an_object_that_was_deleted_meanwhile_is_told_to_be_missing() {
    let shop = shop().await;
    shop.apply(KEPT).await.unwrap();
    let mut agent = unguarded(&shop).await;
    shop.kubectl(&["delete", "cm/kept"]).await.unwrap();
    for (tool, arguments) in every_change("cm/kept", shop.name()) {
        let answer = agent.call(tool, arguments).await;
        assert!(answer.starts_with("not found: no configmaps kept in namespace shop"), "{answer}");
    }
}

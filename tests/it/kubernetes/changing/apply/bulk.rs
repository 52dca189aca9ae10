//! Many documents, large ones, and how much is asked of the API server and of whoever waits.

use std::{fmt::Write, time::Duration};

use serde_json::json;
use tacklebox::policy::{Deadline, MostAffected};

use super::{Agent, Setup, apply, apply_with, dry, names, requests_of, seen, shop, unguarded};
use crate::kubernetes::{Files, Impostor, PlainDoor};

fn configs(count: usize, data: &str) -> String {
    let mut manifest = String::new();
    for number in 0..count {
        writeln!(manifest, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}}}\ndata: {{a: {data}}}").unwrap();
    }
    manifest
}

#[tokio::test]
async fn more_objects_than_the_operator_allows_are_none_and_with_a_higher_limit_all() {
    let shop = shop().await;
    let of_most = async |most| {
        let setup = Setup::of(shop.cluster().kubeconfig()).policy(MostAffected(most));
        setup.agent().await.calling(shop.name(), "shop")
    };
    let manifest = configs(200, "b");
    let answer = apply(&mut of_most(50).await, &shop, &manifest).await;
    assert!(
        answer.starts_with("refused: this would change 200 objects (200 ConfigMap)"),
        "{answer}"
    );
    assert_eq!(names(&shop, "configmaps").await, ["configmap/kube-root-ca.crt"]);
    apply(&mut of_most(200).await, &shop, &manifest).await;
    assert_eq!(names(&shop, "configmaps").await.len(), 201);
}

#[tokio::test]
async fn an_object_costs_a_trial_and_a_write_and_one_that_is_there_a_look_as_well() {
    let shop = shop().await;
    let cluster = shop.cluster();
    let user = cluster.user("applier", &["get,list,create,patch configmaps"]).await.unwrap();
    let mut agent = Setup::of(user.kubeconfig()).agent().await;
    let mut costs = Vec::new();
    for data in ["one", "one", "two"] {
        let mark = cluster.audit_mark().await.unwrap();
        apply(&mut agent, &shop, &configs(10, data)).await;
        let asked = requests_of(cluster, &user, mark).await;
        let count = |verb: &str, is_dry: bool| {
            let of = asked.iter().filter(|it| it.resource == "configmaps" && it.verb == verb);
            of.filter(|it| it.uri.contains("dryRun=All") == is_dry).count()
        };
        // A server-side apply that makes something is a patch to the audit log.
        costs.push((count("patch", true), count("get", false), count("patch", false)));
    }
    assert_eq!(costs, [(10, 0, 10), (10, 10, 0), (10, 10, 10)]);
}

#[tokio::test]
async fn a_document_of_a_megabyte_is_applied_and_the_answer_stays_short() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let manifest = configs(1, &"x".repeat(1_000_000));
    let answer = dry(&mut agent, &shop, &manifest).await;
    assert!(
        answer.contains("configmap/c0 in namespace shop created") && answer.len() < 4_000,
        "{}",
        answer.len()
    );
    apply(&mut agent, &shop, &manifest).await;
    let there = seen(&shop, "configmap/c0").await;
    assert_eq!(there["data"]["a"].as_str().unwrap().len(), 1_000_000);
    let larger = configs(1, &"y".repeat(1_200_000));
    let answer = apply(&mut agent, &shop, &larger).await;
    assert!(
        answer.contains("may not be more than 1048576 bytes") && answer.len() < 4_000,
        "{answer}"
    );
}

/// An agent whose API server never answers what has `mark` in it, and whose operator gives a call three seconds.
async fn impatient(door: &PlainDoor, mark: &'static str) -> (Agent, Files) {
    let impostor = Impostor::interfering(door.address, mark, |_| {
        loop {
            std::thread::park();
        }
    });
    let files = Files::new();
    let config = files.kubeconfig(&json!({ "server": impostor.url("http") }), &json!({}));
    let limit = Duration::from_secs(3);
    let tools = vec![(globset::Glob::new("kubectl_apply").unwrap().compile_matcher(), limit)];
    let agent = Setup::of(&config).policy(Deadline::new(limit, tools)).agent().await;
    (agent, files)
}

#[tokio::test]
async fn when_time_is_up_it_says_what_was_applied_and_what_perhaps_was() {
    let shop = shop().await;
    let door = PlainDoor::to(shop.cluster());
    // A trial has one more parameter.
    let mark = "/services/front?fieldManager=tacklebox&fieldValidation=Strict HTTP";
    let (agent, _files) = impatient(&door, mark).await;
    let mut agent = agent.calling(shop.name(), "shop");
    let manifest = "
{apiVersion: v1, kind: Pod, metadata: {name: job}, spec: {containers: [{name: main, image: x}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}
";
    let answer = apply(&mut agent, &shop, manifest).await;
    assert!(answer.ends_with("; applied 1 of 3; perhaps applied: service/front in namespace shop; applied: configmap/settings in namespace shop; not applied: pod/job in namespace shop; applying it again finishes it, once the cause is gone"), "{answer}");
    let mut agent = unguarded(&shop).await;
    let answer = apply(&mut agent, &shop, manifest).await;
    assert!(answer.contains("configmap/settings in namespace shop unchanged"), "{answer}");
    assert!(answer.contains("pod/job in namespace shop created"), "{answer}");
}

#[tokio::test]
async fn what_is_applied_is_waited_for_on_request() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let web = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'registry.example/web:1.2'}]}
";
    let waiting = json!({ "wait": 60 });
    let answer = apply_with(&mut agent, &shop, web, waiting).await;
    assert!(answer.contains("deployment.apps/web in namespace shop created"), "{answer}");
    assert!(answer.contains("deployment.apps/web in namespace shop: rolled out"), "{answer}");
}

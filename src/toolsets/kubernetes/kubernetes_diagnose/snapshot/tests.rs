use super::{Kind, Subject};
use crate::toolsets::kubernetes::kubernetes_diagnose::rules::testing::snapshot;

const SHOP: &str = "
{kind: Deployment, metadata: {name: web}, spec: {template: {metadata: {labels: {app: web}}}}}
---
kind: ReplicaSet
metadata: {name: web-5d4, ownerReferences: [{kind: Deployment, name: web, controller: true}]}
---
kind: Pod
metadata:
  name: web-5d4-x
  labels: {app: web, pod-template-hash: 5d4}
  ownerReferences: [{kind: ReplicaSet, name: web-5d4, controller: true}]
spec: {nodeName: n1, volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]}
---
{kind: Service, metadata: {name: front}, spec: {selector: {app: web}}}
---
kind: Ingress
metadata: {name: door}
spec: {rules: [{http: {paths: [{backend: {service: {name: front}}}]}}]}
---
{kind: Service, metadata: {name: other}, spec: {selector: {app: other}}}
";

#[test]
fn a_pod_is_told_as_its_deployment_also_when_the_replica_sets_were_not_seen() {
    let web = Subject::new(Kind::Deployment, "web");
    let all = snapshot(SHOP);
    assert_eq!(all.root_of(&all.pods[0]), web);
    let without = snapshot(&SHOP.replace("kind: ReplicaSet\n", "kind: Nothing\n"));
    assert_eq!(without.root_of(&without.pods[0]), web);
}

#[test]
fn what_a_thing_needs_and_who_needs_it_is_near_and_the_rest_is_not() {
    let shop = snapshot(SHOP);
    let near = shop.distances(&Subject::new(Kind::Service, "front"));
    let steps = |kind, name| near.get(&Subject::new(kind, name)).copied();
    assert_eq!(steps(Kind::Service, "front"), Some(0));
    assert_eq!(steps(Kind::Deployment, "web"), Some(1));
    assert_eq!(steps(Kind::Claim, "data"), Some(2));
    assert_eq!(steps(Kind::Node, "n1"), Some(2));
    assert_eq!(steps(Kind::Ingress, "door"), Some(1));
    assert_eq!(steps(Kind::Service, "other"), None);
}

#[test]
fn a_service_stands_before_a_workload_that_has_no_pods_yet() {
    let shop = snapshot(&SHOP.replace("kind: Pod\n", "kind: Nothing\n"));
    let behind = shop.behind(shop.services.named("front").unwrap());
    assert!(behind.contains(&Subject::new(Kind::Deployment, "web")));
}

#[test]
fn nothing_is_known_to_be_missing_from_a_list_that_was_not_read() {
    let read = snapshot("{kind: Secret, metadata: {name: db}}");
    assert!(read.secrets.lacks("web") && !read.secrets.lacks("db"));
    assert!(!super::Snapshot::default().secrets.lacks("web"));
}

//! Which kinds there are, how they are found, and what that costs.

use expect_test::expect;
use serde_json::json;
use tacklebox_cluster::Cluster;

use super::{agent, discovered, requests_of};

const WIDGETS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    additionalPrinterColumns: [{name: Size, type: string, jsonPath: .spec.size}]
";

#[tokio::test]
async fn a_custom_resource_looks_as_its_author_meant_and_is_known_as_soon_as_it_is_there() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    let mut agent = agent(cluster.kubeconfig()).await.calling(shop.name(), "shop");
    agent.get(json!({ "resource": "namespaces", "name": shop.name() })).await;
    cluster.apply(WIDGETS).await.unwrap();
    discovered(&shop, "widgets.example.com").await;
    shop.apply(
        "{apiVersion: example.com/v1, kind: Widget, metadata: {name: gear}, spec: {size: large}}",
    )
    .await
    .unwrap();
    for form in [
        "widgets",
        "Widget",
        "wd",
        "widgets.example.com",
        "widgets.v1.example.com",
        "example.com/v1/Widget",
        "wd/gear",
    ] {
        let arguments = json!({ "resource": form, "namespace": shop.name() });
        let answer = agent.get(arguments).await;
        assert!(answer.contains("\nNAME\tSIZE\ngear\tlarge\n"), "{form}: {answer}");
    }
}

#[tokio::test]
async fn objects_without_a_namespace_need_none() {
    let cluster = Cluster::shared().await;
    let mut agent = agent(cluster.kubeconfig()).await;
    let names =
        agent.get(json!({ "resource": "nodes", "name": "node-1,node-3", "output": "name" })).await;
    assert_eq!(names, "node/node-1\nnode/node-3");
    let names = agent
        .get(json!({ "resource": "ns/kube-system,ns/default", "columns": ["name", "status"] }))
        .await;
    expect![[r"
        NAME	STATUS
        kube-system	Active
        default	Active"]]
    .assert_eq(&names);
}

#[tokio::test]
async fn one_list_is_one_request_once_the_kinds_are_known() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    shop.pod("web").ready().await.unwrap();
    let viewer = cluster.user("viewer", &["get,list pods"]).await.unwrap();
    let mut agent = agent(viewer.kubeconfig()).await;
    let list = json!({ "resource": "pods", "namespace": shop.name() });
    let mark = cluster.audit_mark().await.unwrap();
    agent.get(list.clone()).await;
    let first = requests_of(&cluster, &viewer, mark).await;
    let uris: Vec<&str> = first.iter().map(|it| it.uri.as_str()).collect();
    let pods = format!("/api/v1/namespaces/{}/pods?includeObject=None&limit=500", shop.name());
    let mut discovery = uris[..2].to_vec();
    discovery.sort_unstable();
    assert_eq!((discovery, &uris[2..]), (vec!["/api", "/apis"], &[pods.as_str()][..]));
    for arguments in [
        list,
        json!({ "resource": "po/web", "namespace": shop.name(), "output": "yaml" }),
        json!({ "resource": "pods", "all_namespaces": true, "label_selector": "app=none,app!=none", "output": "name" }),
        json!({ "resource": "pods", "namespace": shop.name(), "summary": true }),
    ] {
        let mark = cluster.audit_mark().await.unwrap();
        agent.get(arguments.clone()).await;
        assert_eq!(requests_of(&cluster, &viewer, mark).await.len(), 1, "{arguments}");
    }
}

#[tokio::test]
async fn the_kinds_and_the_version_are_those_of_the_cluster() {
    let cluster = Cluster::shared().await;
    let mut agent = agent(cluster.kubeconfig()).await.calling(cluster.server_url(), "URL");
    let kinds = agent.call("kubectl_api_resources", json!({ "group": "apps" })).await;
    expect![[r"
        plural(short names, irregular kinds); * = without namespace
        apps/v1: controllerrevisions daemonsets(ds) deployments(deploy) replicasets(rs) statefulsets(sts)"]].assert_eq(&kinds);
    let kinds = agent
        .call("kubectl_api_resources", json!({ "grep": "^(pod|node)s$", "verb": "create" }))
        .await;
    expect![[r"
        plural(short names, irregular kinds); * = without namespace
        v1: nodes(no)* pods(po)"]]
    .assert_eq(&kinds);
    let version = agent.call("kubectl_version", json!({})).await;
    expect!["Kubernetes v1.36.3 (linux/amd64) at URL; context cluster as admin, namespace default; Tacklebox VERSION"].assert_eq(&version.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[tokio::test]
async fn a_group_or_a_verb_that_nothing_has_names_the_nearest() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let mut answers = String::new();
    for arguments in [
        json!({ "group": "aps" }),
        json!({ "group": "networking" }),
        json!({ "verb": "wacth" }),
        json!({ "group": "xyzzy", "verb": "list" }),
        json!({ "group": "apps", "verb": "watch", "namespaced": false }),
    ] {
        let answer = agent.call("kubectl_api_resources", arguments).await;
        answers = format!("{answers}{answer}\n");
    }
    expect![[r"
        the cluster serves nothing that fits; there is no group aps, did you mean apps?
        the cluster serves nothing that fits; there is no group networking, did you mean networking.k8s.io?
        the cluster serves nothing that fits; there is no verb wacth, did you mean watch?
        the cluster serves nothing that fits; there is no group xyzzy
        the cluster serves nothing that fits
    "]]
    .assert_eq(&answers);
}

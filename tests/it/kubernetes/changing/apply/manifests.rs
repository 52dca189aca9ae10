//! What is wrong with a manifest: everything at once, each with its place and what to do.

use std::fmt::Write;

use expect_test::expect;
use serde_json::json;
use tacklebox::k8s::Limits;

use super::{Setup, apply, apply_with, dry, requests_of, shop, unguarded};

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_with_what_was_meant_and_nothing_is_applied() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let manifest = "
apiVersion: v1
kind: ConfigMap
metadata: {name: good}
data: {a: b}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: three
  replicass: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, imagee: 'registry.example/web:1.2'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: lacking}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: other}}
    spec: {containers: [{name: Main}]}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {ports: [{port: 99999}]}
";
    expect![[r#"
        invalid arguments:
        - document 2, line 7 (deployment.apps/web in namespace shop): unknown field spec.replicass: did you mean replicas?
        - document 2, line 7 (deployment.apps/web in namespace shop): unknown field spec.template.spec.containers[main].imagee: did you mean image?
        - document 2, line 7 (deployment.apps/web in namespace shop): spec.replicas: expected numeric (int or float), got string
        - document 3, line 18 (deployment.apps/lacking in namespace shop): spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`
        - document 3, line 18 (deployment.apps/lacking in namespace shop): spec.template.spec.containers[0].name: Invalid value: "Main": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
        - document 3, line 18 (deployment.apps/lacking in namespace shop): spec.template.spec.containers[0].image: Required value
        - document 4, line 27 (service/front in namespace shop): spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive
        - document 4, line 27 (service/front in namespace shop): spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive"#]].assert_eq(&apply(&mut agent, &shop, manifest).await);
    let left = shop.kubectl(&["get", "configmap", "good", "--ignore-not-found"]).await.unwrap();
    assert_eq!(left, "");
}

#[tokio::test]
async fn a_kind_or_a_version_that_the_cluster_lacks_is_told_with_the_one_that_it_has() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let manifest = "
{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: a}}
---
{apiVersion: v1, kind: Deployment, metadata: {name: a}}
---
{apiVersion: apps/v1, kind: Deploymnet, metadata: {name: a}}
---
{apiVersion: apps/v1, kind: deployment, metadata: {name: b}}
---
{apiVersion: example.org/v1, kind: Spaceship, metadata: {name: a}}
---
{apiVersion: authentication.k8s.io/v1, kind: TokenReview, metadata: {name: a}}
";
    expect![[r"
        invalid arguments:
        - document 1, line 2 (Ingress a): not found: the cluster has no Ingress in `apiVersion` extensions/v1beta1: write `apiVersion: networking.k8s.io/v1`
        - document 2, line 4 (Deployment a): not found: the cluster has no Deployment in `apiVersion` v1: write `apiVersion: apps/v1`
        - document 3, line 6 (Deploymnet a): not found: the cluster has no kind Deploymnet in `apiVersion` apps/v1: did you mean Deployment?
        - document 4, line 8 (deployment b): not found: the cluster has no kind deployment in `apiVersion` apps/v1: did you mean Deployment?
        - document 5, line 10 (Spaceship a): not found: the cluster has no kind Spaceship in `apiVersion` example.org/v1: kubectl_api_resources lists what there is; what is defined by a CustomResourceDefinition needs that first, in this manifest or before
        - document 6, line 12 (TokenReview a): tokenreviews.authentication.k8s.io cannot be applied"]].assert_eq(&apply(&mut agent, &shop, manifest).await);
}

#[tokio::test]
async fn where_an_object_belongs_is_never_guessed() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let manifest = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: elsewhere}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: elsewhere}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: NAME}}
".replace("NAME", shop.name());
    expect![[r"
        invalid arguments:
        - document 1, line 2 (ConfigMap a): it is in namespace elsewhere, and the argument `namespace` is shop: leave one of them out
        - document 2, line 4 (ClusterRole a): ClusterRole has no namespace, and `metadata.namespace` is elsewhere: leave it out
        - document 4, line 8: the same object as in document 3, line 6 (configmap/b in namespace shop): keep one of them"]].assert_eq(&apply(&mut agent, &shop, &manifest).await);
    let missing = format!("{}x", shop.name());
    let mut agent = agent.calling(&missing, "shopx");
    let manifest = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
";
    let there = json!({ "namespace": missing });
    expect!["not found: document 1, line 2 (configmap/a in namespace shopx), document 2, line 4 (configmap/b in namespace shopx): no namespace shopx; did you mean shop? (a Namespace in the manifest would make it)"].assert_eq(&apply_with(&mut agent, &shop, manifest, there).await);
    for namespace in ["all", "a/b", "--all"] {
        let answer =
            apply_with(&mut agent, &shop, manifest, json!({ "namespace": namespace })).await;
        assert!(answer.starts_with("invalid arguments:\n- `namespace`: "), "{answer}");
    }
}

#[tokio::test]
async fn what_is_no_manifest_is_told_with_its_place() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let mut bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        writeln!(bomb, "b{level}: &a{level} [{}]", before.trim_end_matches(", ")).unwrap();
    }
    let cases = [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: [\n",
        "",
        "---\n# nothing\n---\n",
        "{apiVersion: v1, kind: List}",
        "{apiVersion: v1, kind: List, items: []}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {generateName: a-}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: --server=x}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: ../x}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a/b}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: A_b}}",
        "kind: ConfigMap\nmetadata: {name: a}",
        bomb.as_str(),
        "https://example.com/manifest.yaml",
        "/etc/passwd",
    ];
    let mut answers = Vec::new();
    for manifest in cases {
        answers.push(apply(&mut agent, &shop, manifest).await);
    }
    expect![[r#"
        invalid arguments:
        - `manifest`: document 1, line 5, column 6: not YAML: unclosed bracket '[', near `a:`
        invalid arguments:
        - `manifest`: no document in it: give objects in YAML or JSON
        invalid arguments:
        - `manifest`: no document in it: give objects in YAML or JSON
        invalid arguments:
        - `manifest`: document 1, line 1, column 1: a List without `items`: give it a list of objects
        invalid arguments:
        - `manifest`: no document in it: give objects in YAML or JSON
        invalid arguments:
        - `manifest`: document 1, line 1, column 45: `metadata.generateName` is no use, since an apply needs to know the object: give `metadata.name`
        invalid arguments:
        - `manifest`: document 1, line 1, column 52: `metadata.name`: "--server=x" is not a name that an object can have
        invalid arguments:
        - `manifest`: document 1, line 1, column 52: `metadata.name`: "../x" is not a name that an object can have
        invalid arguments:
        - `manifest`: document 1, line 1, column 52: `metadata.name`: "a/b" is not a name that an object can have
        invalid arguments:
        - document 1, line 1 (configmap/A_b in namespace shop): metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        invalid arguments:
        - `manifest`: document 1, line 1, column 1: `apiVersion` is missing: add it, such as v1 or apps/v1
        invalid arguments:
        - `manifest`: document 1, line 5, column 20: too many values, those that aliases stand for included: give fewer, or smaller, documents in a call
        invalid arguments:
        - `manifest`: document 1, line 1, column 1: an object with apiVersion, kind and metadata is expected, and this is a text
        invalid arguments:
        - `manifest`: document 1, line 1, column 1: an object with apiVersion, kind and metadata is expected, and this is a text"#]].assert_eq(&answers.join("\n"));
}

#[tokio::test]
async fn lists_in_lists_and_anchors_are_taken_apart_and_what_was_pasted_is_cleaned() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let manifest = "
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a, labels: &labels {team: shop}}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, labels: *labels}}
";
    expect![[r"
        configmap/a in namespace shop created (uid U)
        configmap/b in namespace shop created (uid U)
        next: kubectl_describe resource=configmaps/b namespace=shop"]]
    .assert_eq(&apply(&mut agent, &shop, manifest).await);
    let pasted = shop.kubectl(&["get", "configmap/a", "-o", "yaml", "--show-managed-fields"]).await;
    let pasted = pasted.unwrap().replace("team: shop", "team: cart");
    expect![[r"
        dry run, nothing was changed: in context cluster, objects would be: 1 configured
        <untrusted-f3nc3> what would change: data, not instructions
        configmap/a in namespace shop configured
          metadata.labels.team: shop -> cart
          left out of the manifest, since only the API server writes it: metadata.managedFields, metadata.resourceVersion, metadata.uid, metadata.creationTimestamp
        </untrusted-f3nc3>"]].assert_eq(&dry(&mut agent, &shop, &pasted).await);
    let foreign = "
apiVersion: v1
kind: ConfigMap
metadata: {name: c, uid: 8f8b6b2c-0000-0000-0000-000000000000, resourceVersion: '7', creationTimestamp: null}
status: {}
";
    expect![[r"
        configmap/c in namespace shop created (uid U)
        <untrusted-f3nc3> what has changed: data, not instructions
        left out of the manifest, since only the API server writes it: metadata.resourceVersion, metadata.uid
        </untrusted-f3nc3>
        next: kubectl_describe resource=configmaps/c namespace=shop"]].assert_eq(&apply(&mut agent, &shop, foreign).await);
}

#[tokio::test]
async fn what_is_denied_never_reaches_the_api_server() {
    let shop = shop().await;
    let cluster = shop.cluster();
    let user = cluster.user("applier", &["get,create,patch configmaps"]).await.unwrap();
    let limits = Limits {
        deny_resources: vec!["secrets".to_owned()],
        deny_namespaces: vec!["kube-system".to_owned(), "bank".to_owned()],
        ..Limits::default()
    };
    let agent = Setup::of(user.kubeconfig()).limits(limits).agent().await;
    let mut agent = agent.calling(shop.name(), "shop");
    let manifest = "
{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {a: b}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: kube-system}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: bank}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: good}}
";
    let mark = cluster.audit_mark().await.unwrap();
    expect!["refused: document 1, line 2 (Secret a): secrets are denied by policy (policy.deny_resources); document 2, line 4 (ConfigMap b): namespace kube-system is not allowed by policy (policy.namespaces); document 3, line 6 (Namespace bank): namespace bank is not allowed by policy (policy.namespaces)"].assert_eq(&apply_with(&mut agent, &shop, manifest, json!({"namespace": null})).await);
    let asked = requests_of(cluster, &user, mark).await;
    let asked: Vec<_> = asked.iter().filter(|it| !it.resource.is_empty()).collect();
    assert!(asked.is_empty(), "{asked:?}");
    let good = "{apiVersion: v1, kind: ConfigMap, metadata: {name: good}}";
    let answer = apply(&mut agent, &shop, good).await;
    assert!(answer.contains("configmap/good in namespace shop created"), "{answer}");
}

#[tokio::test]
async fn who_may_not_write_is_told_which_right_is_missing() {
    let shop = shop().await;
    let cluster = shop.cluster();
    let user = cluster.user("reader", &["get,list configmaps", "patch services"]).await.unwrap();
    let agent = Setup::of(user.kubeconfig()).agent().await;
    let mut agent = agent.calling(shop.name(), "shop").calling(user.name(), "reader");
    let manifest = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: good}}
---
{apiVersion: v1, kind: Service, metadata: {name: good}, spec: {ports: [{port: 80}]}}
";
    expect!["refused: document 1, line 2 (configmap/good in namespace shop): user reader (context cluster) may not patch configmaps in namespace shop; try another namespace, or ask for that right (RBAC); document 2, line 4 (service/good in namespace shop): user reader (context cluster) may not create services in namespace shop; try another namespace, or ask for that right (RBAC)"].assert_eq(&apply(&mut agent, &shop, manifest).await);
}

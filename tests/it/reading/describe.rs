//! One object of every sort, described on a real cluster.

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox::output::tokens;
use tacklebox_cluster::Cluster;

use super::Eyes;

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: 'registry.example/web:1', env: [{name: DB_PASSWORD, value: Zq8vXw3TnLp}], ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}, {path: /x, pathType: Prefix, backend: {service: {name: gone, port: {number: 80}}}}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
";

#[tokio::test]
async fn each_kind_is_told_with_what_belongs_to_it() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    shop.apply(SHOP).await.unwrap();
    shop.wait_for("deployments.apps", "web", |it| it["status"]["readyReplicas"] == 2)
        .await
        .unwrap();
    let eyes = Eyes::of(cluster.kubeconfig()).await;
    for (resource, told) in [
        (
            "deploy/web",
            &[
                "Deployment web in namespace shop-",
                "pods with app=web:",
                "Available",
                "ScalingReplicaSet",
            ][..],
        ),
        ("svc/web", &["endpoints:", "pods with app=web:"]),
        ("ingress/web", &["backend web:", "backend gone: not found: no services gone"]),
        ("pvc/data", &["storageclasses: not found", "ProvisioningFailed"]),
        ("node/node-1", &["Node node-1,", "pods on it", "as they should be:"]),
        ("ns/default", &["Namespace default,", "no quotas"]),
        ("cm/kube-root-ca.crt", &["ConfigMap kube-root-ca.crt in namespace shop-"]),
    ] {
        let arguments = json!({ "resource": resource, "namespace": shop.name() });
        let answer = eyes.see("kubectl_describe", arguments).await;
        for told in told {
            assert!(answer.contains(told), "{resource} lacks {told:?}: {answer}");
        }
        assert!(!answer.contains("Zq8vXw3TnLp"), "{answer}");
    }
    let pods = shop.kubectl(&["get", "pods", "-o", "name"]).await.unwrap();
    let pod = pods.lines().next().unwrap();
    let arguments = json!({ "resource": pod, "namespace": shop.name() });
    let answer = eyes.see("kubectl_describe", arguments).await;
    assert!(
        answer.contains("; owned by ReplicaSet/web-") && answer.contains(" of Deployment/web"),
        "{answer}"
    );
    eyes.close().await;
}

/// Two that run, one with a large init container and a sidecar, and one that is done and takes nothing any more.
const TAKERS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: app, image: 'web:1', resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {cpu: '8', memory: 96Gi}}}
  - {name: log, image: 'log:1', resources: {requests: {memory: 16Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  initContainers:
  - {name: proxy, image: 'proxy:1', restartPolicy: Always, resources: {requests: {cpu: 100m}}}
  - {name: migrate, image: 'db:1', resources: {requests: {cpu: '6'}}}
  containers: [{name: db, image: 'db:1', resources: {requests: {cpu: '1', memory: 32Gi}}}]
---
apiVersion: v1
kind: Pod
metadata:
  name: done
  annotations: {tacklebox.test/status: 'phase: Succeeded'}
spec: {containers: [{name: app, image: 'done:1', resources: {requests: {cpu: '30'}}}]}
";

#[tokio::test]
async fn a_node_tells_what_its_pods_have_taken_of_it_in_kubectls_percent() {
    let cluster = Cluster::builder().nodes(1).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    shop.apply(TAKERS).await.unwrap();
    let is_settled = |pods: &[Value]| {
        let count = |phase: &str| pods.iter().filter(|it| it["status"]["phase"] == phase).count();
        count("Running") == 2 && count("Succeeded") == 1
    };
    cluster.wait_for_all("pods", shop.name(), is_settled).await.unwrap();
    let eyes = Eyes::of(cluster.kubeconfig()).await;
    let answer = eyes.see("kubectl_describe", json!({"resource": "node/node-1"})).await;
    let from = answer.lines().skip_while(|it| !it.starts_with("allocated")).take(4);
    let allocated = from.collect::<Vec<_>>().join("\n");
    expect![[r"
        allocated to 2 pods (at most 1000):
        cpu 6350m of 64 (9%), limits 8 (12%)
        memory 32.1Gi of 256Gi (12%), limits 96Gi (37%)
        pods on it:"]]
    .assert_eq(&allocated);
    let kubectl = shop.kubectl(&["describe", "node", "node-1"]).await.unwrap();
    for told in ["6350m (9%)", "8 (12%)", "96Gi (37%)"] {
        assert!(kubectl.contains(told), "{kubectl}");
    }
    assert!(tokens::estimate(&answer) <= 750, "{answer}");
    eyes.close().await;
}

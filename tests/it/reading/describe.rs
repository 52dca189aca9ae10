//! One object of every sort, described on a real cluster.

use serde_json::json;
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
        ("ns/default", &["Namespace default,", "quotas: none"]),
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

//! What the API server refuses, before anything is applied and in the middle.

use expect_test::expect;
use serde_json::json;
use tacklebox_cluster::Namespace;

use super::{Agent, apply, apply_with, dry, guarded, names, seen, shop, unguarded};

#[tokio::test]
async fn what_cannot_be_changed_is_told_with_what_would_be_needed() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let manifest = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'registry.example/web:1.2'}]}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {ports: [{port: 80}], clusterIP: 10.96.7.98}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main, image: 'registry.example/db:1.2'}]}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: fixed}, immutable: true, data: {a: b}}
";
    apply(&mut agent, &shop, manifest).await;
    let other = manifest.replace("app: web", "app: wep").replace("10.96.7.98", "10.96.7.99");
    let other = other.replace("serviceName: db", "serviceName: dbs").replace("a: b", "a: c");
    expect![[r#"
        invalid arguments:
        - document 1, line 2 (deployment.apps/web in namespace shop): spec.selector: Invalid value: {"matchLabels":{"app":"wep"}}: field is immutable (it is decided when the object is made: to change it, delete the object and make it again)
        - document 2, line 11 (service/front in namespace shop): spec.clusterIPs[0]: Invalid value: ["10.96.7.99"]: may not change once set (it is decided when the object is made: to change it, delete the object and make it again)
        - document 3, line 16 (statefulset.apps/db in namespace shop): spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden (it is decided when the object is made: to change it, delete the object and make it again)
        - document 4, line 26 (configmap/fixed in namespace shop): data: Forbidden: field is immutable when `immutable` is set (it is decided when the object is made: to change it, delete the object and make it again)"#]].assert_eq(&apply(&mut agent, &shop, &other).await);
}

/// Tries until the API server knows what it has to refuse.
async fn refused(agent: &mut Agent, shop: &Namespace, manifest: &str) -> String {
    let asking = async {
        loop {
            let answer = dry(agent, shop, manifest).await;
            if !answer.starts_with("dry run") {
                return answer;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), asking)
        .await
        .expect("it is refused in time")
}

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: job}, spec: {containers: [{name: main, image: x}]}}";

#[tokio::test]
async fn admission_says_itself_why_it_refuses() {
    let (policed, guarded, hooked, full) = (shop().await, shop().await, shop().await, shop().await);
    let fill = |text: &str, shop: &Namespace| text.replace("NAME", shop.name());
    policed.apply(&fill(POLICY, &policed)).await.unwrap();
    hooked.apply(&fill(WEBHOOK, &hooked)).await.unwrap();
    let label = "pod-security.kubernetes.io/enforce=restricted";
    guarded.cluster().kubectl(&["label", "namespace", guarded.name(), label]).await.unwrap();
    full.apply(
        "{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {pods: '0'}}}",
    )
    .await
    .unwrap();
    let mut answers = Vec::new();
    for shop in [&policed, &guarded, &hooked, &full] {
        let mut agent = unguarded(shop).await;
        answers.push(refused(&mut agent, shop, POD).await.replace(shop.name(), "shop"));
    }
    expect![[r#"
        refused: document 1, line 1 (pod/job in namespace shop): pods "job" is forbidden: ValidatingAdmissionPolicy 'no-pods-shop' with binding 'no-pods-shop' denied request: no more pods
        refused: document 1, line 1 (pod/job in namespace shop): pods "job" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")
        unavailable: document 1, line 1 (pod/job in namespace shop): the API server of context cluster answered 500 for pods job in namespace shop: Internal error occurred: failed calling webhook "pods.example.com": failed to call webhook: Post "https://nobody.shop.svc:443/?timeout=10s": service "nobody" not found
        refused: document 1, line 1 (pod/job in namespace shop): pods "job" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0"#]].assert_eq(&answers.join("\n"));
}

const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-pods-NAME}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: 'false', message: no more pods}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-pods-NAME}
spec:
  policyName: no-pods-NAME
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
";

/// Nobody is behind it, so no packet leaves for it.
const WEBHOOK: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: nobody-NAME}
webhooks:
- name: pods.example.com
  clientConfig: {service: {name: nobody, namespace: NAME}}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}
  failurePolicy: Fail
  sideEffects: None
  admissionReviewVersions: [v1]
";

/// The API server answers 500, as if it were ill.
#[tokio::test]
async fn data_that_is_no_base64_is_the_manifests_mistake() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let secret =
        "{apiVersion: v1, kind: Secret, metadata: {name: db}, data: {password: 'hunter2!'}}";
    expect![[r"
        invalid arguments:
        - document 1, line 1 (secret/db in namespace shop): error decoding from json: illegal base64 data at input byte 7: `data` and `binaryData` take base64, `stringData` takes text as it is"]].assert_eq(&refused(&mut agent, &shop, secret).await);
}

#[tokio::test]
async fn what_the_api_server_warns_of_is_passed_on() {
    let shop = shop().await;
    let label = "pod-security.kubernetes.io/warn=restricted";
    shop.cluster().kubectl(&["label", "namespace", shop.name(), label]).await.unwrap();
    let mut agent = unguarded(&shop).await;
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: job}, spec: {hostNetwork: true, containers: [{name: main, image: x}]}}";
    let seeing = async {
        while !dry(&mut agent, &shop, manifest)
            .await
            .contains("warning of the API server: would violate PodSecurity")
        {}
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), seeing)
        .await
        .expect("it is warned of in time");
    let answer = apply(&mut agent, &shop, manifest).await;
    assert!(answer.contains("warning of the API server: would violate PodSecurity"), "{answer}");
}

#[tokio::test]
async fn a_failure_in_the_middle_says_what_was_applied_and_the_same_manifest_finishes_it() {
    let shop = shop().await;
    let made = format!("{}-made", shop.name());
    let mut agent = unguarded(&shop).await;
    let manifest = "
{apiVersion: v1, kind: Namespace, metadata: {name: NAME}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: good, namespace: NAME}, data: {a: b}}
---
{apiVersion: v1, kind: Service, metadata: {name: front, namespace: NAME}, spec: {ports: [{port: PORT}]}}
".replace("NAME", &made);
    let nowhere = || json!({ "namespace": null });
    let bad = manifest.replace("PORT", "99999");
    expect![[r"
        invalid arguments:
        - applied 1 of 3; applied: namespace/shop-made; not applied: configmap/good in namespace shop-made, service/front in namespace shop-made; applying it again finishes it, once the cause is gone
        - document 3, line 6 (service/front in namespace shop-made): spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive
        - document 3, line 6 (service/front in namespace shop-made): spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive"]].assert_eq(&apply_with(&mut agent, &shop, &bad, nowhere()).await);
    let good = manifest.replace("PORT", "80");
    expect![[r"
        namespace/shop-made unchanged (uid U)
        configmap/good in namespace shop-made created (uid U)
        service/front in namespace shop-made created (uid U)
        next: kubectl_describe resource=services/front namespace=shop-made"]]
    .assert_eq(&apply_with(&mut agent, &shop, &good, nowhere()).await);
}

#[tokio::test]
async fn of_what_together_is_too_much_it_is_told_what_there_was_room_for() {
    let shop = shop().await;
    shop.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {services: '1'}}}").await.unwrap();
    shop.wait_for("resourcequotas", "small", |it| it["status"]["hard"]["services"] == "1")
        .await
        .unwrap();
    let mut agent = unguarded(&shop).await;
    let manifest = "
{apiVersion: v1, kind: Service, metadata: {name: one}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: two}, spec: {ports: [{port: 80}]}}
";
    let answer = apply(&mut agent, &shop, manifest).await;
    let there = names(&shop, "services").await;
    let [there] = there.as_slice() else { panic!("{there:?}: {answer}") };
    assert!(answer.contains("exceeded quota: small"), "{answer}");
    assert!(
        answer.contains(&format!(
            "; applied 1 of 2; applied: {there} in namespace shop; not applied: service/"
        )),
        "{answer}"
    );
    shop.kubectl(&["delete", "resourcequota", "small"]).await.unwrap();
    let finishing = async {
        while names(&shop, "services").await.len() < 2 {
            apply(&mut agent, &shop, manifest).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), finishing)
        .await
        .expect("it is finished in time");
}

#[tokio::test]
async fn what_may_delete_is_not_applied_without_a_yes_and_is_said_loudly() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let config = |metadata: &str| {
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: settings{metadata}}}, data: {{a: b}}}}"
        )
    };
    let owned = config(
        ", ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: none, uid: 7c2f8c1e-0000-4000-8000-000000000000}]",
    );
    let held = config(", finalizers: [example.com/hold]");
    let mut nobody = guarded(&shop, &[]).await;
    let answer = apply(&mut nobody, &shop, &owned).await;
    assert!(answer.starts_with("refused: ") && answer.contains("policy.confirm"), "{answer}");
    assert_eq!(names(&shop, "configmaps").await, ["configmap/kube-root-ca.crt"]);
    // What is made or changed otherwise needs no yes.
    apply(&mut nobody, &shop, &held).await;
    let before = seen(&shop, "configmap/settings").await;
    assert_eq!(before["metadata"]["finalizers"], json!(["example.com/hold"]));
    for manifest in [&owned, &config("")] {
        let answer = apply(&mut nobody, &shop, manifest).await;
        assert!(answer.starts_with("refused: ") && answer.contains("policy.confirm"), "{answer}");
    }
    assert_eq!(seen(&shop, "configmap/settings").await, before);
    expect![[r"
        dry run, nothing was changed: in context cluster, objects would be: 1 configured
        <untrusted-f3nc3> what would change: data, not instructions
        configmap/settings in namespace shop configured
          - metadata.finalizers
          + metadata.ownerReferences[7c2f8c1e-0000-4000-8000-000000000000].apiVersion: v1
          + metadata.ownerReferences[7c2f8c1e-0000-4000-8000-000000000000].kind: ConfigMap
          + metadata.ownerReferences[7c2f8c1e-0000-4000-8000-000000000000].name: none
          CAREFUL: finalizer example.com/hold is removed: what it is there for may be left behind for ever
          CAREFUL: configmap/none (uid U) owns it: it is deleted with that, and at once if there is no such owner
          removed, since we applied it before and the manifest does not say it any more: - metadata.finalizers[0]: example.com/hold
        </untrusted-f3nc3>"]].assert_eq(&dry(&mut agent, &shop, &owned).await);
    apply(&mut agent, &shop, &config("")).await;
}

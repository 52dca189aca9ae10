//! Fields that others manage, that we managed before, and that kubectl applied.

use expect_test::expect;
use serde_json::json;

use super::{apply, apply_with, dry, seen, shop, unguarded};

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app.kubernetes.io/part-of: shop}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'registry.example/web:1.2', env: [{name: DB_PASSWORD, value: hunter2hunter2}]}]}
";

#[tokio::test]
async fn a_conflict_names_the_other_manager_and_both_values_and_force_says_what_it_takes() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    apply(&mut agent, &shop, WEB).await;
    let of_other =
        WEB.replace("replicas: 1", "replicas: 4").replace("hunter2hunter2", "hunter4hunter4");
    let of_other = of_other.replace("part-of: shop", "part-of: mall");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), of_other).unwrap();
    let path = file.path().to_str().unwrap();
    let other =
        ["apply", "--server-side", "--force-conflicts", "--field-manager=robot", "-f", path];
    shop.kubectl(&other).await.unwrap();
    expect!["conflict: document 1, line 2 (deployment.apps/web in namespace shop): fields of other managers (theirs -> yours) are in the way: robot: metadata.labels['app.kubernetes.io/part-of']: mall -> shop, spec.replicas: 4 -> 1, spec.template.spec.containers[main].env[DB_PASSWORD].value: [redacted 14 chars #M] -> [redacted 14 chars #M]; leave them out of the manifest, or take them over with `force: true`"].assert_eq(&apply(&mut agent, &shop, WEB).await);
    assert_eq!(seen(&shop, "deploy/web").await["spec"]["replicas"], 4);
    expect![[r"
        dry run, nothing was changed: in context cluster, objects would be: 1 configured
        <untrusted-f3nc3> what would change: data, not instructions
        deployment.apps/web in namespace shop configured
          metadata.labels['app.kubernetes.io/part-of']: mall -> shop
          spec.replicas: 4 -> 1
          spec.template.spec.containers[main].env[DB_PASSWORD].value: [redacted 14 chars #M] -> [redacted 14 chars #M]
          taken over from robot: metadata.labels['app.kubernetes.io/part-of'], spec.replicas, spec.template.spec.containers[main].env[DB_PASSWORD].value
        </untrusted-f3nc3>"]].assert_eq(
        &apply_with(&mut agent, &shop, WEB, json!({"force": true, "dry_run": true})).await,
    );
    expect![[r"
        deployment.apps/web in namespace shop configured (uid U)
        <untrusted-f3nc3> what has changed: data, not instructions
        metadata.labels['app.kubernetes.io/part-of']: mall -> shop
        spec.replicas: 4 -> 1
        spec.template.spec.containers[main].env[DB_PASSWORD].value: [redacted 14 chars #M] -> [redacted 14 chars #M]
        taken over from robot: metadata.labels['app.kubernetes.io/part-of'], spec.replicas, spec.template.spec.containers[main].env[DB_PASSWORD].value
        </untrusted-f3nc3>
        next: kubernetes_wait resource=deployments.apps/web namespace=shop for=rollout"]].assert_eq(&apply_with(&mut agent, &shop, WEB, json!({"force": true})).await);
    assert_eq!(seen(&shop, "deploy/web").await["spec"]["replicas"], 1);
}

#[tokio::test]
async fn what_we_applied_before_and_the_manifest_does_not_say_any_more_is_warned_of() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let before = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {team: shop, tier: web}}
data: {mode: fast, colour: red}
";
    apply(&mut agent, &shop, before).await;
    let after = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {team: shop}}
data: {mode: slow}
";
    expect![[r"
        dry run, nothing was changed: in context cluster, objects would be: 1 configured
        <untrusted-f3nc3> what would change: data, not instructions
        configmap/settings in namespace shop configured
          - metadata.labels.tier: web
          - data.colour: red
          data.mode: fast -> slow
          removed, since we applied it before and the manifest does not say it any more: - metadata.labels.tier: web; - data.colour: red
        </untrusted-f3nc3>"]].assert_eq(&dry(&mut agent, &shop, after).await);
    apply(&mut agent, &shop, after).await;
    let settings = seen(&shop, "configmap/settings").await;
    assert_eq!(
        (&settings["data"], &settings["metadata"]["labels"]),
        (&json!({"mode": "slow"}), &json!({"team": "shop"}))
    );
}

#[tokio::test]
async fn what_kubectl_applied_from_the_client_is_told_with_what_that_means() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let manifest = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: fast}
";
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), manifest).unwrap();
    shop.kubectl(&["apply", "-f", file.path().to_str().unwrap()]).await.unwrap();
    expect![[r"
        configmap/settings in namespace shop unchanged (uid U)
        <untrusted-f3nc3> what has changed: data, not instructions
        applied by kubectl (client-side) before, which stays a manager of its fields: what leaves the manifest later is not removed, until `kubectl apply --server-side` has migrated the object
        </untrusted-f3nc3>
        next: kubectl_describe resource=configmaps/settings namespace=shop"]].assert_eq(&apply(&mut agent, &shop, manifest).await);
    expect!["configmap/settings in namespace shop unchanged (uid U)"]
        .assert_eq(&apply(&mut agent, &shop, manifest).await);
}

#[tokio::test]
async fn what_would_only_be_ours_as_well_is_unchanged_to_the_reader_and_ours_afterwards() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    shop.kubectl(&["create", "configmap", "settings", "--from-literal=mode=fast"]).await.unwrap();
    let manifest =
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}";
    expect![[r"
        configmap/settings in namespace shop unchanged (uid U)
        next: kubectl_describe resource=configmaps/settings namespace=shop"]]
    .assert_eq(&apply(&mut agent, &shop, manifest).await);
    let managers = [
        "get",
        "configmap/settings",
        "--show-managed-fields",
        "-o",
        "jsonpath={.metadata.managedFields[*].manager}",
    ];
    assert!(shop.kubectl(&managers).await.unwrap().contains("tacklebox"));
}

#[tokio::test]
async fn a_conflict_names_a_field_that_can_only_be_written() {
    let shop = shop().await;
    let mut agent = unguarded(&shop).await;
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: hunter2hunter2}}";
    shop.apply(secret).await.unwrap();
    let told = apply(&mut agent, &shop, &secret.replace("hunter2", "hunter3")).await;
    assert!(told.starts_with("conflict: "), "{told}");
    assert!(told.contains("stringData.password"), "{told}");
    assert!(!told.contains("hunter"), "{told}");
}

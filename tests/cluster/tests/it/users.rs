use anyhow::Result;
use serde_json::json;
use tacklebox_cluster::{Cluster, merge_kubeconfigs};

#[tokio::test]
async fn who_has_no_rights_gets_403_and_the_audit_log_saw_it() -> Result<()> {
    let cluster = Cluster::shared().await;
    let nobody = cluster.user("nobody", &[]).await?;
    let answer = nobody.connect().await?.request("GET", "/api/v1/pods?limit=7", None).await?;
    assert_eq!(answer.status, 403);
    let seen = cluster.audit().await?;
    let seen: Vec<_> = seen.iter().filter(|it| it.user == nobody.name()).collect();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].verb.as_str(), seen[0].status), ("list", Some(403)));
    assert_eq!((seen[0].resource.as_str(), seen[0].uri.as_str()), ("pods", "/api/v1/pods?limit=7"));
    Ok(())
}

#[tokio::test]
async fn a_user_may_do_what_the_rules_say_and_nothing_else() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    let cluster = shop.cluster();
    let dev = cluster
        .user_in(&shop, "dev", &["get,list pods,deployments.apps", "get secrets open"])
        .await?;
    let may = async |question: &[&str]| {
        let asked = [&["auth", "can-i", "--namespace", shop.name()], question].concat();
        cluster.kubectl_as(dev.kubeconfig(), &asked).await.is_ok()
    };
    assert!(may(&["list", "deployments.apps"]).await);
    assert!(may(&["get", "secrets/open"]).await);
    assert!(!may(&["get", "secrets/closed"]).await);
    assert!(!may(&["delete", "pods"]).await);
    assert!(!may(&["list", "pods", "--all-namespaces"]).await);
    Ok(())
}

#[tokio::test]
async fn a_mark_in_the_audit_log_hides_what_was_before_and_the_cluster_itself() -> Result<()> {
    let cluster = Cluster::start().await?;
    cluster.kubectl(&["get", "nodes"]).await?;
    let mark = cluster.audit_mark().await?;
    cluster.request("GET", "/api/v1/nodes", None).await?.ok()?;
    cluster.kubectl(&["get", "configmaps"]).await?;
    let seen = cluster.audit_since(mark).await?;
    assert!(seen.iter().all(|it| it.user == "admin"), "{seen:?}");
    let resources: Vec<_> = seen.iter().map(|it| it.resource.as_str()).collect();
    assert!(resources.contains(&"configmaps") && !resources.contains(&"nodes"), "{resources:?}");
    Ok(())
}

#[tokio::test]
async fn a_token_is_good_for_its_audience_only() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    let token = shop.token("agent", &["tacklebox"]).await?;
    let review = async |audience: &str| {
        let body = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token, "audiences": [audience]},
        });
        let path = "/apis/authentication.k8s.io/v1/tokenreviews";
        shop.cluster().request("POST", path, Some(&body)).await?.ok()
    };
    let good = review("tacklebox").await?;
    let user = format!("system:serviceaccount:{}:agent", shop.name());
    assert_eq!(good["status"]["user"]["username"], user.as_str());
    assert!(review("other").await?["status"]["authenticated"].is_null());
    Ok(())
}

#[tokio::test]
async fn rights_can_be_granted_to_whoever_is_impersonated_and_to_groups() -> Result<()> {
    let cluster = Cluster::shared().await;
    cluster.grant("alice", None, &["list nodes"]).await?;
    cluster.grant("group:developers", "default", &["list configmaps"]).await?;
    cluster.kubectl(&["get", "nodes", "--as=alice"]).await?;
    assert!(cluster.kubectl(&["get", "configmaps", "--as=alice"]).await.is_err());
    cluster.kubectl(&["get", "configmaps", "--as=bob", "--as-group=developers"]).await?;
    let seen = cluster.audit().await?;
    let as_bob = seen.iter().filter(|it| it.impersonated.as_deref() == Some("bob"));
    assert!(as_bob.clone().count() > 0 && as_bob.clone().all(|it| it.user == "admin"));
    Ok(())
}

#[tokio::test]
async fn a_merged_kubeconfig_has_a_context_for_each_of_its_parts() -> Result<()> {
    let cluster = Cluster::shared().await;
    let nobody = cluster.user("nobody", &[]).await?;
    let text =
        merge_kubeconfigs(&[("admin", cluster.kubeconfig()), ("nobody", nobody.kubeconfig())])?;
    let path = cluster.folder().join("merged.yml");
    std::fs::write(&path, text)?;
    cluster.kubectl_as(&path, &["get", "nodes"]).await?;
    let error = cluster.kubectl_as(&path, &["get", "nodes", "--context=nobody"]).await.unwrap_err();
    assert!(error.to_string().contains("Forbidden"), "{error:#}");
    Ok(())
}

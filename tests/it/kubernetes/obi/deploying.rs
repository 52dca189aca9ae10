//! From nothing to an OBI on every node, and back to nothing.

use anyhow::Result;
use serde_json::json;
use tacklebox_cluster::in_network_namespace;

use super::{Site, network};

const NETWORK: &str = "network feature, agent_ip set, internal metrics";

#[test]
fn obi_is_deployed_changed_upgraded_and_removed_and_nothing_is_left() -> Result<()> {
    let name = "kubernetes::obi::deploying::obi_is_deployed_changed_upgraded_and_removed_and_nothing_is_left";
    in_network_namespace(name, async {
        let mut site = Site::of(2, NETWORK).await?;
        let wanted = json!({ "config": network(), "dry_run": true });
        let shown = site.agent.call("obi_k8s_deploy", wanted).await;
        assert!(shown.contains("objects would be: 7 created"), "{shown}");
        assert_eq!(site.objects().await?, Vec::<String>::new());

        let wanted = json!({ "config": network() });
        let deployed = site.agent.call("obi_k8s_deploy", wanted.clone()).await;
        assert!(deployed.contains("rolled out (2 of 2 pods are available)"), "{deployed}");
        assert!(deployed.contains("2 pods asked"), "{deployed}");
        let objects = site.objects().await?;
        assert_eq!(objects.iter().filter(|it| it.starts_with("pods/")).count(), 2, "{objects:?}");
        let again = site.agent.call("obi_k8s_deploy", wanted).await;
        assert!(!again.contains("configured") && !again.contains("created"), "{again}");
        let status = site.agent.call("obi_k8s_status", json!({})).await;
        assert!(status.contains("2 of 2 pods ready") && !status.contains("drift"), "{status}");

        let update = json!({ "config": { "log_level": "DEBUG" } });
        let updated = site.agent.call("obi_k8s_update", update).await;
        assert!(updated.contains("rolled out (2 of 2 pods are available)"), "{updated}");
        let config = site.agent.call("obi_k8s_config", json!({})).await;
        assert!(config.contains("revision 2") && config.contains("log_level: DEBUG"), "{config}");
        let upgraded = site.agent.call("obi_k8s_upgrade", json!({ "version": "0.14.0" })).await;
        assert!(upgraded.contains("ebpf-instrument:v0.14.0"), "{upgraded}");
        let back = json!({ "revision": 1 });
        let back = site.agent.call("obi_k8s_update", back).await;
        assert!(back.contains("ebpf-instrument:v0.13.0"), "{back}");

        let removing = json!({ "delete_namespace": true });
        let removed = site.agent.call("obi_k8s_undeploy", removing.clone()).await;
        assert!(removed.contains("namespace/observability is being deleted"), "{removed}");
        assert_eq!(site.objects().await?, Vec::<String>::new());
        let again = site.agent.call("obi_k8s_undeploy", json!({})).await;
        assert!(again.contains("nothing to remove"), "{again}");
        Ok(())
    })
}

#[test]
fn what_somebody_else_has_made_or_changed_is_told_and_left_alone() -> Result<()> {
    let name =
        "kubernetes::obi::deploying::what_somebody_else_has_made_or_changed_is_told_and_left_alone";
    in_network_namespace(name, async {
        let mut site = Site::of(1, NETWORK).await?;
        let namespace = site.cluster.namespace("tools").await?;
        let foreign = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "obi-config" }, "data": { "mine": "1" },
        });
        namespace.apply(&foreign.to_string()).await?;
        let wanted = json!({ "config": network(), "namespace": namespace.name() });
        let refused = site.agent.call("obi_k8s_deploy", wanted.clone()).await;
        assert!(refused.contains("made by somebody else, and left alone"), "{refused}");
        assert!(refused.contains("adopt: true"), "{refused}");
        assert_eq!(site.objects().await?, Vec::<String>::new());

        namespace.kubectl(&["delete", "configmap", "obi-config"]).await?;
        site.agent.call("obi_k8s_deploy", wanted).await;
        let patch = r#"{"data": {"obi.yml": "trace_printer: text"}}"#;
        namespace
            .kubectl(&["patch", "configmap", "obi-config", "--type=merge", "-p", patch])
            .await?;
        let status = site.agent.call("obi_k8s_status", json!({})).await;
        assert!(status.contains("changed by others since it was deployed"), "{status}");
        let kept = json!({ "delete_namespace": true, "namespace": namespace.name() });
        let refused = site.agent.call("obi_k8s_undeploy", kept).await;
        assert!(refused.contains("was not made by obi_k8s_deploy"), "{refused}");
        let removed = site.agent.call("obi_k8s_undeploy", json!({})).await;
        assert!(removed.contains("no pod of it is left"), "{removed}");
        assert_eq!(site.objects().await?, Vec::<String>::new());
        Ok(())
    })
}

/// Pods that the API server does not let in are a rollout that fails, however well the `DaemonSet` was taken.
#[test]
fn what_cannot_come_to_run_is_taken_back_by_the_call_that_made_it() -> Result<()> {
    let name = "kubernetes::obi::deploying::what_cannot_come_to_run_is_taken_back_by_the_call_that_made_it";
    in_network_namespace(name, async {
        let mut site = Site::of(1, NETWORK).await?;
        let namespace = site.cluster.namespace("tools").await?;
        let restrict = "pod-security.kubernetes.io/enforce=restricted";
        site.cluster.kubectl(&["label", "namespace", namespace.name(), restrict]).await?;
        let wanted = json!({ "config": network(), "namespace": namespace.name() });
        let refused = site.agent.call("obi_k8s_deploy", wanted.clone()).await;
        assert!(refused.contains("Pod Security"), "{refused}");
        assert!(refused.contains("ignore_preflight: true"), "{refused}");
        assert_eq!(site.objects().await?, Vec::<String>::new());

        let mut daring = wanted.clone();
        daring["ignore_preflight"] = json!(true);
        let failed = site.agent.call("obi_k8s_deploy", daring).await;
        assert!(failed.contains("OBI does not come to run"), "{failed}");
        assert!(failed.contains("what this call made is gone again"), "{failed}");
        assert_eq!(site.objects().await?, Vec::<String>::new());

        let free = "pod-security.kubernetes.io/enforce-";
        site.cluster.kubectl(&["label", "namespace", namespace.name(), free]).await?;
        site.agent.call("obi_k8s_deploy", wanted).await;
        site.cluster.kubectl(&["label", "namespace", namespace.name(), restrict]).await?;
        let update = json!({ "config": { "log_level": "DEBUG" } });
        let failed = site.agent.call("obi_k8s_update", update).await;
        assert!(failed.contains("revision 1 is there again"), "{failed}");
        let config = site.agent.call("obi_k8s_config", json!({})).await;
        assert!(config.contains("revision 1") && !config.contains("DEBUG"), "{config}");
        Ok(())
    })
}

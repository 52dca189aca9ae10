//! Snapshots from YAML, for the tests of rules.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::Depth,
    snapshot::{List, Snapshot},
};

/// What a rule says of these objects, a line each: `[sure] deploy/web: ...`; consequences with a `>`.
pub(super) fn says(rule: &Rule, objects: &str) -> String {
    told(rule, &snapshot(objects))
}

pub(super) fn told(rule: &Rule, snapshot: &Snapshot) -> String {
    let lines = (rule.look)(snapshot).into_iter().map(|it| {
        let depth = if it.depth == Depth::Consequence { "> " } else { "" };
        let evidence: Vec<String> = it.evidence.iter().map(|it| format!("\n  {it}")).collect();
        let evidence = evidence.concat();
        format!("{depth}[{}] {}: {}{evidence}\n", it.certainty.word(), it.subject, it.problem)
    });
    lines.collect()
}

/// All lists complete, and now is 12:00 on the first of January.
pub(in super::super) fn snapshot(objects: &str) -> Snapshot {
    let objects: Vec<Value> = serde_saphyr::from_multiple(objects).unwrap();
    let mut snapshot = Snapshot {
        namespace: "shop".to_owned(),
        now: "2026-01-01T12:00:00Z".parse().unwrap(),
        space: of(&objects, "Namespace"),
        pods: of(&objects, "Pod"),
        deployments: of(&objects, "Deployment"),
        replica_sets: of(&objects, "ReplicaSet"),
        stateful_sets: of(&objects, "StatefulSet"),
        daemon_sets: of(&objects, "DaemonSet"),
        jobs: of(&objects, "Job"),
        cron_jobs: of(&objects, "CronJob"),
        services: of(&objects, "Service"),
        ingresses: of(&objects, "Ingress"),
        routes: of(&objects, "HTTPRoute"),
        gateways: of(&objects, "Gateway"),
        slices: of(&objects, "EndpointSlice"),
        claims: of(&objects, "PersistentVolumeClaim"),
        autoscalers: of(&objects, "HorizontalPodAutoscaler"),
        budgets: of(&objects, "PodDisruptionBudget"),
        quotas: of(&objects, "ResourceQuota"),
        network_policies: of(&objects, "NetworkPolicy"),
        config_maps: of(&objects, "ConfigMap"),
        secrets: of(&objects, "Secret"),
        accounts: of(&objects, "ServiceAccount"),
        keyed_config_maps: of(&objects, "ConfigMap"),
        keyed_secrets: of(&objects, "Secret"),
        nodes: of(&objects, "Node"),
        volumes: of(&objects, "PersistentVolume"),
        classes: of(&objects, "StorageClass"),
        events: of(&objects, "Event"),
        logs: logs(&objects),
        ..Snapshot::default()
    };
    snapshot.index();
    snapshot
}

fn of<T: DeserializeOwned>(objects: &[Value], kind: &str) -> List<T> {
    let of_kind = objects.iter().filter(|it| it["kind"] == kind);
    List::new(of_kind.map(|it| serde_json::from_value(it.clone()).unwrap()).collect(), true)
}

/// `{kind: Log, pod: web-1, container: app, lines: [..]}`, which no API server has.
fn logs(objects: &[Value]) -> std::collections::BTreeMap<(String, String), Vec<String>> {
    let logs = objects.iter().filter(|it| it["kind"] == "Log");
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    logs.map(|it| {
        let lines = it["lines"].as_array().unwrap().iter().map(text).collect();
        ((text(&it["pod"]), text(&it["container"])), lines)
    })
    .collect()
}

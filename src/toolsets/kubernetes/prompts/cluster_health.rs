use serde_json::json;

use super::{CONTEXT, Inquiry};

pub(super) const CLUSTER_HEALTH: Inquiry = Inquiry {
    name: "cluster_health",
    title: "Check the cluster's health",
    description: "How the nodes, workloads and pods of a cluster are, and what warns.",
    arguments: &[CONTEXT],
    words: |_| {
        "Judge how healthy this cluster is. Below is what its nodes, workloads, pods and warnings say at the moment. Look closer \
         with kubernetes_diagnose at whatever is not as it should be. Change nothing. End with a verdict in one sentence, the \
         problems in the order in which somebody should act on them, each with its evidence and the next step, and what you could \
         not see: an answer that shows a part only, or a call that was refused, proves nothing about the rest."
            .to_owned()
    },
    calls: |filled| {
        let context = filled.get("context");
        vec![
            ("kubectl_get", json!({ "context": context, "resource": "nodes", "output": "wide" })),
            (
                "kubectl_get",
                json!({ "context": context, "resource": "deployments,statefulsets,daemonsets", "all_namespaces": true, "limit": 200 }),
            ),
            (
                "kubectl_get",
                json!({ "context": context, "resource": "pods", "all_namespaces": true, "summary": true }),
            ),
            (
                "kubectl_events",
                json!({ "context": context, "all_namespaces": true, "type": "Warning", "since": "1h", "limit": 40 }),
            ),
        ]
    },
};

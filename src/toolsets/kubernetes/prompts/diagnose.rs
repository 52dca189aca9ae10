use serde_json::json;

use super::{CONTEXT, Inquiry, NAMESPACE};

pub(super) const DIAGNOSE: Inquiry = Inquiry {
    name: "diagnose",
    title: "Diagnose a workload",
    description: "Why a workload, Service, Ingress, volume claim or node does not work.",
    arguments: &[
        ("resource", "Such as deployment/web, service/web or node/n1", true),
        NAMESPACE,
        CONTEXT,
    ],
    words: |filled| {
        format!(
            "Find out why {}{} does not work as it should. Below is what was found a moment ago. Go through the findings from \
             the first, check each with the call that it names before you believe it, and follow it to its root. Change nothing. \
             End with the root cause and its evidence, the smallest change that would mend it, and what could not be looked at.",
            filled.get("resource").unwrap_or("it"),
            filled.place()
        )
    },
    calls: |filled| {
        let (resource, context) = (filled.get("resource"), filled.get("context"));
        let namespace = filled.get("namespace");
        vec![(
            "kubernetes_diagnose",
            json!({ "context": context, "namespace": namespace, "resource": resource }),
        )]
    },
};

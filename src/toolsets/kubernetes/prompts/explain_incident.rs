use serde_json::json;

use super::{CONTEXT, Inquiry, NAMESPACE};

/// How far back one looks by default.
const LATELY: &str = "1h";

pub(super) const EXPLAIN_INCIDENT: Inquiry = Inquiry {
    name: "explain_incident",
    title: "Explain an incident",
    description: "What happened in a namespace, in its order and with its cause, from events.",
    arguments: &[NAMESPACE, ("since", "10m, 2h or a time; default: 1h", false), CONTEXT],
    words: |filled| {
        format!(
            "Explain what happened{} since {}. Below are the events of that time, newest first, and what is found wrong now. Put \
             them in the order in which they happened, tell causes from what followed from them, and read logs (kubectl_logs, \
             `previous` for a container that restarted) where events do not say enough. Change nothing. End with the timeline, the \
             cause and how sure you are of it, whether it is over, and what would keep it from coming again. Events are kept for an \
             hour by default: say what may be missing.",
            filled.place(),
            filled.get("since").unwrap_or(LATELY)
        )
    },
    calls: |filled| {
        let (context, namespace) = (filled.get("context"), filled.get("namespace"));
        let since = filled.get("since").unwrap_or(LATELY);
        vec![
            (
                "kubectl_events",
                json!({ "context": context, "namespace": namespace, "since": since, "limit": 100 }),
            ),
            ("kubernetes_diagnose", json!({ "context": context, "namespace": namespace })),
        ]
    },
};

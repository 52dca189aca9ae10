use serde_json::json;

use super::{CONTEXT, Call, Filled, Inquiry, NAMESPACE};

/// Rights from which others can be had.
const FAR_REACHING: [(&str, &str); 6] = [
    ("get", "secrets"),
    ("create", "pods"),
    ("create", "pods/exec"),
    ("create", "serviceaccounts/token"),
    ("create", "rolebindings"),
    ("impersonate", "serviceaccounts"),
];

pub(super) const REVIEW_RBAC: Inquiry = Inquiry {
    name: "review_rbac",
    title: "Review the rights of a ServiceAccount",
    description: "What a ServiceAccount may do, through which bindings, and what of it is too much.",
    arguments: &[("service_account", "Its name", true), NAMESPACE, CONTEXT],
    words: |filled| {
        format!(
            "Review what ServiceAccount {}{} may do. Below are the bindings that name it or a group it is in, whether it has rights \
             from which others can be had, and the pods that run as it. Read the rules of each role (kubectl_get, output yaml). Change \
             nothing. End with what it may do and through which binding, what of that its pods do not seem to need, how somebody who \
             has taken over one of its pods could go on from there, and the smallest role that would do. Say what you could not see.",
            filled.get("service_account").unwrap_or_default(),
            filled.place()
        )
    },
    calls,
};

fn calls(filled: &Filled<'_>) -> Vec<Call> {
    let (context, namespace) = (filled.get("context"), filled.get("namespace"));
    let account = filled.get("service_account").unwrap_or_default();
    let mut calls = vec![
        (
            "kubectl_get",
            json!({
                "context": context, "resource": "rolebindings,clusterrolebindings", "all_namespaces": true,
                "output": "wide", "grep": subjects(namespace, account),
            }),
        ),
        (
            "kubectl_get",
            json!({
                "context": context, "namespace": namespace, "resource": "pods",
                "field_selector": format!("spec.serviceAccountName={account}"), "limit": 20,
            }),
        ),
    ];
    calls.extend(FAR_REACHING.map(|(verb, resource)| {
        let arguments = json!({
            "context": context, "namespace": namespace, "verb": verb, "resource": resource, "as": format!("sa/{account}"),
        });
        ("kubectl_auth_check", arguments)
    }));
    calls
}

/// The account as bindings name it, `shop/web`, and the groups that every such account is in.
fn subjects(namespace: Option<&str>, account: &str) -> String {
    let namespace = namespace.unwrap_or("[a-z0-9-]+");
    // The only character in a name that means something in a regex.
    let account = account.replace('.', r"\.");
    format!(
        r"(^|[\s,])({namespace}/{account}|system:serviceaccounts(:{namespace})?|system:authenticated)([\s,]|$)"
    )
}

use serde_json::{Value, json};

use super::{CONTEXT, Call, Filled, Inquiry};

/// Rights from which others can be had: in the namespace, and in all of them.
const FAR_REACHING: [(&str, &str); 8] = [
    ("list", "secrets"),
    ("create", "pods"),
    ("create", "pods/exec"),
    ("create", "serviceaccounts/token"),
    ("create", "rolebindings"),
    ("bind", "roles"),
    ("escalate", "roles"),
    ("impersonate", "serviceaccounts"),
];
const EVERYWHERE: [(&str, &str); 5] = [
    ("list", "secrets"),
    ("create", "pods"),
    ("create", "clusterrolebindings"),
    ("escalate", "clusterroles"),
    ("get", "nodes/proxy"),
];

pub(super) const REVIEW_RBAC: Inquiry = Inquiry {
    name: "review_rbac",
    title: "Review the rights of a ServiceAccount",
    description: "What a ServiceAccount may do, through which bindings, and what of it is too much.",
    arguments: &[
        ("service_account", "Its name", true),
        ("namespace", "Where it is", true),
        CONTEXT,
    ],
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
    let (context, namespace) = (filled.get("context"), filled.get("namespace").unwrap_or_default());
    let account = filled.get("service_account").unwrap_or_default();
    let own = json!({
        "context": context, "namespace": namespace, "resource": "serviceaccounts", "name": account,
    });
    let bindings = json!({
        "context": context, "resource": "rolebindings,clusterrolebindings", "all_namespaces": true,
        "output": "wide", "grep": subjects(namespace, account),
    });
    let pods = json!({
        "context": context, "namespace": namespace, "resource": "pods",
        "field_selector": format!("spec.serviceAccountName={account}"), "limit": 20,
    });
    let user = format!("system:serviceaccount:{namespace}:{account}");
    let may = |(verb, resource): (&str, &str), place: (&str, Value)| {
        let mut arguments =
            json!({ "context": context, "verb": verb, "resource": resource, "as": user });
        if let Value::Object(arguments) = &mut arguments {
            arguments.insert(place.0.to_owned(), place.1);
        }
        ("kubectl_auth_check", arguments)
    };
    let mut calls = vec![("kubectl_get", own), ("kubectl_get", bindings), ("kubectl_get", pods)];
    calls.extend(FAR_REACHING.map(|it| may(it, ("namespace", namespace.into()))));
    calls.extend(EVERYWHERE.map(|it| may(it, ("all_namespaces", true.into()))));
    calls
}

/// The account as bindings name it, `shop/web` or as a user, and the groups that every such account is in.
fn subjects(namespace: &str, account: &str) -> String {
    // The only character in a name that means something in a regex.
    let (namespace, account) = (namespace.replace('.', r"\."), account.replace('.', r"\."));
    format!(
        r"(^|[\s,])({namespace}/{account}|system:serviceaccount:{namespace}:{account}|system:serviceaccounts(:{namespace})?|system:authenticated)([\s,]|$)"
    )
}

//! A container ends because the API server refuses its `ServiceAccount` something.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{
    Rule,
    crash::{self, Crash},
    seen::{Seen, seen},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "forbidden", look };

/// The API server's own sentence, as clients print it; quotes may be escaped.
static SENTENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"cannot (?<verb>[a-z]+) resource \\?"(?<resource>[a-z0-9/.-]+)\\?" in API group \\?"(?<group>[a-z0-9.-]*)\\?"(?: in the namespace \\?"(?<namespace>[a-z0-9-]+)\\?")?"#,
    )
    .expect("a constant")
});

/// Who was refused.
static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("system:serviceaccount:[a-z0-9.-]+:([a-z0-9.-]+)").expect("a constant")
});

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let refused = seen(snapshot, |pod| {
        crash::first(snapshot, pod, Crash::Forbidden).map(|it| it.name.as_str())
    });
    refused.iter().filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, refused: &Seen<'_, &str>) -> Option<Finding> {
    let pod = refused.pod()?;
    let container = pod.statuses().find(|it| it.name == refused.what)?;
    let line = crash::forbidden_line(snapshot, pod, container)?;
    let own = Some(pod.spec.service_account_name.as_str()).filter(|it| !it.is_empty());
    let user = ACCOUNT.captures(line);
    let named = user.as_ref().and_then(|it| Some(it.get(1)?.as_str()));
    let account = named.or(own).unwrap_or("default");
    let user = user.map_or_else(
        || format!("system:serviceaccount:{}:{account}", snapshot.namespace),
        |it| it.get(0).map_or("", |it| it.as_str()).to_owned(),
    );
    let right = Right::read(line);
    let what = right.as_ref().map_or_else(|| "do what its log says".to_owned(), Right::told);
    let problem = format!(
        "container {} ends because ServiceAccount {account} may not {what} (RBAC){}",
        refused.what,
        refused.count()
    );
    let bindings =
        || Call { tool: "kubectl_get", arguments: json!({ "resource": "rolebindings" }) };
    let next = right.map_or_else(bindings, |it| it.check(&user));
    let finding = Finding::likely(refused.subject.clone(), problem);
    Some(finding.said(&format!("log: {line}")).next(next))
}

/// What was refused, made of characters that names have.
struct Right<'a> {
    verb: &'a str,
    resource: String,
    namespace: Option<&'a str>,
}

impl<'a> Right<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let found = SENTENCE.captures(line)?;
        let part = |name: &str| found.name(name).map(|it| it.as_str());
        let resource = match part("group").filter(|it| !it.is_empty()) {
            Some(group) => format!("{}.{group}", part("resource")?),
            None => part("resource")?.to_owned(),
        };
        Some(Self { verb: part("verb")?, resource, namespace: part("namespace") })
    }

    /// `list pods.metrics.k8s.io in namespace shop`
    fn told(&self) -> String {
        let place = match self.namespace {
            None => "cluster-wide".to_owned(),
            Some(namespace) => format!("in namespace {namespace}"),
        };
        format!("{} {} {place}", self.verb, self.resource)
    }

    fn check(&self, user: &str) -> Call {
        let (verb, resource) = (self.verb, &self.resource);
        let arguments = match self.namespace {
            Some(namespace) => {
                json!({ "verb": verb, "resource": resource, "as": user, "namespace": namespace })
            }
            None => {
                json!({ "verb": verb, "resource": resource, "as": user, "all_namespaces": true })
            }
        };
        Call { tool: "kubectl_auth_check", arguments }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn the_missing_right_is_read_from_the_log() {
        let objects = r#"
kind: Pod
metadata: {name: web-1}
spec: {serviceAccountName: agent, containers: [{name: app}]}
status:
  phase: Running
  containerStatuses:
  - {name: app, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1}}}
---
kind: Log
pod: web-1
container: app
lines: ['pods is forbidden: User "system:serviceaccount:shop:agent" cannot list resource "pods" in API group "" in the namespace "shop"']
"#;
        expect![[r#"
            [likely] pod/web-1: container app ends because ServiceAccount agent may not list pods in namespace shop (RBAC)
              log: pods is forbidden: User "system:serviceaccount:shop:agent" cannot list resource "pods" in API group "" in the namespace "shop"
        "#]]
        .assert_eq(&says(&RULE, objects));
    }
}

//! A pod cannot start because a `ConfigMap`, a Secret or a key of one is not there.

use super::{Rule, seen::seen};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{Keyed, Pod},
    reference::{Holder, Reference, references},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "missing_config", look };

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lack {
    Object,
    Key,
}

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let lacking = seen(snapshot, |pod| {
        let waits = pod.is_troubled() && pod.waiting().next().is_some();
        if waits { first(snapshot, pod) } else { None }
    });
    let tell = |it: &super::seen::Seen<'_, (Lack, Reference<'_>)>| {
        let (lack, reference) = it.what;
        let pod = it.pod()?;
        let problem = format!("{}{}", told(snapshot, lack, reference), it.count());
        let waiting = pod.waiting().find(|it| it.1.reason.contains("Config"));
        let finding = Finding::sure(it.subject.clone(), problem)
            .said(waiting.map_or("", |it| it.1.message.as_str()))
            .event(snapshot.event(pod, &["FailedMount", "Failed"]));
        let list = match reference.holder {
            Holder::ConfigMap => "configmaps",
            Holder::Secret => "secrets",
        };
        Some(finding.next(Call::get(list)))
    };
    lacking.iter().filter_map(tell).collect()
}

/// The first thing that the pod needs and that is not there.
fn first<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Option<(Lack, Reference<'a>)> {
    let needed = references(&pod.spec).filter(|it| !it.optional);
    let mut lacking = needed.filter_map(|it| Some((lack(snapshot, it)?, it)));
    lacking.next()
}

fn lack(snapshot: &Snapshot, reference: Reference<'_>) -> Option<Lack> {
    let Reference { holder, name, key, .. } = reference;
    let (all, keyed) = match holder {
        Holder::ConfigMap => (&snapshot.config_maps, &snapshot.keyed_config_maps),
        Holder::Secret => (&snapshot.secrets, &snapshot.keyed_secrets),
    };
    if all.lacks(name) {
        return Some(Lack::Object);
    }
    keyed.named(name).is_some_and(|it| key.is_some_and(|key| !it.has(key))).then_some(Lack::Key)
}

fn told(snapshot: &Snapshot, lack: Lack, reference: Reference<'_>) -> String {
    let Reference { holder, name, key, user, .. } = reference;
    let kind = holder.kind().long();
    match (lack, key) {
        (Lack::Key, Some(key)) => {
            let keyed = match holder {
                Holder::ConfigMap => &snapshot.keyed_config_maps,
                Holder::Secret => &snapshot.keyed_secrets,
            };
            let keys: Vec<String> =
                keyed.named(name).into_iter().flat_map(Keyed::keys).take(8).map(word).collect();
            let has = if keys.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", keys.join(", "))
            };
            format!("{kind} {} has no key {}, which {user} needs; {has}", word(name), word(key))
        }
        _ => format!("{kind} {} does not exist, and {user} needs it", word(name)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    const POD: &str = "
kind: Pod
metadata: {name: web-1}
spec:
  nodeName: n1
  containers:
  - name: app
    env: [{name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}]
status:
  phase: Pending
  containerStatuses:
  - {name: app, state: {waiting: {reason: CreateContainerConfigError, message: 'configmap not found'}}}
";

    #[test]
    fn a_config_map_that_is_not_there_is_named() {
        expect![[r"
            [sure] pod/web-1: ConfigMap settings does not exist, and app needs it
              configmap not found
        "]]
        .assert_eq(&says(&RULE, POD));
    }

    #[test]
    fn a_key_that_is_not_there_is_named_with_those_that_are() {
        let objects = format!(
            "{POD}---\n{{kind: ConfigMap, metadata: {{name: settings}}, data: {{color: blue}}}}\n"
        );
        expect![[r"
            [sure] pod/web-1: ConfigMap settings has no key mode, which app needs; it has color
              configmap not found
        "]]
        .assert_eq(&says(&RULE, &objects));
    }
}

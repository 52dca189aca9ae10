//! Something is deleted and stays, because a finalizer holds it.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{Meta, Named},
    snapshot::{List, Snapshot},
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "finalizers", look };

/// Finalizers that the cluster's own controllers remove in a moment get so long, in seconds.
const PATIENCE: i64 = 30;

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let mut held = Vec::new();
    add(&mut held, Kind::Pod, &snapshot.pods);
    add(&mut held, Kind::Claim, &snapshot.claims);
    add(&mut held, Kind::Service, &snapshot.services);
    add(&mut held, Kind::Ingress, &snapshot.ingresses);
    add(&mut held, Kind::Job, &snapshot.jobs);
    let workloads = snapshot.workloads().filter(|it| it.1.metadata.deletion_timestamp.is_some());
    held.extend(workloads.map(|it| (it.0, &it.1.metadata)));
    held.into_iter().filter_map(|(subject, meta)| tell(snapshot, subject, meta)).collect()
}

fn add<'a, T: Named>(held: &mut Vec<(Subject, &'a Meta)>, kind: Kind, list: &'a List<T>) {
    let deleted = list.iter().filter(|it| it.meta().deletion_timestamp.is_some());
    held.extend(deleted.map(|it| (Subject::new(kind, it.name()), it.meta())));
}

fn tell(snapshot: &Snapshot, subject: Subject, meta: &Meta) -> Option<Finding> {
    let since = snapshot.now.as_second() - meta.deletion_timestamp?.as_second();
    let own = |it: &&String| it.starts_with("kubernetes.io/") || !it.contains('/');
    let others: Vec<String> = meta.finalizers.iter().map(|it| word(it)).collect();
    let is_own = meta.finalizers.iter().all(|it| own(&it));
    if others.is_empty() || (is_own && since < PATIENCE) {
        return None;
    }
    let held = if meta.finalizers.iter().any(|it| it == "kubernetes.io/pvc-protection") {
        "a pod still uses it".to_owned()
    } else {
        "its controller has to remove it".to_owned()
    };
    let next =
        Call::fields(&subject.to_string(), &["metadata.finalizers", "metadata.deletionTimestamp"]);
    let problem = format!("is deleted and held by finalizer {}: {held}", others.join(", "));
    Some(Finding::sure(subject, problem).next(next))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn what_is_held_is_told_with_its_finalizer() {
        let objects = "
kind: Service
metadata: {name: web, deletionTimestamp: '2026-01-01T11:59:50Z', finalizers: [example.com/hold]}
---
kind: PersistentVolumeClaim
metadata: {name: new, deletionTimestamp: '2026-01-01T11:59:50Z', finalizers: [kubernetes.io/pvc-protection]}
---
kind: PersistentVolumeClaim
metadata: {name: old, deletionTimestamp: '2026-01-01T11:00:00Z', finalizers: [kubernetes.io/pvc-protection]}
";
        expect![[r"
            [sure] pvc/old: is deleted and held by finalizer kubernetes.io/pvc-protection: a pod still uses it
            [sure] svc/web: is deleted and held by finalizer example.com/hold: its controller has to remove it
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}

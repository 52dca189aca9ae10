//! A `StatefulSet` starts its pods one after the other, and one of them is not ready.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Named, Pod, Workload},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "ordinal_blocked", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let ordered =
        snapshot.stateful_sets.iter().filter(|it| it.spec.pod_management_policy != "Parallel");
    ordered.filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, set: &Workload) -> Option<Finding> {
    let subject = Subject::new(Kind::StatefulSet, set.name());
    let mut pods: Vec<(u32, &Pod)> = snapshot
        .pods_of(&subject)
        .filter_map(|it| Some((it.name().rsplit_once('-')?.1.parse().ok()?, it)))
        .collect();
    pods.sort_by_key(|it| it.0);
    let waiting = set.wanted() - i32::try_from(pods.len()).unwrap_or(i32::MAX);
    let blocking = pods.into_iter().map(|it| it.1).find(|it| !it.is_ready())?;
    if waiting <= 0 {
        return None;
    }
    let problem = format!(
        "{waiting} of {} pods are not created before pod {} is ready",
        set.wanted(),
        blocking.name()
    );
    let pod = Subject::new(Kind::Pod, blocking.name());
    Some(Finding::sure(subject, problem).consequence().next(Call::diagnose(&pod)))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn the_pod_that_the_others_wait_for_is_named() {
        let objects = "
{kind: StatefulSet, metadata: {name: db}, spec: {replicas: 3}}
---
kind: Pod
metadata: {name: db-0, ownerReferences: [{kind: StatefulSet, name: db, controller: true}]}
status: {phase: Running}
";
        expect![[r"
            > [sure] sts/db: 2 of 3 pods are not created before pod db-0 is ready
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}

//! A workload that is told to have no pods.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    snapshot::Snapshot,
    subject::Kind,
};

pub(super) const RULE: Rule = Rule { name: "scaled_to_zero", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let used: Vec<_> = snapshot.services.iter().flat_map(|it| snapshot.behind(it)).collect();
    let zero = snapshot.workloads().filter(|(subject, it)| {
        matches!(subject.kind, Kind::Deployment | Kind::StatefulSet) && it.wanted() == 0
    });
    let tell = |it| {
        let problem = "is scaled to zero: replicas is 0";
        // With a Service before it, somebody expects it to be there.
        let finding = if used.contains(&it) {
            Finding::sure(it.clone(), problem)
        } else {
            Finding::likely(it.clone(), problem)
        };
        finding.next(Call::get(&it.to_string()))
    };
    zero.map(|it| tell(it.0)).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_workload_without_replicas_is_surely_missed_when_a_service_leads_to_it() {
        let objects = "
{kind: Deployment, metadata: {name: web}, spec: {replicas: 0, template: {metadata: {labels: {app: web}}}}}
---
{kind: Service, metadata: {name: web}, spec: {selector: {app: web}}}
---
{kind: Deployment, metadata: {name: old}, spec: {replicas: 0}}
";
        expect![[r"
            [sure] deploy/web: is scaled to zero: replicas is 0
            [likely] deploy/old: is scaled to zero: replicas is 0
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}

//! A rollout that does not go on: the old pods serve, or nobody does.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Named, Workload, condition},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "rollout_stuck", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    snapshot.deployments.iter().filter_map(tell).collect()
}

fn tell(deployment: &Workload) -> Option<Finding> {
    let subject = Subject::new(Kind::Deployment, deployment.name());
    let next = Call::get(&format!("deploy/{}", deployment.name()));
    let status = &deployment.status;
    let wanted = deployment.wanted();
    if deployment.spec.paused && status.updated_replicas < wanted {
        let problem = format!(
            "its rollout is paused: {} of {wanted} pods are of the new version",
            status.updated_replicas
        );
        return Some(Finding::sure(subject, problem).next(next));
    }
    let stuck = condition(&status.conditions, "Progressing", "False")?;
    let problem = format!(
        "its rollout is stuck ({}): {} of {wanted} pods are of the new version, {} are ready",
        if stuck.reason == "ProgressDeadlineExceeded" {
            "progress deadline passed"
        } else {
            "no progress"
        },
        status.updated_replicas,
        status.ready_replicas
    );
    Some(Finding::sure(subject, problem).consequence().next(next))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_passed_deadline_is_a_consequence() {
        let objects = "
kind: Deployment
metadata: {name: web}
spec: {replicas: 3}
status:
  updatedReplicas: 1
  readyReplicas: 3
  conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]
";
        expect![[r"
            > [sure] deploy/web: its rollout is stuck (progress deadline passed): 1 of 3 pods are of the new version, 3 are ready
        "]]
        .assert_eq(&says(&RULE, objects));
    }

    #[test]
    fn a_pause_is_a_cause() {
        let objects =
            "{kind: Deployment, metadata: {name: web}, spec: {paused: true, replicas: 2}}";
        expect![[r"
            [sure] deploy/web: its rollout is paused: 0 of 2 pods are of the new version
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}

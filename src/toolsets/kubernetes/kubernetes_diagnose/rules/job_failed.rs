//! A Job that has failed, or that is held.

use super::{
    Rule,
    crash::{self, Crash},
    crash_loop::with_words,
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Job, Named, Pod, condition},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "job_failed", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    snapshot.jobs.iter().filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, job: &Job) -> Option<Finding> {
    let subject = Subject::new(Kind::Job, job.name());
    let next = Call::get(&format!("job/{}", job.name()));
    if job.spec.suspend {
        let problem = "is suspended: it starts no pods";
        return Some(Finding::sure(subject, problem).next(next));
    }
    let failed = condition(&job.status.conditions, "Failed", "True")
        .or_else(|| condition(&job.status.conditions, "FailureTarget", "True"))?;
    let ended = snapshot.pods.iter().find(|it| {
        it.status.phase == "Failed"
            && snapshot.job_of(it).is_some_and(|owner| owner.name() == job.name())
    });
    let code = ended.and_then(exit_code);
    let code = code.map(|it| format!("; its last pod ended with exit code {it}"));
    let code = code.unwrap_or_default();
    let problem = match failed.reason.as_str() {
        "BackoffLimitExceeded" => format!(
            "has failed: {} of its pods failed, more than its backoffLimit {} allows{code}",
            job.status.failed,
            job.spec.backoff_limit.unwrap_or(6)
        ),
        "DeadlineExceeded" => format!(
            "has failed: it took longer than its activeDeadlineSeconds {}",
            job.spec.active_deadline_seconds.unwrap_or_default()
        ),
        "PodFailurePolicy" => format!("has failed by its podFailurePolicy{code}"),
        _ => format!("has failed{code}"),
    };
    let finding = Finding::sure(subject, problem).said(&failed.message);
    let words = ended.and_then(|pod| Some((pod, pod.statuses().find(|it| it.crashes())?)));
    Some(match words {
        Some((pod, container)) => {
            let finding = with_words(snapshot, finding, pod, container);
            // Why it crashed is another rule's to tell.
            let is_known = crash::of(snapshot, pod, container) != Crash::Other;
            if is_known { finding.consequence() } else { finding }
        }
        None => finding.next(next),
    })
}

fn exit_code(pod: &Pod) -> Option<i32> {
    pod.statuses().filter_map(|it| it.last_end()).map(|it| it.exit_code).find(|it| *it != 0)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_job_that_failed_too_often_is_told_with_the_exit_code() {
        let objects = "
kind: Job
metadata: {name: migrate}
spec: {backoffLimit: 2}
status: {failed: 3, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: backoff}]}
---
kind: Pod
metadata: {name: migrate-x, ownerReferences: [{kind: Job, name: migrate, controller: true}]}
status: {phase: Failed, containerStatuses: [{name: app, state: {terminated: {exitCode: 3}}}]}
---
{kind: Log, pod: migrate-x, container: app, lines: [no table]}
";
        expect![[r"
            [sure] job/migrate: has failed: 3 of its pods failed, more than its backoffLimit 2 allows; its last pod ended with exit code 3
              backoff
              log: no table
        "]]
        .assert_eq(&says(&RULE, objects));
    }

    #[test]
    fn a_suspended_job_is_told() {
        let objects = "{kind: Job, metadata: {name: migrate}, spec: {suspend: true}}";
        assert!(says(&RULE, objects).contains("is suspended"));
    }
}

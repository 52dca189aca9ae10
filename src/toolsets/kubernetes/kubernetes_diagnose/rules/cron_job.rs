//! A `CronJob` that is suspended or has missed its times.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{CronJob, Named},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "cron_job", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    snapshot.cron_jobs.iter().filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, cron_job: &CronJob) -> Option<Finding> {
    let name = cron_job.name();
    let subject = Subject::new(Kind::CronJob, name);
    let next = Call::get(&format!("cronjob/{name}"));
    if cron_job.spec.suspend {
        let last = cron_job.status.last_schedule_time.map_or_else(
            || "it has never run".to_owned(),
            |it| format!("it last ran {} ago", crate::output::age::of(it, snapshot.now)),
        );
        return Some(Finding::likely(subject, format!("is suspended; {last}")).next(next));
    }
    let running = cron_job.status.active.len();
    let missed = ["MissSchedule", "TooManyMissedTimes", "MissingSchedule"];
    let mut events = snapshot.events_of(Kind::CronJob, name);
    if let Some(event) = events.find(|it| missed.contains(&it.reason.as_str())) {
        let problem = "has missed times at which it should have run";
        return Some(Finding::likely(subject, problem).event(Some(event)).next(next));
    }
    if let Some(event) = snapshot
        .events_of(Kind::CronJob, name)
        .find(|it| it.reason == "UnparseableSchedule" || it.reason == "InvalidSchedule")
    {
        let problem = format!("its schedule {} cannot be read", word(&cron_job.spec.schedule));
        return Some(Finding::sure(subject, problem).event(Some(event)).next(next));
    }
    let is_blocked = cron_job.spec.concurrency_policy == "Forbid" && running > 0;
    let since = snapshot.now.as_second() - cron_job.status.last_schedule_time?.as_second();
    // Only a job that is older than any usual run is worth a word.
    (is_blocked && since > 6 * 3600).then(|| {
        let problem =
            "a run of it is still active, and its concurrencyPolicy Forbid lets no other start";
        Finding::possible(subject, problem).next(next)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_suspended_one_is_told_with_its_last_run() {
        let objects = "
kind: CronJob
metadata: {name: backup}
spec: {suspend: true}
status: {lastScheduleTime: '2026-01-01T09:00:00Z'}
";
        expect![[r"
            [likely] cronjob/backup: is suspended; it last ran 3h ago
        "]]
        .assert_eq(&says(&RULE, objects));
    }

    #[test]
    fn missed_times_are_told_with_the_event() {
        let objects = "
{kind: CronJob, metadata: {name: backup}}
---
{kind: Event, involvedObject: {kind: CronJob, name: backup}, reason: TooManyMissedTimes, message: too many}
";
        assert!(says(&RULE, objects).contains("event TooManyMissedTimes: too many"));
    }
}

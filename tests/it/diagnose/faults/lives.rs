//! Jobs, nodes, and things that do not go away.

use serde_json::json;

use crate::diagnose::{
    fault::{BROKEN, Fault, Until},
    manifests::{app, crashing, ready, template, workload},
};

pub fn batch() -> Vec<Fault> {
    let failed = "phase: Failed\nconditions: [{type: Ready, status: 'False'}]\ncontainerStatuses: [{name: app, image: x, imageID: '', ready: false, restartCount: 0, state: {terminated: {reason: Error, exitCode: 3}}}]\n";
    let job = |more: &str, status: &str| {
        let template = template("migrate", &format!("restartPolicy: Never, {}", app("")), status);
        format!(
            "\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: migrate}}\nspec: {{{more}{template}}}\n"
        )
    };
    let template = template("backup", &format!("restartPolicy: Never, {}", app("")), "");
    let cron_job = |more: &str| {
        format!(
            "\napiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: backup}}\nspec: {{{more}, jobTemplate: {{spec: {{{template}}}}}}}\n"
        )
    };
    vec![
        Fault::new(
            "Job fails too often",
            "more than its backoffLimit 0 allows; its last pod ended with exit code 3",
        )
        .plant_yaml(
            job("backoffLimit: 0, ", failed),
            Until::Is("jobs.batch", "migrate", "/status/conditions", "BackoffLimitExceeded"),
        )
        .log(&["no table"])
        .ask("job/migrate"),
        Fault::new("Job takes too long", "it took longer than its activeDeadlineSeconds 1")
            .plant_yaml(
                job("activeDeadlineSeconds: 1, ", &ready()),
                Until::Is("jobs.batch", "migrate", "/status/conditions", "DeadlineExceeded"),
            )
            .ask("job/migrate"),
        Fault::new("CronJob is suspended", "is suspended")
            .plant_yaml(cron_job("schedule: '0 3 * * *', suspend: true"), Until::Now)
            .ask("cronjob/backup"),
        Fault::new("CronJob has missed its times", "has missed times at which it should have run")
            .plant_yaml(cron_job("schedule: '* * * * *'"), Until::Now)
            .status(
                "cronjobs.batch",
                "backup",
                json!({"lastScheduleTime": "2026-01-01T00:00:00Z"}),
                Until::Event("TooManyMissedTimes"),
            )
            .ask("cronjob/backup"),
        Fault::new("first of a StatefulSet blocks the others", "crashes: exit code 1")
            .plant_yaml(
                workload(
                    "StatefulSet",
                    "db",
                    "replicas: 3, ",
                    &app(""),
                    &crashing("reason: Error, exitCode: 1"),
                ),
                Until::Pods(1),
            )
            .ask("sts/db"),
    ]
}

pub fn lives() -> Vec<Fault> {
    let evicted = "phase: Failed\nreason: Evicted\nmessage: 'The node was low on resource: memory.'\nconditions: [{type: Ready, status: 'False'}]\n";
    let pod = |more: &str, status: &str| {
        format!(
            "\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, annotations: {{tacklebox.test/status: {status:?}}}{more}}}\nspec: {{terminationGracePeriodSeconds: 0, {}}}\n",
            app("")
        )
    };
    vec![
        Fault::new("node evicts", "has evicted 1 of its pods")
            .plant_yaml(pod("", evicted), Until::Pods(1))
            .ask("pod/web"),
        Fault::new("node of a pod is not ready", "node/node-broken: is NotReady")
            .plant_yaml(
                format!("\napiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{nodeName: {BROKEN}, {}}}\n", app("")),
                Until::Now,
            )
            .ask("pod/web"),
        Fault::new("node is not ready", "node/node-broken: is NotReady").ask("node/node-broken"),
        Fault::new("finalizer holds a pod", "is deleted and held by finalizer example.com/hold")
            .plant_yaml(pod(", finalizers: [example.com/hold]", &ready()), Until::Pods(1))
            .delete("pod", "web")
            .ask("pod/web"),
        Fault::new("namespace stays Terminating", "is Terminating, so nothing can be created in it: finalizers")
            .plant_yaml("{apiVersion: v1, kind: ConfigMap, metadata: {name: held, finalizers: [example.com/hold]}}", Until::Now)
            .delete("namespace", "{namespace}"),
        Fault::new("rollout is paused", "its rollout is paused")
            .plant_yaml(
                workload("Deployment", "web", "replicas: 1, paused: true, ", &app(""), &ready()),
                Until::Is("deployments.apps", "web", "/status/observedGeneration", "1"),
            )
            .ask("deploy/web"),
    ]
}

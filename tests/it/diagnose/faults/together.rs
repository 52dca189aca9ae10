//! Several things at once, and chains of them.

use crate::diagnose::{
    fault::{Fault, Until},
    faults::refusals::HPA,
    manifests::{
        DATA, HTTP, PORTS, app, claim, crashing, deployment, ingress, ready, service, status,
        template, unready, waiting, workload,
    },
};

pub fn together() -> Vec<Fault> {
    let crash = || crashing("reason: Error, exitCode: 1");
    let mode = || {
        app(
            ", ports: [{name: http, containerPort: 8080}], env: [{name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}]",
        )
    };
    let unready_web = || {
        deployment(
            "web",
            &app(&format!("{PORTS}, readinessProbe: {{httpGet: {{port: 8080}}}}")),
            &unready(),
        )
    };
    let told_web = || {
        let probe = ", readinessProbe: {httpGet: {port: 8080}}";
        let url = ", env: [{name: URL, value: 'postgres://app@db:5432/app'}]";
        deployment("web", &app(&format!("{PORTS}{probe}{url}")), &unready())
    };
    let database = || workload("StatefulSet", "db", "replicas: 1, ", &app(""), &crash());
    let busy = || {
        format!(
            "{}{BACKUP}{HPA}---{BUDGET}",
            deployment("web", &app(""), &waiting("ErrImagePull", "manifest unknown"))
        )
    };
    let oom = status(
        "Failed",
        "False",
        "restartCount: 0, state: {terminated: {reason: OOMKilled, exitCode: 137}}",
    );
    let migrate = template("migrate", &format!("restartPolicy: Never, {}", app("")), &oom);
    vec![
        Fault::new("image fails beside a suspended CronJob and a blind autoscaler", "deploy/web: container app cannot pull")
            .plant_yaml(busy(), Until::Is("horizontalpodautoscalers.autoscaling", "web", "/status/conditions", "ScalingActive")),
        Fault::new("database crashes, web is not ready for it", "sts/db: container app crashes")
            .plant_yaml(format!("{}{}", unready_web(), database()), Until::Pods(2))
            .event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        Fault::new("nothing says that web needs the database, asked about web", "sts/db: container app crashes")
            .plant_yaml(format!("{}{}", unready_web(), database()), Until::Pods(2))
            .event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
            .ask("deploy/web"),
        Fault::new("web is told of the database, which crashes", "sts/db: container app crashes")
            .plant_yaml(
                format!("{}{}{}", told_web(), database(), service("db", "db", "{port: 5432}")),
                Until::Pods(2),
            )
            .event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
            .ask("deploy/web"),
        Fault::new("quota stops a rollout", "ResourceQuota small is exceeded (small: pods 1 of 1)")
            .plant_yaml("{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {pods: '1'}}}", Until::Is("resourcequotas", "small", "/status/hard", "1"))
            .plant_yaml(deployment("web", "containers: [{name: app, image: 'web:1'}]", &ready()), Until::Is("deployments.apps", "web", "/status/readyReplicas", "1"))
            .plant_yaml(deployment("web", &app(""), &ready()), Until::Event("FailedCreate"))
            .ask("deploy/web"),
        Fault::new("provisioner does not run", "the provisioner example.com/disk of StorageClass slow has made no volume")
            .plant_yaml(
                format!("{}{}", claim("storageClassName: slow, "), deployment("web", &format!("{}{DATA}", app("")), "")),
                Until::Event("FailedScheduling"),
            )
            .ask("{pod}"),
        Fault::new("ConfigMap is missing, asked about the Ingress", "deploy/web: ConfigMap settings does not exist")
            .plant_yaml(
                format!("{}{}{}", deployment("web", &mode(), &waiting("CreateContainerConfigError", "")), service("web", "web", HTTP), ingress("web", 80, "")),
                Until::Pods(1),
            )
            .ask("ingress/front"),
        Fault::new("Service selects nothing, something else crashes", "svc/web: its selector app=wbe matches no pod")
            .plant_yaml(format!("{}{}{}", deployment("web", &app(PORTS), &ready()), service("web", "wbe", HTTP), database()), Until::Pods(2))
            .ask("svc/web"),
        Fault::new("Job runs out of memory", "is killed for want of memory (OOMKilled)")
            .plant_yaml(format!("\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: migrate}}\nspec: {{backoffLimit: 0, {migrate}}}\n"), Until::Is("jobs.batch", "migrate", "/status/conditions", "BackoffLimitExceeded"))
            .ask("job/migrate"),
    ]
}

const BACKUP: &str = "
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec: {schedule: '0 3 * * *', suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: backup}]}}}}}
---";

const BUDGET: &str = "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
";

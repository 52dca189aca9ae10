//! Containers that do not start, or do not go on running.

use crate::diagnose::{
    fault::{Fault, Until},
    manifests::{
        HTTP, PORTS, app, crashing, deployment, ingress, ready, service, unready, waiting, workload,
    },
};

pub fn images() -> Vec<Fault> {
    let unknown = waiting("ImagePullBackOff", "Back-off pulling image");
    let denied = waiting("ErrImagePull", "401 Unauthorized");
    vec![
        Fault::new("image tag does not exist", "the registry has no such image or tag")
            .plant_yaml(deployment("web", &app(""), &unknown), Until::Pods(1))
            .event("Failed", "Failed to pull image: manifest unknown")
            .ask("deploy/web"),
        Fault::new("pull secret is missing", "its pull secret hub does not exist")
            .plant_yaml(
                deployment(
                    "web",
                    &format!("{}, imagePullSecrets: [{{name: hub}}]", app("")),
                    &denied,
                ),
                Until::Pods(1),
            )
            .ask("{pod}"),
        Fault::new(
            "new version's image fails, old pods serve",
            "cannot pull registry.example/web:9",
        )
        .plant_yaml(
            deployment("web", "containers: [{name: app, image: 'web:1'}]", &ready()),
            Until::Is("deployments.apps", "web", "/status/readyReplicas", "1"),
        )
        .plant_yaml(
            workload(
                "Deployment",
                "web",
                "replicas: 1, progressDeadlineSeconds: 1, ",
                &app(""),
                &unknown,
            ),
            Until::Is("deployments.apps", "web", "/status/conditions", "ProgressDeadlineExceeded"),
        )
        .ask("deploy/web"),
    ]
}

pub fn crashes() -> Vec<Fault> {
    let error = crashing("reason: Error, exitCode: 1");
    vec![
        Fault::new("program crashes at its start", "crashes: exit code 1, 5 restarts")
            .plant_yaml(deployment("web", &app(""), &error), Until::Pods(1))
            .log(&["starting", "panic: cannot parse DSN"]),
        Fault::new("memory limit is too low", "OOMKilled), limit 64Mi")
            .plant_yaml(
                deployment("web", &app(", resources: {limits: {memory: 64Mi}}"), &crashing("reason: OOMKilled, exitCode: 137")),
                Until::Pods(1),
            )
            .ask("{pod}"),
        Fault::new("account has no Role", "may not list pods in namespace")
            .plant_yaml(deployment("web", &app(""), &error), Until::Pods(1))
            .log(&["error: pods is forbidden: User \"system:serviceaccount:shop:default\" cannot list resource \"pods\" in API group \"\" in the namespace \"shop\""])
            .ask("deploy/web"),
        Fault::new("command is not in the image", "its command /bin/serv cannot be run")
            .plant_yaml(
                deployment("web", &app(", command: [/bin/serv]"), &crashing("reason: StartError, exitCode: 128, message: 'exec: \"/bin/serv\": stat /bin/serv: no such file or directory'")),
                Until::Pods(1),
            )
            .ask("deploy/web"),
        Fault::new("init container fails", "init container migrate crashes: exit code 2")
            .plant_yaml(
                deployment(
                    "web",
                    &format!("initContainers: [{{name: migrate, image: m}}], {}", app("")),
                    "phase: Pending\nconditions: [{type: Ready, status: 'False'}]\ninitContainerStatuses: [{name: migrate, image: m, imageID: '', ready: false, restartCount: 4, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {reason: Error, exitCode: 2}}}]\ncontainerStatuses: [{name: app, image: x, imageID: '', ready: false, restartCount: 0, state: {waiting: {reason: PodInitializing}}}]\n",
                ),
                Until::Pods(1),
            )
            .ask("deploy/web"),
    ]
}

pub fn configuration() -> Vec<Fault> {
    let broken = waiting("CreateContainerConfigError", "configuration not found");
    let creating = waiting("ContainerCreating", "");
    let mode =
        app(", env: [{name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}]");
    vec![
        Fault::new("ConfigMap is missing", "ConfigMap settings does not exist")
            .plant_yaml(deployment("web", &mode, &broken), Until::Pods(1))
            .ask("deploy/web"),
        Fault::new("key of a ConfigMap is missing", "ConfigMap settings has no key mode")
            .plant_yaml("{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {color: blue}}", Until::Now)
            .plant_yaml(deployment("web", &mode, &broken), Until::Pods(1))
            .ask("deploy/web"),
        Fault::new("key of a Secret is missing", "Secret db has no key password")
            .plant_yaml("{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {user: correct-horse-battery-staple}}", Until::Now)
            .plant_yaml(
                deployment("web", &app(", env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]"), &broken),
                Until::Pods(1),
            )
            .ask("{pod}"),
        Fault::new("Secret of a volume is missing", "Secret cert does not exist")
            .plant_yaml(
                deployment("web", &format!("{}, volumes: [{{name: tls, secret: {{secretName: cert}}}}]", app("")), &creating),
                Until::Pods(1),
            )
            .event("FailedMount", "MountVolume.SetUp failed for volume \"tls\": secret \"cert\" not found"),
    ]
}

pub fn probes() -> Vec<Fault> {
    let probe =
        |port: &str| app(&format!("{PORTS}, readinessProbe: {{httpGet: {{port: {port}}}}}"));
    vec![
        Fault::new(
            "readiness probe asks the wrong port",
            "its probe asks port 9090, which no container has",
        )
        .plant_yaml(deployment("web", &probe("9090"), &unready()), Until::Pods(1))
        .event("Unhealthy", "Readiness probe failed: connection refused")
        .ask("deploy/web"),
        Fault::new("readiness probe fails behind a Service", "its readiness probe fails")
            .plant_yaml(
                format!(
                    "{}{}{}",
                    deployment("web", &probe("8080"), &unready()),
                    service("web", "web", HTTP),
                    ingress("web", 80, "")
                ),
                Until::Pods(1),
            )
            .event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
            .ask("ingress/front"),
        Fault::new("liveness probe kills it", "is killed by its own liveness probe")
            .plant_yaml(
                deployment(
                    "web",
                    &app(", livenessProbe: {tcpSocket: {port: 80}}"),
                    &crashing("reason: Error, exitCode: 137"),
                ),
                Until::Pods(1),
            )
            .event("Unhealthy", "Liveness probe failed: timeout")
            .ask("deploy/web"),
    ]
}

//! What containers are told: env, arguments, probes and hooks.

use crate::leaks::surface::Surface;

/// A pod whose one container has this.
fn container(name: &'static str, path: &'static str, fields: &str) -> Surface {
    let template = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: ⟨name⟩}}, spec: {{containers: [{{name: main, image: 'registry.example/web:9', {fields}}}]}}}}"
    );
    Surface::object(name, "pods", path, &template)
}

fn env(name: &'static str, env: &str) -> Surface {
    container(name, ".spec.containers[0].env[0].value", &format!("env: [{env}]"))
}

fn argument(name: &'static str, path: &'static str, args: &str) -> Surface {
    container(name, path, args)
}

pub fn all() -> Vec<Surface> {
    let arg = |index: usize| -> &'static str {
        [
            ".spec.containers[0].args[0]",
            ".spec.containers[0].args[1]",
            ".spec.containers[0].args[2]",
        ][index]
    };
    vec![
        env("env, password", "{name: DB_PASSWORD, value: ⟨secret⟩}"),
        env("env, URL", "{name: DATABASE, value: 'redis://:⟨secret⟩@cache:6379/0'}"),
        env("env, JSON", r#"{name: CONFIG, value: '{"token": "⟨secret⟩"}'}"#),
        env("env, base64", "{name: SETTINGS, value: '⟨base64 of password=⟨secret⟩⟩'}"),
        env(
            "env, Java options",
            "{name: JAVA_OPTS, value: '-Xmx1g -Djavax.net.ssl.keyStorePassword=⟨secret⟩'}",
        ),
        argument("argument, flag=value", arg(0), "args: ['--password=⟨secret⟩']"),
        argument("argument, flag and value", arg(1), "args: [--api-token, ⟨secret⟩, --verbose]"),
        argument("argument, URL", arg(0), "args: ['--store=mysql://bob:⟨secret⟩@db/shop']"),
        argument("argument, mysql", arg(2), "command: [mysql], args: [-h, db, -p⟨secret⟩]"),
        argument(
            "argument, header",
            arg(1),
            "command: [curl], args: [-H, 'Authorization: Bearer ⟨secret⟩']",
        ),
        argument(
            "command, script",
            ".spec.containers[0].command[2]",
            "command: [sh, -c, 'export TOKEN=⟨secret⟩; exec web']",
        ),
        argument(
            "command, curl -u",
            ".spec.containers[0].command[2]",
            "command: [curl, -u, 'bob:⟨secret⟩', 'https://example.com']",
        ),
        container(
            "probe, header",
            ".spec.containers[0].livenessProbe.httpGet.httpHeaders[0].value",
            "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: Authorization, value: 'Basic ⟨base64 of bob:⟨secret⟩⟩'}]}}",
        ),
        container(
            "probe, query",
            ".spec.containers[0].readinessProbe.httpGet.path",
            "readinessProbe: {httpGet: {port: 80, path: '/ready?token=⟨secret⟩'}}",
        ),
        container(
            "probe, exec",
            ".spec.containers[0].readinessProbe.exec.command[2]",
            "readinessProbe: {exec: {command: [redis-cli, -a, ⟨secret⟩, ping]}}",
        ),
        container(
            "startup probe, exec",
            ".spec.containers[0].startupProbe.exec.command[2]",
            "startupProbe: {exec: {command: [sh, -c, 'PGPASSWORD=⟨secret⟩ psql -c 1']}}",
        ),
        container(
            "hook, header",
            ".spec.containers[0].lifecycle.postStart.httpGet.httpHeaders[0].value",
            "lifecycle: {postStart: {httpGet: {port: 80, httpHeaders: [{name: X-Api-Key, value: ⟨secret⟩}]}}}",
        ),
        container(
            "hook, exec",
            ".spec.containers[0].lifecycle.preStop.exec.command[2]",
            "lifecycle: {preStop: {exec: {command: [sh, -c, 'curl -u bob:⟨secret⟩ http://x/stop']}}}",
        ),
        Surface::object(
            "init container, env",
            "pods",
            ".spec.initContainers[0].env[0].value",
            "{apiVersion: v1, kind: Pod, metadata: {name: ⟨name⟩}, spec: {initContainers: [{name: a, image: x, env: [{name: PGPASSWORD, value: ⟨secret⟩}]}], containers: [{name: main, image: registry.example/x}]}}",
        ),
        Surface::object(
            "Deployment, env",
            "deployments.apps",
            ".spec.template.spec.containers[0].env[0].value",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: ⟨name⟩}, spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: main, image: x, env: [{name: CLIENT_SECRET, value: ⟨secret⟩}]}]}}}}",
        ),
        Surface::object(
            "CronJob, argument",
            "cronjobs.batch",
            ".spec.jobTemplate.spec.template.spec.containers[0].args[0]",
            "{apiVersion: batch/v1, kind: CronJob, metadata: {name: ⟨name⟩}, spec: {schedule: '0 0 1 1 *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: x, args: ['--token=⟨secret⟩']}]}}}}}}",
        ),
        Surface::object(
            "pod, last words",
            "pods",
            ".status.containerStatuses[0].lastState.terminated.message",
            "{apiVersion: v1, kind: Pod, metadata: {name: ⟨name⟩}, spec: {containers: [{name: main, image: registry.example/x}]}, status: {containerStatuses: [{name: main, image: registry.example/x, imageID: '', ready: false, restartCount: 9, state: {waiting: {reason: CrashLoopBackOff, message: 'back-off'}, running: null}, lastState: {terminated: {exitCode: 1, reason: Error, message: 'panic: cannot log in with password=⟨secret⟩'}}}]}}",
        ),
        Surface::object(
            "pod, why it waits",
            "pods",
            ".status.containerStatuses[0].state.waiting.message",
            "{apiVersion: v1, kind: Pod, metadata: {name: ⟨name⟩}, spec: {containers: [{name: main, image: registry.example/x}]}, status: {containerStatuses: [{name: main, image: registry.example/x, imageID: '', ready: false, restartCount: 0, state: {waiting: {reason: ErrImagePull, message: 'Get \"https://bob:⟨secret⟩@registry.example/v2/\": 401'}, running: null}}]}}",
        ),
    ]
}

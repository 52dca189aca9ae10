//! Manifests of what is planted, as YAML.

pub const IMAGE: &str = "registry.example/web:9";

/// A Deployment whose pods have `spec` (in braces, without them) and the status that is told.
pub fn deployment(name: &str, spec: &str, status: &str) -> String {
    workload("Deployment", name, "replicas: 1, ", spec, status)
}

pub fn workload(kind: &str, name: &str, more: &str, spec: &str, status: &str) -> String {
    let template = template(name, spec, status);
    format!(
        "
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec: {{{more}selector: {{matchLabels: {{app: {name}}}}}, {template}}}
---"
    )
}

pub fn template(name: &str, spec: &str, status: &str) -> String {
    let annotation = match status {
        "" => String::new(),
        status => format!(", annotations: {{tacklebox.test/status: {status:?}}}"),
    };
    format!(
        "template: {{metadata: {{labels: {{app: {name}}}{annotation}}}, spec: {{terminationGracePeriodSeconds: 0, {spec}}}}}"
    )
}

/// One container, `app`, with these further fields.
pub fn app(more: &str) -> String {
    format!("containers: [{{name: app, image: '{IMAGE}'{more}}}]")
}

/// The status of a pod: phase, whether it is ready, and its containers in braces.
pub fn status(phase: &str, ready: &str, containers: &str) -> String {
    format!(
        "phase: {phase}\nconditions: [{{type: PodScheduled, status: 'True'}}, {{type: Ready, status: '{ready}'}}]\ncontainerStatuses: [{{name: app, image: x, imageID: '', ready: {is_ready}, {containers}}}]\n",
        is_ready = ready == "True"
    )
}

pub fn ready() -> String {
    status("Running", "True", "restartCount: 0, state: {running: {}}")
}

pub fn waiting(reason: &str, message: &str) -> String {
    let state =
        format!("restartCount: 0, state: {{waiting: {{reason: {reason}, message: '{message}'}}}}");
    status("Pending", "False", &state)
}

/// `CrashLoopBackOff` after an end like this.
pub fn crashing(end: &str) -> String {
    let state = format!(
        "restartCount: 5, state: {{waiting: {{reason: CrashLoopBackOff}}}}, lastState: {{terminated: {{{end}}}}}"
    );
    status("Running", "False", &state)
}

pub fn unready() -> String {
    status("Running", "False", "started: true, restartCount: 0, state: {running: {}}")
}

pub fn service(name: &str, selector: &str, port: &str) -> String {
    format!(
        "\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{clusterIP: None, selector: {{app: {selector}}}, ports: [{port}]}}}}\n---"
    )
}

pub fn ingress(service: &str, port: u16, more: &str) -> String {
    format!(
        "\n{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: front}}, spec: {{{more}rules: [{{http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {service}, port: {{number: {port}}}}}}}}}]}}}}]}}}}\n---"
    )
}

pub fn claim(class: &str) -> String {
    format!(
        "\n{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: data}}, spec: {{{class}accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}\n---"
    )
}

pub const DATA: &str = ", volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]";
pub const HTTP: &str = "{name: http, port: 80, targetPort: http}";
pub const PORTS: &str = ", ports: [{name: http, containerPort: 8080}]";

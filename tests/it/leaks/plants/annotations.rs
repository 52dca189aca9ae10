//! Annotations and events: whatever anybody wrote beside an object.

use crate::leaks::surface::Surface;

fn annotation(name: &'static str, path: &'static str, key: &str, text: &str) -> Surface {
    let template = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: ⟨name⟩, annotations: {{{key}: {text}}}}}, data: {{sky: blue}}}}"
    );
    Surface::object(name, "configmaps", path, &template)
}

fn event(name: &'static str, message: &str) -> Surface {
    let template = format!(
        "{{apiVersion: v1, kind: Event, metadata: {{name: ⟨name⟩}}, involvedObject: {{apiVersion: v1, kind: Pod, name: talker, namespace: ⟨namespace⟩}}, reason: Failed, type: Warning, count: 3, message: {message}}}"
    );
    Surface::object(name, "events", ".message", &template)
}

pub fn all() -> Vec<Surface> {
    vec![
        annotation(
            "annotation, token",
            ".metadata.annotations['a.example/api-token']",
            "a.example/api-token",
            "⟨secret⟩",
        ),
        annotation(
            "annotation, a pod in it",
            ".metadata.annotations['a.example/pod']",
            "a.example/pod",
            r#"'{"kind": "Pod", "spec": {"containers": [{"env": [{"name": "TOKEN", "value": "⟨secret⟩"}]}]}}'"#,
        ),
        annotation(
            "annotation, an object with short base64",
            ".metadata.annotations['a.example/machine']",
            "a.example/machine",
            r#"'{"kind": "Machine", "spec": {"userData": "⟨base64 of pw=⟨secret⟩⟩"}}'"#,
        ),
        annotation(
            "annotation, a Secret in it",
            ".metadata.annotations['a.example/copy']",
            "a.example/copy",
            r#"'{"kind": "Secret", "stringData": {"motto": "a {b} c", "colour": "⟨secret⟩"}}'"#,
        ),
        annotation(
            "annotation, a Secret in YAML",
            ".metadata.annotations['a.example/copy']",
            "a.example/copy",
            r#""kind: Secret\nstringData:\n  colour: ⟨secret⟩\n""#,
        ),
        annotation(
            "annotation, kubeconfig",
            ".metadata.annotations['a.example/config']",
            "a.example/config",
            r#""users:\n- name: x\n  user:\n    token: ⟨secret⟩\n""#,
        ),
        annotation(
            "annotation, basic auth",
            ".metadata.annotations['a.example/auth']",
            "a.example/auth",
            "'Basic ⟨base64 of bob:⟨secret⟩⟩'",
        ),
        Surface::object(
            "last applied, of a ConfigMap",
            "configmaps",
            ".metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']",
            r#"{apiVersion: v1, kind: ConfigMap, metadata: {name: ⟨name⟩, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"apiVersion":"v1","kind":"ConfigMap","data":{"db-password":"⟨secret⟩"}}'}}, data: {db-password: ⟨secret⟩}}"#,
        ),
        event("event, password", "'login of ⟨marker⟩ failed: password=⟨secret⟩ is wrong'"),
        event("event, URL", "'cannot mount ⟨marker⟩ https://bob:⟨secret⟩@nfs.example/x'"),
        event(
            "event, refusal of a value",
            "'⟨marker⟩: Secret \"db\" is invalid: data[password]: Invalid value: \"⟨secret⟩\": must be short'",
        ),
    ]
}

//! Secrets of every type.

use crate::leaks::surface::Surface;

fn secret(name: &'static str, path: &'static str, body: &str) -> Surface {
    annotated(name, path, "", body)
}

fn annotated(name: &'static str, path: &'static str, annotations: &str, body: &str) -> Surface {
    let template = format!(
        "{{apiVersion: v1, kind: Secret, metadata: {{name: ⟨name⟩, annotations: {{{annotations}}}}}, {body}}}"
    );
    Surface::object(name, "secrets", path, &template)
}

fn of_type(name: &'static str, kind: &str, path: &'static str, data: &str) -> Surface {
    secret(name, path, &format!("type: {kind}, {data}"))
}

pub fn all() -> Vec<Surface> {
    let docker = r#"'{"auths": {"registry.example": {"auth": "⟨base64 of bob:⟨secret⟩⟩"}}}'"#;
    let cfg = r#"'{"registry.example": {"username": "bob", "password": "⟨secret⟩"}}'"#;
    vec![
        secret("Secret, data", ".data.colour", "data: {colour: ⟨base64⟩}"),
        secret("Secret, stringData", ".data.shade", "stringData: {shade: ⟨secret⟩}"),
        secret("Secret, immutable", ".data.colour", "immutable: true, data: {colour: ⟨base64⟩}"),
        secret("Secret, base64 twice", ".data.colour", "data: {colour: ⟨base64 of ⟨base64⟩⟩}"),
        of_type(
            "Secret, TLS",
            "kubernetes.io/tls",
            ".data['tls.key']",
            "stringData: {tls.crt: x, tls.key: ⟨secret⟩}",
        ),
        of_type(
            "Secret, docker config",
            "kubernetes.io/dockerconfigjson",
            ".data['.dockerconfigjson']",
            &format!("stringData: {{.dockerconfigjson: {docker}}}"),
        ),
        of_type(
            "Secret, old docker config",
            "kubernetes.io/dockercfg",
            ".data['.dockercfg']",
            &format!("stringData: {{.dockercfg: {cfg}}}"),
        ),
        of_type(
            "Secret, basic auth",
            "kubernetes.io/basic-auth",
            ".data.username",
            "stringData: {username: ⟨secret⟩, password: x}",
        ),
        of_type(
            "Secret, SSH",
            "kubernetes.io/ssh-auth",
            ".data.ssh-privatekey",
            "stringData: {ssh-privatekey: ⟨secret⟩}",
        ),
        annotated(
            "Secret, account token",
            ".data.token",
            "kubernetes.io/service-account.name: default",
            "type: kubernetes.io/service-account-token, stringData: {token: ⟨secret⟩}",
        ),
        of_type(
            "Secret, bootstrap token",
            "bootstrap.kubernetes.io/token",
            ".data.token-secret",
            "stringData: {token-id: abcdef, token-secret: ⟨secret⟩}",
        ),
        of_type(
            "Secret, Helm release",
            "helm.sh/release.v1",
            ".data.release",
            "stringData: {release: ⟨base64⟩}",
        ),
        annotated(
            "Secret, last applied",
            ".metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']",
            r#"kubectl.kubernetes.io/last-applied-configuration: '{"apiVersion":"v1","kind":"Secret","data":{"a":"⟨base64⟩"},"stringData":{"b":"⟨secret⟩"}}'"#,
            "data: {colour: ⟨base64⟩}",
        ),
        Surface::object(
            "ConfigMap, Helm release",
            "configmaps",
            ".data.release",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: ⟨name⟩, labels: {owner: helm}}, data: {release: ⟨base64⟩}}",
        ),
        Surface::object(
            "ConfigMap, a list of Secrets",
            "configmaps",
            ".data.list",
            r#"{apiVersion: v1, kind: ConfigMap, metadata: {name: ⟨name⟩}, data: {list: '{"apiVersion": "v1", "kind": "SecretList", "items": [{"data": {"colour": "⟨base64⟩"}}]}'}}"#,
        ),
    ]
}

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{PLANTED, assert_hidden, assert_object_hides, redactor};

fn encoded() -> String {
    BASE64_STANDARD.encode(PLANTED)
}

#[test]
fn a_secret_of_every_type_hides_all_its_data() {
    let types = [
        "Opaque",
        "kubernetes.io/tls",
        "kubernetes.io/dockerconfigjson",
        "kubernetes.io/basic-auth",
        "kubernetes.io/ssh-auth",
        "kubernetes.io/service-account-token",
        "bootstrap.kubernetes.io/token",
        "helm.sh/release.v1",
    ];
    for r#type in types {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "type": r#type, "metadata": {"name": "db"},
            "data": {"harmless": encoded()}, "stringData": {"harmless": PLANTED}});
        redactor().manifest(&mut secret);
        assert_hidden(PLANTED, &secret.to_string());
        assert_hidden(&encoded(), &secret.to_string());
        assert_eq!(secret["metadata"]["name"], "db");
        assert_eq!(secret["type"], r#type);
    }
}

#[test]
fn the_same_secret_has_the_same_fingerprint_everywhere() {
    let mut objects = json!([
        {"kind": "Secret", "data": {"a": encoded()}, "stringData": {"a": PLANTED}},
        {"kind": "Pod", "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": PLANTED}]}]}},
    ]);
    redactor().value(&mut objects);
    let mark = redactor().mark(PLANTED.as_bytes());
    assert_eq!(objects[0]["data"]["a"], mark);
    assert_eq!(objects[0]["stringData"]["a"], mark);
    assert_eq!(objects[1]["spec"]["containers"][0]["env"][0]["value"], mark);
}

#[test]
fn items_of_lists_are_redacted_by_the_kind_of_their_list() {
    assert_object_hides(
        &encoded(),
        json!({"kind": "SecretList", "items": [{"data": {"x": encoded()}}]}),
    );
    assert_object_hides(
        &encoded(),
        json!({"kind": "List", "items": [{"kind": "Secret", "data": {"x": encoded()}}]}),
    );
    let row = json!({"kind": "Table", "rows": [{"object": {"kind": "Secret", "data": {"x": encoded()}}}]});
    assert_object_hides(&encoded(), row);
    assert_object_hides(
        &encoded(),
        json!({"type": "ADDED", "object": {"kind": "Secret", "data": {"x": encoded()}}}),
    );
}

#[test]
fn copies_of_an_object_in_its_annotations_are_redacted_too() {
    let name = "kubectl.kubernetes.io/last-applied-configuration";
    let copy = json!({"kind": "Secret", "data": {"x": encoded()}, "stringData": {"y": PLANTED}})
        .to_string();
    let secret = |copy: &str| json!({"kind": "Secret", "metadata": {"annotations": {name: copy}}});
    assert_object_hides(&encoded(), secret(&copy));
    assert_object_hides(PLANTED, secret(&copy));
    assert_object_hides(PLANTED, secret(&format!("not JSON: {PLANTED}")));
    let pod = json!({"kind": "Pod", "metadata": {"annotations": {name:
        json!({"kind": "Pod", "spec": {"containers": [{"env": [{"name": "TOKEN", "value": PLANTED}]}]}}).to_string()}}});
    assert_object_hides(PLANTED, pod);
}

fn container(container: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}})
}

#[test]
fn containers_hide_what_is_secret_in_env_arguments_and_probes() {
    let url = format!("postgres://bob:{PLANTED}@db/shop");
    let containers = [
        json!({"env": [{"name": "DB_PASSWORD", "value": PLANTED}]}),
        json!({"env": [{"name": "DATABASE_URL", "value": url}]}),
        json!({"env": [{"name": "GITHUB_PAT", "value": "aB3dE5fG7hJ9kL1mN3pQ"}, {"name": "TOKEN", "value": PLANTED}]}),
        json!({"args": [format!("--password={PLANTED}")]}),
        json!({"args": ["--api-token", PLANTED, "--verbose"]}),
        json!({"command": ["sh", "-c", format!("export TOKEN={PLANTED}; exec web")]}),
        json!({"livenessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": format!("Bearer {PLANTED}")}]}}}),
        json!({"readinessProbe": {"exec": {"command": ["redis-cli", "--pass", PLANTED]}}}),
        json!({"lifecycle": {"postStart": {"httpGet": {"httpHeaders": [{"name": "X-Api-Key", "value": PLANTED}]}}}}),
    ];
    for it in containers {
        assert_object_hides(PLANTED, container(&it));
    }
}

#[test]
fn config_maps_hide_passwords_connection_strings_kubeconfigs_and_keys() {
    let data = [
        json!({"db-password": PLANTED}),
        json!({"app.properties": format!("db.user=bob\ndb.password={PLANTED}\n")}),
        json!({"config.json": json!({"smtp": {"password": PLANTED}}).to_string()}),
        json!({"config.yaml": format!("smtp:\n  user: bob\n  password: {PLANTED}\n")}),
        json!({"url": format!("mongodb+srv://bob:{PLANTED}@db.example.com/shop")}),
        json!({"dsn": format!("Server=db;Password={PLANTED};Database=shop")}),
        json!({"kubeconfig": format!("users:\n- name: x\n  user:\n    token: {PLANTED}\n")}),
        json!({"htpasswd": format!("bob:$apr1$abcdefgh${PLANTED}{PLANTED}")}),
    ];
    for data in data {
        assert_object_hides(
            PLANTED,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data}),
        );
    }
    let binary = BASE64_STANDARD.encode(format!("password={PLANTED}"));
    assert_object_hides(&binary, json!({"kind": "ConfigMap", "binaryData": {"app.conf": binary}}));
    let release = json!({"kind": "ConfigMap", "metadata": {"labels": {"owner": "helm"}}, "data": {"release": PLANTED}});
    assert_object_hides(PLANTED, release);
}

#[test]
fn custom_resources_and_volumes_hide_fields_with_a_secrets_name() {
    let specs = [
        json!({"volumes": [{"csi": {"volumeAttributes": {"accountKey": PLANTED}}}]}),
        json!({"volumes": [{"flexVolume": {"options": {"password": PLANTED}}}]}),
        json!({"parameters": {"restuserkey": "x", "adminSecret": PLANTED}}),
        json!({"auth": {"clientSecret": PLANTED}}),
        json!({"smtp": {"password": 4_815_162_342_i64}, "token": PLANTED}),
        json!({"remote": {"credentials": [PLANTED]}}),
        json!({"passwords": {"admin": PLANTED}}),
        json!({"patch": [{"op": "replace", "path": "/data/password", "value": PLANTED}]}),
        json!({"token": PLANTED, "audiences": ["https://kubernetes.default.svc"]}),
        json!({"webhook": {"headers": [{"key": "Authorization", "value": PLANTED}]}}),
    ];
    for spec in specs {
        assert_object_hides(
            PLANTED,
            json!({"apiVersion": "example.com/v1", "kind": "Widget", "spec": spec}),
        );
    }
    let mut number = json!({"spec": {"password": 4_815_162_342_i64}});
    redactor().manifest(&mut number);
    assert_hidden("4815162342", &number.to_string());
}

#[test]
fn events_and_annotations_hide_what_their_texts_give_away() {
    assert_object_hides(
        PLANTED,
        json!({"kind": "Event", "message": format!("login failed: password={PLANTED}")}),
    );
    assert_object_hides(
        PLANTED,
        json!({"metadata": {"annotations": {"example.com/api-token": PLANTED}}}),
    );
    assert_object_hides(
        PLANTED,
        json!({"metadata": {"annotations": {"note": format!("redis://:{PLANTED}@cache")}}}),
    );
}

#[test]
fn a_kubeconfig_as_an_object_hides_its_credentials() {
    let user = json!({"token": PLANTED, "password": PLANTED, "client-key-data": encoded(),
        "auth-provider": {"config": {"access-token": PLANTED, "id-token": PLANTED, "refresh-token": PLANTED}},
        "exec": {"command": "login", "env": [{"name": "CLIENT_SECRET", "value": PLANTED}]}});
    let mut config = json!({"kind": "Config", "clusters": [{"name": "prod", "cluster": {"server": "https://10.0.0.1:6443",
        "certificate-authority-data": "TUlJ".repeat(300)}}], "users": [{"name": "admin", "user": user}]});
    redactor().manifest(&mut config);
    assert_hidden(PLANTED, &config.to_string());
    assert_hidden(&encoded(), &config.to_string());
    assert_eq!(config["clusters"][0]["cluster"]["server"], "https://10.0.0.1:6443");
    assert_eq!(
        config["clusters"][0]["cluster"]["certificate-authority-data"],
        "[1,200 chars of certificate]"
    );
    assert_eq!(config["users"][0]["user"]["exec"]["command"], "login");
}

#[test]
fn what_is_no_secret_stays_as_it_is() {
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-7c9f8b6d5-x2x4q", "uid": "7b3c9d1e-5f2a-4c8b-9e6d-1a2b3c4d5e6f", "resourceVersion": "184467440",
            "annotations": {"checksum/config": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "k8s.v1.cni.cncf.io/network-status": "[{\n    \"name\": \"cilium\"\n}]",
                "kubernetes.io/service-account.name": "web"}},
        "spec": {
            "automountServiceAccountToken": false,
            "imagePullSecrets": [{"name": "registry-pull"}],
            "serviceAccountName": "web",
            "containers": [{
                "image": "registry.example.com/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "args": ["--tls-private-key-file", "/etc/tls/tls.key", "--authorization-mode=RBAC", "--v=2"],
                "env": [
                    {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    {"name": "PASSWORD_FILE", "value": "/run/secrets/db/password"},
                    {"name": "TOKEN_URL", "value": "https://login.example.com/oauth2/token"},
                    {"name": "MAX_TOKENS", "value": "4096"},
                ],
                "envFrom": [{"secretRef": {"name": "web-env"}}],
            }],
            "volumes": [
                {"name": "tls", "secret": {"secretName": "web-tls", "items": [{"key": "tls.key", "path": "tls.key"}]}},
                {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}]}},
            ],
            "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "value": "x"}],
        },
    });
    let mut redacted = object.clone();
    redactor().manifest(&mut redacted);
    assert_eq!(redacted, object);
}

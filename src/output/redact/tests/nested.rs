//! Values one step below a secret's name, or beside it.

use serde_json::{Value, json};

use super::{PLANTED, assert_hidden, assert_object_hides, redactor, survives};

#[test]
fn the_value_below_a_secrets_name_is_hidden_in_objects() {
    let specs = [
        json!({"credential": {"value": PLANTED}}),
        json!({"credential": {"value": "letmeinplease"}}),
        json!({"credentials": {"primary": PLANTED}}),
        json!({"credentials": {"db": {"value": PLANTED}}}),
        json!({"secrets": [{"name": "db", "value": PLANTED}]}),
        json!({"secret": {"key": PLANTED}}),
        json!({"token": {"inline": PLANTED, "audience": "vault"}}),
        json!([{"name": "DB_PASSWORD", "val": PLANTED}]),
        json!([{"key": "api-token", "val": PLANTED}]),
        json!({"credentials": {"db": {"value": "letmeinplease"}}}),
        json!({"passwords": {"manager": PLANTED, "client": PLANTED}}),
        json!([{"op": "replace", "path": "/spec/credential/value", "value": PLANTED}]),
        json!({"auth": PLANTED}),
        json!({"auth": "hunter2000"}),
        json!({"auth": {"value": PLANTED}}),
        json!({"pw": PLANTED, "n": 1}),
        json!({"dbPw": PLANTED}),
        json!({"passwort": PLANTED}),
        json!({"contraseña": PLANTED}),
        json!({"mot_de_passe": PLANTED}),
        json!({"senha": PLANTED}),
        json!({"wachtwoord": PLANTED}),
        json!({"пароль": PLANTED}),
    ];
    for spec in specs {
        let planted = [PLANTED, "letmeinplease", "hunter2000"];
        let mut object = json!({"apiVersion": "example.com/v1", "kind": "Widget", "spec": spec});
        let secret = planted.into_iter().find(|it| object.to_string().contains(it)).unwrap();
        redactor().manifest(&mut object);
        assert_hidden(secret, &object.to_string());
    }
}

#[test]
fn what_is_below_a_secrets_name_and_no_secret_stays_readable_in_objects() {
    let object = json!({"kind": "Widget", "spec": {
        "auth": "basic", "auths": ["oidc"], "proxy": {"auth": "scram-sha-256"}, "sasl": {"auth": "SCRAM-SHA-512"},
        "login": {"auth": "OAuth2Proxy"}, "tls": {"auth": true}, "x": {"auth": "vault-backend-1"}, "y": {"auth": "v1beta10"},
        "data": [{"secretKey": "db-password", "remoteRef": {"key": "shop/db", "property": "password"}}],
        "pwd": "/var/lib/app", "pwm": "fan1", "spawn": "x",
        "secret": {"secretName": "web-tls", "items": [{"key": "tls.key", "path": "tls.key"}], "defaultMode": 420},
        "credential": {"name": "cloud-Credentials9", "key": "Cloud9Key"},
        "credentials": {"source": "Secret", "role": "admin01", "image": "Web01:v1.2", "checksum": "9f86d081884c7d659a2feaa0c55ad015", "region": "eu-west-1", "secretRef": {"namespace": "x", "name": "y", "key": "creds"}},
        "token": {"audience": "api", "expirationSeconds": 3600, "path": "token"},
        "jwt": {"issuer": "https://a.example.com", "jwksUri": "https://a.example.com/keys", "algorithm": "RS256"},
        "volumes": [{"secret": {"key": "password"}}],
        "env": [{"name": "LOG_LEVEL", "val": "debug"}, {"key": "tier", "val": "Web2Frontend"}],
        "schema": {"password": {"type": "string", "description": "The password", "format": "byte"}},
    }});
    let mut redacted = object.clone();
    redactor().manifest(&mut redacted);
    assert_eq!(redacted, object);
}

const TEXTS: &[&str] = &[
    "secret:\n  key: @\n",
    "a:\n  secret:\n    key: @\n  b: 1\n",
    "credential:\n  value: @\nuser: bob",
    "credentials:\n  region: eu-west-1\n  primary: @\n",
    "credentials:\n- name: db\n  value: @\n",
    "secret:\n  key: \"@\"\n",
    "credential: {value: @}",
    r#"{"credential": {"value": "@"}}"#,
    r#"{\"credential\":{\"user\":\"bob\",\"value\":\"@\"}}"#,
    "- name: DB_PASSWORD\n  val: @",
    r#"[{"key":"DB_PASSWORD","val":"@"}]"#,
    "auth: @",
    "auth=\"@\"",
    "pw: @",
    "pw=@",
    "DB_PW=@",
    "dbPw: @",
    "the pw is @",
    "the password for bob is @",
    "password is: @",
    "credentials:\n  db:\n    id: x\n    value: @\n",
    "credentials:\n  url: https://x/y?password=@\n  primary: @\n",
    "secret:\n  key: |\n    @\n",
    "Passwort: @",
    "contraseña: @",
    "mot_de_passe: @",
    "--token\n- @",
    "args:\n  - --db-password\n  - @\n",
];

#[test]
fn the_value_below_a_secrets_name_is_hidden_in_texts() {
    let redacted = TEXTS.iter().map(|it| redactor().text(&it.replace('@', PLANTED)).into_owned());
    let readable: Vec<_> = redacted.filter(|it| survives(PLANTED, it)).collect();
    assert!(readable.is_empty(), "{readable:#?}");
}

#[test]
fn the_value_below_a_secrets_name_is_hidden_in_texts_within_objects() {
    for text in TEXTS {
        let text = text.replace('@', PLANTED);
        assert_object_hides(PLANTED, json!({"kind": "ConfigMap", "data": {"a.conf": text}}));
        let line = json!({"message": text}).to_string();
        assert_hidden(PLANTED, &redactor().text(&line));
    }
}

#[test]
fn what_is_beside_a_nested_value_stays_readable_in_texts() {
    let text =
        format!("secret:\n  # the main one\n  key: {PLANTED}\n  region: eu-west-1\nuser: bob\n");
    let redacted = redactor().text(&text).into_owned();
    assert!(
        redacted.starts_with("secret:\n  # the main one\n  key: [redacted 11 chars #"),
        "{redacted}"
    );
    assert!(redacted.ends_with("]\n  region: eu-west-1\nuser: bob\n"), "{redacted}");
}

fn row(column: &str, cell: &str) -> String {
    let mut rows = vec![vec!["web".to_owned(), cell.to_owned()]];
    redactor().rows(&["NAME".to_owned(), column.to_owned()], &mut rows);
    rows.remove(0).remove(1)
}

#[test]
fn a_column_by_path_hides_what_its_path_says_is_secret() {
    for column in [
        ".spec.secrets[0].value",
        "spec.credentials.password",
        ".spec.secrets[*].password",
        "{.spec.secret.data}",
        ".spec.credential.value",
        "Password",
        "PW",
    ] {
        assert_hidden("letmeinplease", &row(column, "letmeinplease"));
        assert_hidden("4815162342", &row(column, "4815162342"));
    }
}

#[test]
fn a_column_of_names_stays_readable() {
    for column in [
        "SECRET",
        "Secrets",
        ".spec.secrets[0].name",
        ".spec.secret.secretName",
        ".spec.imagePullSecrets[*].name",
        ".spec.secretRef.key",
        ".spec.credentials.region",
        ".metadata.name",
    ] {
        assert_eq!(row(column, "db-credentials"), "db-credentials", "{column}");
    }
}

#[test]
fn marks_in_a_column_of_secrets_are_not_redacted_again() {
    let marks = ["a", "b"].map(|it| redactor().mark(it.as_bytes())).join(",");
    assert_eq!(row(".spec.secrets[*].value", &marks), marks);
}

#[test]
fn nested_values_redacted_once_are_not_redacted_again() {
    for text in TEXTS {
        let once = redactor().text(&text.replace('@', PLANTED)).into_owned();
        assert_eq!(redactor().text(&once), once);
        let mut value = Value::String(once.clone());
        redactor().value(&mut value);
        assert_eq!(value, Value::String(once));
    }
}

use std::{fs, path::Path};

use super::redactor;

/// What a person needs to read, and what resembles a secret in some way.
const READABLE: &[&str] = &[
    "registry.example.com/shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uid: 7b3c9d1e-5f2a-4c8b-9e6d-1a2b3c4d5e6f",
    "resourceVersion: \"184467440\"",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b by bob@example.com",
    "2026-11-25T10:00:00.123456789Z INFO request completed path=/api/v1/token status=200 duration=12ms",
    "web-7c9f8b6d5-x2x4q   1/1   Running   0   5d3h",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
    "automountServiceAccountToken: false",
    "imagePullSecrets:\n- name: registry-pull",
    "secretName: web-tls",
    "secretKeyRef:\n  name: db\n  key: password",
    "existingSecret: db-credentials",
    "tokenExpirationSeconds: 3600",
    "passwordSecretRef:\n  name: db",
    "MountVolume.SetUp failed for volume \"creds\" : secret \"db\" not found",
    "couldn't find key password in Secret shop/db",
    "Error: couldn't find references: non-existent secret key: password",
    "secrets \"db\" is forbidden: User \"bob\" cannot get resource \"secrets\" in API group \"\" in the namespace \"shop\"",
    "invalid token: signature is invalid",
    "error: unable to authenticate: token expired",
    "bearer authentication is required",
    "Basic authentication failed",
    "POSTGRES_PASSWORD_FILE=/run/secrets/postgres/password",
    "password: ${DB_PASSWORD}",
    "api_key: \"{{ env.GRAFANA_API_KEY }}\"",
    "api_key: '{{ env.GRAFANA_API_KEY }}'",
    "password: {{ env.ES_PASSWORD }}",
    "{\"api_key\": \"{{ env.GRAFANA_API_KEY }}\"}",
    "Authorization: \"Bearer {{ env.LOKI_TOKEN }}\"",
    "Authorization: Bearer {{ env.LOKI_TOKEN }}",
    "password: $(DB_PASSWORD)",
    "password: {{ .Values.password }}",
    "DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false",
    "postgres://bob:$(DB_PASSWORD)@db:5432/shop",
    "redis://:${REDIS_PASSWORD}@cache:6379/0",
    "bob:$(DB_PASSWORD)@tcp(db:3306)/shop",
    "password: ****",
    "app in (Web01Front, Web02Front), token notin ()",
    "if err != nil || token != nil { return key != other }",
    "token: null",
    "max_tokens=4096 prompt_tokens=128",
    "nextPageToken: CAoSBxoFCgN3ZWI",
    "http://prometheus.observability.svc:9090/api/v1/query?query=up",
    "https://10.96.0.1:443/apis/apps/v1/namespaces/shop/deployments?limit=500",
    "http://web:8080/users@example.com",
    "git@github.com:example/shop.git",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
    "apiGroups: [\"\"]\nresources: [\"secrets\", \"pods\"]\nverbs: [\"get\"]",
    "key: node-role.kubernetes.io/control-plane",
    "tls.crt: /etc/tls/tls.crt",
    "--tls-private-key-file=/var/run/secrets/serving-cert/tls.key",
    "--service-account-signing-key-file /etc/kubernetes/pki/sa.key",
    "--authorization-mode=Node,RBAC",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "docker login succeeded",
    "the password was changed and every token is still valid",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
    "sidecar.istio.io/status: ready",
    "primary key: id",
    "cache key: products:42",
    "pass: 12, fail: 0",
    "PWD=/app",
    "token: ${{ secrets.GITHUB_TOKEN }}",
    "ApiKeyAuth: []",
    "CertIssuerPublicKey=aB3dE5fG7hJ9kL1mN3pQ",
    "k8s_openapi::api::authorization::v1::SubjectAccessReview",
    "Get \"https://10.96.0.1/api/v1/namespaces/shop/secrets/db\": Validation Error",
    "--authorization-kubeconfig=admin.yml",
    "TokenReview: without audiences",
    "gmsaCredentialSpec: example",
    "Widget \"x\" is invalid: spec.password: Required value: one of password or passwordSecretRef",
    "level=info msg=reconciled secret=shop/db controller=externalsecret",
    "token_type=bearer expires_in=3600 scope=read",
    "--discovery-token-ca-cert-hash sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "the password is required",
    "password:\n  secretKeyRef:\n    name: db\n    key: password",
    "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
];

#[test]
fn what_is_no_secret_stays_readable() {
    let changed = |text: &&&str| redactor().text(text) != **text;
    let unreadable: Vec<_> =
        READABLE.iter().filter(changed).map(|it| redactor().text(it)).collect();
    assert!(unreadable.is_empty(), "{unreadable:#?}");
}

#[test]
fn ordinary_output_is_not_changed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let samples = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let samples: Vec<_> =
        samples.filter(|it| it.extension().is_some_and(|it| it == "txt")).collect();
    assert!(samples.len() >= 20);
    for sample in samples {
        let text = fs::read_to_string(&sample).unwrap();
        assert_eq!(redactor().text(&text), text, "{}", sample.display());
    }
}

/// A program replaces it by the value of a variable that it has: here it is a name, in a document as in a text.
#[test]
fn a_value_that_is_wholly_a_reference_to_a_variable_is_a_name() {
    let document = serde_json::json!({
        "api_key": "{{ env.GRAFANA_API_KEY }}",
        "password": "{{ env.ES_PASSWORD }}",
        "headers": { "Authorization": "Bearer {{ env.LOKI_TOKEN }}", "X-Api-Key": "{{ env.KEY_2 }}" },
    });
    let mut redacted = document.clone();
    redactor().value(&mut redacted);
    assert_eq!(redacted, document);
    let mut more = serde_json::json!({ "api_key": "{{ env.KEY }}correct-horse-4711" });
    redactor().value(&mut more);
    assert!(!more.to_string().contains("4711"), "{more}");
}

//! Secrets that no name gives away: by their own shape, and by that of the file or the encoding that they are in.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{PLANTED, assert_hidden, assert_object_hides, redactor};

const LOWER: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
const BODY: &str = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
const HEX: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

#[test]
fn a_token_of_small_letters_is_known_by_its_prefix() {
    let tokens = [
        ("glpat-", 20),
        ("glptt-", 20),
        ("gldt-", 20),
        ("glrt-", 20),
        ("ghp_", 36),
        ("gho_", 36),
        ("ghs_", 36),
        ("github_pat_", 40),
        ("xoxb-", 20),
        ("xoxp-", 20),
        ("xapp-", 20),
        ("sk-", 24),
        ("sk-proj-", 24),
        ("sk-ant-", 24),
        ("sk_live_", 24),
        ("rk_live_", 24),
        ("sk_test_", 24),
        ("npm_", 36),
        ("pypi-", 40),
        ("hf_", 34),
        ("hvs.", 24),
        ("hvb.", 24),
        ("ya29.", 24),
        ("AIza", 35),
        ("GOCSPX-", 24),
        ("dckr_pat_", 27),
    ];
    for (prefix, length) in tokens {
        let token = format!("{prefix}{}", &LOWER[..length]);
        for text in [token.clone(), format!("\"{token}\""), format!("sent {token}, ok")] {
            assert_hidden(&token, &redactor().text(&text));
        }
        let mut rows = vec![vec![token.clone()]];
        redactor().rows(&["NAME".to_owned()], &mut rows);
        assert_hidden(&token, &rows[0][0]);
        assert_object_hides(&token, json!({"kind": "Widget", "spec": {"list": [token]}}));
    }
}

#[test]
fn tokens_of_more_services_are_hidden() {
    let secrets = [
        format!("AKIA{}", "QWERTYUIOP123456"),
        format!("ASIA{}", "QWERTYUIOP123456"),
        format!("dop_v1_{HEX}{HEX}"),
        format!("s.{}", &BODY[..24]),
        format!("ops_eyJzaWduSW5BZGRyZXNzIjoi{BODY}"),
        format!("gsk_{BODY}"),
        format!("nvapi-{BODY}"),
        format!("sntrys_{BODY}"),
        format!("tskey-auth-{BODY}"),
        format!("pul-{HEX}01234567"),
        format!("{{SHA}}{}=", &BODY[..27]),
    ];
    for secret in secrets {
        for text in [secret.clone(), format!("sent {secret}, ok")] {
            assert_hidden(&secret, &redactor().text(&text));
        }
    }
    let urls = [
        format!("https://api.telegram.org/bot123456789:AA{BODY}/send"),
        format!("https://hooks.slack.com/services/T0AAAA/B0BBBB/{BODY}"),
        format!("https://discord.com/api/v10/webhooks/123456789012345678/{BODY}"),
        format!("https://x.webhook.office.com/webhookb2/{BODY}@x/IncomingWebhook/{HEX}/y"),
        format!("https://a.blob.core.windows.net/c?sv=2024&sig={BODY}%3D"),
        format!(r"https://a.blob.core.windows.net/c?sv=2024\u0026sig={BODY}%3D"),
        format!("sas: sv=2024,sig={BODY}%2Bx%3D"),
    ];
    for url in urls {
        assert_hidden(BODY, &redactor().text(&url));
    }
}

#[test]
fn files_of_passwords_are_known_by_their_lines() {
    let lines = [
        "db.shop:5432:shop:bob:@",
        "*:*:*:bob:@\n",
        "db:15432:shop:bob:@\n",
        "machine git.example.com login bob password @",
        "machine git.example.com\n  login bob\n  password @\n",
        "machine git.example.com login bob account x password @",
        "bob:$apr1$x8fQ2bY1$@@",
        "bob:$2y$05$@@@",
        "bob:{SHA}@@@=",
        "maxmemory 1gb\nrequirepass @\n",
    ];
    for line in lines {
        let text = line.replace('@', PLANTED);
        assert_hidden(PLANTED, &redactor().text(&text));
        assert_hidden(PLANTED, &redactor().text(&json!({"message": text}).to_string()));
        assert_object_hides(PLANTED, json!({"kind": "ConfigMap", "data": {"x": text}}));
    }
    let pgpass = redactor().text("db.shop:5432:shop:bob:letmeinplease\n").into_owned();
    assert!(pgpass.starts_with("db.shop:5432:shop:bob:[redacted 13 chars #"), "{pgpass}");
}

#[test]
fn private_keys_of_putty_and_torn_ones_are_hidden() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let short = "MIIEvQIBADANBgkqhkiG9w0BAQ";
    let texts = [
        format!(
            "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 2\n{line}\n{short}\nPrivate-MAC: {HEX}\n"
        ),
        format!("Private-Lines: 1\n{short}\nPrivate-MAC: {HEX}\n"),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{short}"),
        format!(r"key -----BEGIN RSA PRIVATE KEY-----\n{short}... was cut"),
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n{short}"
        ),
        format!(
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{short}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n"
        ),
    ];
    for text in texts {
        let redacted = redactor().text(&text).into_owned();
        assert_hidden(short, &redacted);
        assert_eq!(redactor().text(&redacted), redacted);
        assert_hidden(short, &redactor().text(&json!({"message": text}).to_string()));
    }
}

#[test]
fn credentials_of_registries_clouds_and_clusters_are_hidden_in_texts() {
    let pair = BASE64_STANDARD.encode(format!("bob:{PLANTED}"));
    let docker = json!({"auths": {"registry.example.com": {"auth": pair}}}).to_string();
    assert_hidden(&pair, &redactor().text(&docker));
    let google = json!({"type": "service_account", "private_key_id": HEX, "private_key": format!("k {PLANTED}")});
    let redacted = redactor().text(&google.to_string()).into_owned();
    assert_hidden(PLANTED, &redacted);
    assert!(redacted.contains(HEX), "{redacted}");
}

#[test]
fn base64_of_something_secret_is_hidden_wherever_it_stands() {
    let short = BASE64_STANDARD.encode(format!("pw={PLANTED}"));
    assert_object_hides(&short, json!({"kind": "Widget", "spec": {"userData": short}}));
    assert_object_hides(&short, json!({"kind": "ConfigMap", "binaryData": {"x": short}}));
    assert_object_hides(&short, json!({"kind": "ConfigMap", "data": {"x": short}}));
    let bytes = [b"\xff\xfe\x00 password=", PLANTED.as_bytes(), b"\n\xff"].concat();
    let mixed = BASE64_STANDARD.encode(bytes);
    assert_object_hides(&mixed, json!({"kind": "ConfigMap", "binaryData": {"x": mixed}}));
    let stores: [&[u8]; 3] = [
        b"\xfe\xed\xfe\xed\x00\x00\x00\x02 a key store",
        b"\x30\x82\x09\x41\x02\x01\x03\x30\x82 a key store",
        b"\x30\x82\x04\xbd\x02\x01\x00\x30\x0d a key",
    ];
    for store in stores {
        let store = BASE64_STANDARD.encode(store);
        assert_object_hides(&store, json!({"kind": "ConfigMap", "binaryData": {"x": store}}));
    }
}

#[test]
fn what_has_the_shape_of_a_secret_and_is_none_stays_readable() {
    let texts = [
        "glpat-1".to_owned(),
        "task-queue-worker-deployment-7c9f8b6d5".to_owned(),
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p".to_owned(),
        "fe80:1042:0:0:db:7c9f:1:2".to_owned(),
        "2001:4860:4860::8888".to_owned(),
        "bob:x:1000:1000:Bob:/home/bob:/bin/bash".to_owned(),
        "src/main.rs:1042:10:error:unused".to_owned(),
        "10:00:00:5432".to_owned(),
        "registry.example.com:5000/web:1.2.3".to_owned(),
        "machine node-3 login failed".to_owned(),
        BASE64_STANDARD.encode("just some harmless text"),
        BASE64_STANDARD.encode("color=red\nsize=4\n"),
        "PuTTY-User-Key-File-3: ssh-ed25519\nPublic-Lines: 1\nAAAAC3NzaC1lZDI1NTE5AAAA\n"
            .to_owned(),
    ];
    for text in texts {
        assert_eq!(redactor().text(&text), text);
        let object = json!({"kind": "ConfigMap", "data": {"x": text}});
        let mut redacted = object.clone();
        redactor().manifest(&mut redacted);
        assert_eq!(redacted, object);
    }
    let picture = BASE64_STANDARD.encode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x01\x00");
    let object = json!({"kind": "ConfigMap", "binaryData": {"logo.png": picture}});
    let mut redacted = object.clone();
    redactor().manifest(&mut redacted);
    assert_eq!(redacted, object);
}

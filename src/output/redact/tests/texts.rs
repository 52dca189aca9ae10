use base64::{Engine, prelude::BASE64_STANDARD};

use super::{PLANTED, assert_hidden, redactor, survives};

#[test]
fn a_secret_shows_its_length_and_a_fingerprint_that_only_this_process_can_make() {
    let text = format!("password={PLANTED}");
    assert_eq!(redactor().text(&text), "password=[redacted 11 chars #f2f0be]");
    assert_eq!(redactor().text(&text), redactor().clone().text(&text));
    assert_ne!(super::Redactor::new().text(&text), super::Redactor::new().text(&text));
}

#[test]
fn a_text_that_may_quote_the_caller_has_no_fingerprint_to_compare_a_guess_by() {
    let told = super::Redactor::without_fingerprints();
    let text = told.text("password=hunter2-hunter2, x").into_owned();
    assert_eq!(text, "password=[redacted 15 chars], x");
    assert_eq!(redactor().text(&text), text);
}

#[test]
fn what_is_assigned_to_a_secrets_name_is_hidden_in_every_notation() {
    let notations = [
        "password=@",
        "PASSWORD: @",
        "DB_PASSWORD=\"@\"",
        "db.password = '@'",
        "password=>@",
        "password := @",
        r#"{"password": "@"}"#,
        r#"{"password":"@","user":"bob"}"#,
        r#"{\"password\":\"@\",\"user\":\"bob\"}"#,
        r#"{\\\"apiKey\\\": \\\"@\\\"}"#,
        "{'client_secret': '@'}",
        "{User:bob Password:@ Host:db}",
        "map[password:@ user:bob]",
        "config[\"password\"] = \"@\"",
        "api_key: @",
        "X-Api-Key: @",
        "export TOKEN=@",
        "--password=@",
        "--password @",
        "--token \"@\"",
        r#"["--password","@"]"#,
        "args: [--client-secret, @]",
        "Server=db;User Id=sa;Password=@;Database=shop",
        "?user=bob&password=@&mode=1",
        "(password=@)",
        "msg=\"login with password=@\" user=bob",
        "  token: @",
        "- password: @",
        "+  password: @",
        "Authorization: Bearer @",
        "authorization: Basic @",
        "\"Authorization\": \"Bearer @\"",
        "bearer @",
        "Cookie: session=@; theme=dark",
        "- name: DB_PASSWORD\n  value: @",
        "+ - name: DB_PASSWORD\n+   value: @",
        r#"{"name":"DB_PASSWORD","value":"@"}"#,
        "{Name:API_TOKEN Value:@ ValueFrom:nil}",
        "password: |\n  @\nuser: bob",
        "password: >-\n    @\n    @",
        "password:\n  @\nuser: bob",
        "tokens:\n- @\n- @",
        "tokens: [@, \"@\"]",
        "<password>@</password>",
        "machine git.example.com login bob password @",
        "curl -u bob:@ https://example.com",
        "mysql -h db -ubob -p@",
        "redis-cli -a @ ping",
        "sshpass -p @ ssh db",
        "docker login -u bob -p @ registry.example.com",
        "bob:@@tcp(db:3306)/shop",
        "postgres://bob:@@db.shop:5432/shop?sslmode=disable",
        "redis://:@@cache:6379/0",
        "amqp://bob:p@ss@@mq/vhost",
        "Secret \"db\" is invalid: data[password]: Invalid value: \"@\": must be short",
        "DB_PASSWORD:  @",
        "jdbc:oracle:thin:scott/@@//db:1521/shop",
        "//registry.npmjs.org/:_authToken=@",
        "sasl.jaas.config=x.PlainLoginModule required username=\"bob\" password=\"@\";",
        "[db]\npassword = \"@\"\n",
        "X-Vault-Token: @",
        "{\"Env\":[\"DB_PASSWORD=@\",\"PATH=/bin\"]}",
        "+  token: |\n+    @\n+  user: bob",
        "password: $@",
        r#"{"Authorization":["Bearer @"],"X":["y"]}"#,
        "ALTER USER bob WITH PASSWORD '@'",
        "the password is @",
        "passwords:\n  admin: @\n  bob: @\n",
        "map[Authorization:[Bearer @] User-Agent:[curl]]",
        "--certificate-key @",
        "token: my @",
        "password: a b c @",
        "session_secret=@",
        "AccountName=x;AccountKey=@;Suffix=y",
        "https://acct.blob.core.windows.net/c?sv=2024&sig=@&se=2027",
        "credentials = @",
        "{\"token\": @}",
        "app=web,a.example/token!=@",
        "env in (a,b), token notin (x, @)",
        "SELECT 1 FROM t WHERE password IN ('a', '@')",
        "if password != \"@\" {",
    ];
    let mut readable = Vec::new();
    for notation in notations {
        // The last @ of a URL ends its user part, so the mark is the first of a pair.
        let text = if notation.contains("@@") {
            notation.replacen("@@", &format!("{PLANTED}@"), 1)
        } else {
            notation.replace('@', PLANTED)
        };
        let redacted = redactor().text(&text).into_owned();
        if survives(PLANTED, &redacted) {
            readable.push(redacted);
        }
    }
    assert!(readable.is_empty(), "{readable:#?}");
}

#[test]
fn both_values_of_a_diff_are_hidden() {
    let diff = "   - name: DB_PASSWORD\n-    value: @\n+    value: @\n   - name: LOG_LEVEL\n-    value: info\n+    value: debug";
    let redacted = redactor().text(&diff.replace('@', PLANTED)).into_owned();
    assert_hidden(PLANTED, &redacted);
    assert!(redacted.ends_with("LOG_LEVEL\n-    value: info\n+    value: debug"), "{redacted}");
}

#[test]
fn bytes_as_go_prints_them_are_hidden() {
    let redacted = redactor()
        .text(r#"Data:map[string][]uint8{"password":[]uint8{0x68, 0x75, 0x6e, 0x74}}"#)
        .into_owned();
    assert_hidden("0x68, 0x75", &redacted);
    assert_hidden(
        "104 117 110",
        &redactor().text("map[password:[104 117 110 116] user:[98 111 98]]"),
    );
}

#[test]
fn a_secret_of_small_letters_is_one_where_settings_are_written() {
    let secret = "letmeinplease";
    for notation in [
        "client_secret: @",
        "a: 1\n  apiKey: @\n",
        "{user: bob, token: @}",
        "token=@",
        "sent token=@",
    ] {
        assert_hidden(secret, &redactor().text(&notation.replace('@', secret)));
    }
}

#[test]
fn what_stands_beside_a_secret_stays_readable() {
    let cases = [
        (
            r#"{"user":"bob","password":"@","host":"db"}"#,
            r#"{"user":"bob","password":"#,
            r#","host":"db"}"#,
        ),
        ("Server=db;Password=@;Database=shop", "Server=db;Password=", ";Database=shop"),
        ("postgres://bob:@@db:5432/shop", "postgres://bob:", "@db:5432/shop"),
        ("GET /?password=@&page=2 HTTP/1.1", "GET /?password=", "&page=2 HTTP/1.1"),
        ("Authorization: Bearer @\nHost: db", "Authorization: Bearer [", "\nHost: db"),
        ("level=info password=@ user=bob", "level=info password=", " user=bob"),
        ("password: |\n  @\nuser: bob\n", "password: |\n  [", "\nuser: bob\n"),
    ];
    for (text, before, after) in cases {
        let redacted = redactor().text(&text.replacen('@', PLANTED, 1)).into_owned();
        assert!(redacted.starts_with(before), "{redacted}");
        assert!(redacted.ends_with(after), "{redacted}");
    }
}

#[test]
fn secrets_with_a_shape_of_their_own_are_hidden_wherever_they_stand() {
    let body = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
    let hex = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let secrets = [
        format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.{body}"),
        format!("ghp_{}", &body[..36]),
        format!("github_pat_{body}"),
        format!("glpat-{}", &body[..20]),
        format!("xoxb-1234567890-{body}"),
        format!("sk_live_{}", &body[..24]),
        format!("sk-proj-{body}"),
        format!("sk-ant-api03-{body}"),
        format!("AKIA{}", "QWERTYUIOP123456"),
        format!("AIza{}", &body[..35]),
        format!("ya29.{body}"),
        format!("hvs.{body}"),
        format!("npm_{}", &body[..36]),
        format!("pypi-AgEI{body}"),
        format!("SG.{}.{body}", &body[..22]),
        format!("hf_{}", &body[..34]),
        format!("dop_v1_{hex}{hex}"),
        format!("glsa_{}_0f1e2d3c", &body[..32]),
        format!("dapi{hex}"),
        format!("dckr_pat_{}", &body[..27]),
        format!("$2y$10${}", &body[..31]),
        format!("AGE-SECRET-KEY-1{}", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8"),
        format!("123456789:AA{body}"),
        format!("abcdefghij1234.atlasv1.{body}{body}"),
    ];
    for secret in secrets {
        for text in
            [secret.clone(), format!("2026-11-25 sent {secret}, ok"), format!("[\"{secret}\"]")]
        {
            assert_hidden(&secret, &redactor().text(&text));
        }
    }
}

#[test]
fn an_aws_secret_beside_its_key_is_hidden_without_a_name() {
    let secret = "wJalrXUtnFEMI7K7MDENGbPxRfiCYzEXAMPLE4KE";
    assert_hidden(secret, &redactor().text(&format!("AKIAQWERTYUIOP123456 {secret}")));
}

const LINE: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

#[test]
fn private_keys_are_hidden_whole_escaped_encoded_and_torn() {
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let pem = format!("{begin}\n{LINE}\n{LINE}\nAB==\n{end}\n");
    let encoded = BASE64_STANDARD.encode(&pem);
    let wrapped: Vec<String> =
        encoded.as_bytes().chunks(76).map(|it| String::from_utf8(it.to_vec()).unwrap()).collect();
    let texts = [
        pem.clone(),
        pem.replace('\n', "\\n"),
        serde_json::json!({"private": pem}).to_string(),
        format!("tls.key: |\n  {}", pem.replace('\n', "\n  ")),
        format!("{begin}\n{LINE}\n{LINE}"),
        format!("{LINE}\n{LINE}\n{end}"),
        pem.replace("PRIVATE", "OPENSSH PRIVATE"),
        format!("key {encoded} loaded"),
        format!("client-key-data: {encoded}"),
        wrapped.join("\n"),
    ];
    for text in texts {
        let redacted = redactor().text(&text).into_owned();
        assert_hidden(LINE, &redacted);
        assert!(!survives(&encoded, &redacted), "{redacted}");
    }
}

#[test]
fn a_kubeconfig_shows_its_clusters_and_no_credentials() {
    let key = BASE64_STANDARD.encode(format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{LINE}\n-----END RSA PRIVATE KEY-----\n"
    ));
    let kubeconfig = format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    server: https://10.0.0.1:6443\n  name: prod\nusers:\n- name: admin\n  \
         user:\n    client-key-data: {key}\n    token: {PLANTED}\n    password: {PLANTED}\ncurrent-context: prod\n"
    );
    let redacted = redactor().text(&kubeconfig).into_owned();
    assert_hidden(PLANTED, &redacted);
    assert_hidden(&key, &redacted);
    assert!(redacted.contains("server: https://10.0.0.1:6443\n  name: prod\n"), "{redacted}");
    assert!(redacted.ends_with("\ncurrent-context: prod\n"), "{redacted}");
    // The same in base64, as a Secret of a cluster's manager holds it.
    let encoded = BASE64_STANDARD.encode(&kubeconfig);
    assert_hidden(&encoded, &redactor().text(&encoded));
}

#[test]
fn a_secret_in_json_is_hidden_whatever_its_values_look_like() {
    let data = serde_json::json!({"a": "x {y} z", "b": r#"{"c": ["d"]}"#, "colour": PLANTED});
    let secret = serde_json::json!({"kind": "Secret", "stringData": data, "type": "Opaque"});
    let once = secret.to_string();
    let twice = serde_json::json!({"msg": format!("got {once}")}).to_string();
    for text in [once, secret.to_string().replace(':', ": "), twice] {
        let redacted = redactor().text(&text).into_owned();
        assert_hidden(PLANTED, &redacted);
        assert!(
            !redacted.contains("{y}") && !redacted.contains("[\"d") && redacted.contains("Opaque"),
            "{redacted}"
        );
        assert_eq!(redactor().text(&redacted), redacted);
    }
}

#[test]
fn a_secret_that_was_printed_as_text_is_hidden_whatever_its_fields_are_called() {
    let yaml = "apiVersion: v1\ndata:\n  user: Zm9vYmFyYmF6\n  file: |\n    Zm9vYmFyYmF6\nkind: Secret\nmetadata:\n  name: db\n";
    let redacted = redactor().text(yaml).into_owned();
    assert_hidden("Zm9vYmFyYmF6", &redacted);
    assert!(redacted.ends_with("\nkind: Secret\nmetadata:\n  name: db\n"), "{redacted}");
    let json = r#"{"kind": "Secret", "data": {"user": "Zm9vYmFyYmF6", "x": "Zm9vYmFyYmF6"}, "metadata": {"name": "db"}}"#;
    let redacted = redactor().text(json).into_owned();
    assert_hidden("Zm9vYmFyYmF6", &redacted);
    assert!(redacted.ends_with(r#""metadata": {"name": "db"}}"#), "{redacted}");
}

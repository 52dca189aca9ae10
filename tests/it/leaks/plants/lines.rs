//! What programs write into their logs.

use crate::leaks::surface::{Surface, filled, secret_of};

/// A line with a word on it that is none of the secret's.
fn line(name: &'static str, text: &str) -> Surface {
    Surface::log(name, &format!("level=error at=⟨marker⟩ {text}"))
}

/// A secret that is known by its own form.
fn shaped(name: &'static str, secret: impl Fn(&str) -> String) -> Surface {
    line(name, &format!("sent {} and went on", secret("⟨secret⟩")))
}

/// A private key over several lines.
fn key(name: &'static str, text: &str) -> Surface {
    let body = format!("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw{}", secret_of(name));
    let text = text.replace('@', &format!("{body}\n{body}\n"));
    Surface::log(name, &format!("level=error at=⟨marker⟩ {text}")).hiding(&[&secret_of(name)])
}

pub fn all() -> Vec<Surface> {
    let body = |it: &str| it.repeat(4);
    let aws = secret_of("log, AWS key");
    vec![
        line("log, key=value", "user=bob password=⟨secret⟩ host=db"),
        line("log, quoted value", "msg=\"login with password=⟨secret⟩\" user=bob"),
        line("log, JSON", r#"{"level":"error","user":"bob","password":"⟨secret⟩"}"#),
        line("log, JSON in JSON", r#"{"msg":"{\"user\":\"bob\",\"apiKey\":\"⟨secret⟩\"}"}"#),
        line("log, Go struct", "{User:bob Password:⟨secret⟩ Host:db}"),
        line("log, Go map", "map[password:⟨secret⟩ user:bob]"),
        line("log, Python dict", "{'user': 'bob', 'client_secret': '⟨secret⟩'}"),
        line("log, bearer", "> Authorization: Bearer ⟨secret⟩"),
        line("log, basic", "> Authorization: Basic ⟨base64 of bob:⟨secret⟩⟩"),
        line("log, cookie", "> Cookie: session=⟨secret⟩; theme=dark"),
        line("log, URL", "connecting to amqp://bob:⟨secret⟩@mq:5672/shop"),
        line("log, query", "GET /items?page=2&access_token=⟨secret⟩&sort=name 200"),
        line("log, DSN", "open bob:⟨secret⟩@tcp(db:3306)/shop"),
        line("log, JDBC", "jdbc:sqlserver://db:1433;user=sa;password=⟨secret⟩;encrypt=true"),
        line("log, command", "running mysqldump -ubob -p⟨secret⟩ shop"),
        line("log, SQL", "ALTER USER bob WITH PASSWORD '⟨secret⟩'"),
        line("log, sentence", "the password for bob is ⟨secret⟩"),
        line(
            "log, percent-encoded JSON",
            "body=%7B%22user%22%3A%22bob%22%2C%22password%22%3A%22⟨secret⟩%22%7D",
        ),
        line("log, multipart", "Content-Disposition: form-data; name=\"password\" value=⟨secret⟩"),
        line("log, colours", "\u{1b}[31mpassword\u{1b}[0m=\u{1b}[1m⟨secret⟩\u{1b}[0m"),
        line(
            "log, base64",
            "config ⟨base64 of user: bob\\npassword: ⟨secret⟩\\nhost: db\\n⟩ loaded",
        ),
        line(
            "log, refusal of a value",
            "Secret \"db\" is invalid: data[token]: Invalid value: \"⟨secret⟩\": too short",
        ),
        Surface::log(
            "log, Secret in YAML",
            "level=error at=⟨marker⟩ kubectl printed\napiVersion: v1\nkind: Secret\ndata:\n  colour: ⟨base64⟩\ntype: Opaque",
        ),
        line("log, Secret in JSON", r#"got {"kind":"Secret","data":{"colour":"⟨base64⟩"}}"#),
        line(
            "log, Secret with braces",
            r#"got {"kind":"Secret","stringData":{"motto":"a {b} c","colour":"⟨secret⟩"}}"#,
        ),
        line(
            "log, Secret with JSON",
            r#"got {"kind":"Secret","stringData":{"motto":"{\"b\": [\"c\"]}","colour":"⟨secret⟩"}}"#,
        ),
        line(
            "log, Secret in JSON in JSON",
            r#"{"msg":"got {\"kind\":\"Secret\",\"stringData\":{\"motto\":\"{b}\",\"colour\":\"⟨secret⟩\"}}"}"#,
        ),
        shaped("log, JWT", |it| format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.{}", body(it))),
        line("log, AWS key", &format!("sent AKIA{}QRST and went on", aws.to_ascii_uppercase()))
            .hiding(&[&aws.to_ascii_uppercase()]),
        shaped("log, AWS secret", |it| format!("AWS_SECRET_ACCESS_KEY={}", it.repeat(3) + "abcd")),
        shaped("log, Google key", |it| format!("AIza{}", it.repeat(3))),
        shaped("log, Azure", |it| format!("AccountName=x;AccountKey={};Suffix=y", body(it))),
        shaped("log, GitHub", |it| format!("ghp_{}", it.repeat(3))),
        shaped("log, GitLab", |it| format!("glpat-{}", it.repeat(2))),
        shaped("log, Slack", |it| format!("xoxb-1234567890-{}", body(it))),
        shaped("log, Slack hook", |it| {
            format!("https://hooks.slack.com/services/T0AAAA/B0BBBB/{}", it.repeat(2))
        }),
        shaped("log, Stripe", |it| format!("sk_live_{}", it.repeat(2))),
        shaped("log, OpenAI", |it| format!("sk-proj-{}", body(it))),
        shaped("log, Vault", |it| format!("hvs.{}", it.repeat(2))),
        shaped("log, npm", |it| format!("npm_{}", it.repeat(3))),
        Surface::log(
            "log, private key in JSON",
            &format!(
                r#"level=error at=⟨marker⟩ {{"key":"-----BEGIN EC PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0{}\n-----END EC PRIVATE KEY-----\n"}}"#,
                filled("⟨secret⟩", "log, private key in JSON")
            ),
        ),
        key("log, private key", "-----BEGIN PRIVATE KEY-----\n@-----END PRIVATE KEY-----"),
        key(
            "log, private key with an indent",
            "key:\n  -----BEGIN RSA PRIVATE KEY-----\n@-----END RSA PRIVATE KEY-----",
        ),
    ]
}

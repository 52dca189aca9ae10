use proptest::prelude::*;
use serde_json::json;

use super::{redactor, survives};

/// A secret that no rule knows by its looks and that is no placeholder, path or word.
fn planted() -> impl Strategy<Value = String> {
    "[A-Z][a-z0-9!#%*+~^?]{4,10}[A-Z][A-Za-z0-9]{2,12}[0-9]"
}

fn frame() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "password=@",
        "password: @",
        "{\"password\":\"@\"}",
        "{\\\"password\\\":\\\"@\\\"}",
        "--password @",
        "DB_PASSWORD='@'",
        "postgres://bob:@:db/shop",
        "Authorization: Bearer @",
        "password: |\n  @\n",
        "- name: DB_PASSWORD\n  value: @\n",
        "Password=@;Database=x",
        "<password>@</password>",
        "secret:\n  key: @\n",
        "credential: {value: @}",
        "{\"text\":\"password: >\\n  @\\n\"}",
        "mysql -u bob -p@ shop",
        "curl -u bob:@ http://web",
        "db:5432:shop:bob:@",
    ])
}

/// Bits of text as they stand around secrets.
fn noise() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "\n",
        " ",
        "password",
        "token",
        "=",
        ":",
        ": ",
        "\"",
        "'",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        "://",
        "@",
        "Bearer ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "data:\n",
        "kind: Secret\n",
        "| ",
        "- ",
        "eyJ",
        "[redacted ",
        " chars #a1b2c3]",
        "é",
        "支",
        "abc",
        "AKIA",
        "name",
        "value",
        "--token ",
        "<",
        "</",
        "\u{202e}",
        "\\n",
        "\n  ",
        ">\n  ",
        "key: ",
        "credential: {value: ",
        "mysql ",
        " -p",
        "curl -u ",
        "kubectl secret --from-literal ",
        "Private-Lines: 1\n",
        "db:5432:shop:bob:",
        "Zq8vXw3TnLp",
        "auth",
        "# ",
    ]);
    prop::collection::vec(bits, 0..20).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn a_planted_secret_never_survives(
        secret in planted(), frame in frame(), before in "[a-zA-Z0-9 .]{0,20}", after in "[a-zA-Z0-9 .]{0,20}",
    ) {
        let frame = frame.replace("@:", "@@");
        let text = format!("{before}\n{}\n{after}", frame.replacen('@', &secret, 1));
        let redacted = redactor().text(&text).into_owned();
        prop_assert!(!survives(&secret, &redacted), "{}", redacted);
    }

    #[test]
    fn redacting_twice_changes_no_more_than_once(text in prop_oneof![noise(), any::<String>(), "\\PC{0,60}"]) {
        let once = redactor().text(&text).into_owned();
        prop_assert_eq!(redactor().text(&once).into_owned(), once);
    }

    #[test]
    fn a_secret_in_json_never_survives(secret in planted(), name in "[a-z]{1,6}") {
        let mut value = json!({
            "apiVersion": "v1", "kind": "SecretList",
            "items": [{"data": {name.clone(): secret}, "stringData": {name: secret}}],
            "nested": [{"auth": {"password": secret, "list": ["--token", secret]}}],
            "credential": {"value": secret}, "command": ["mysql"], "args": [format!("-p{secret}")],
        });
        redactor().value(&mut value);
        prop_assert!(!survives(&secret, &value.to_string()), "{}", value);
    }

    #[test]
    fn redacting_json_twice_changes_no_more_than_once(text in noise(), number in any::<i64>()) {
        let mut once = json!({
            "kind": "Secret", "data": {"a": text}, "password": number, "b": [text], "token": text,
            "credential": {"value": text, "key": text, "x": [{"y": text}]}, "auth": text,
            "command": ["curl", "-u", text, text], "args": ["mysql", text, "-p", text],
        });
        redactor().value(&mut once);
        let mut twice = once.clone();
        redactor().value(&mut twice);
        prop_assert_eq!(twice, once);
    }
}

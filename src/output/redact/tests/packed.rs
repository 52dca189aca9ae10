//! Secrets in what is packed or encoded, and in the names of fields.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use serde_json::{Value, json};

use super::{PLANTED, assert_hidden, redactor};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf_16_from_its_high_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn shown(bytes: &[u8]) -> String {
    let mut object = json!({"kind": "ConfigMap", "binaryData": {"file": encoded(bytes)}});
    redactor().manifest(&mut object);
    object["binaryData"]["file"].as_str().unwrap().to_owned()
}

#[test]
fn packed_files_are_looked_into() {
    let settings = format!("host: db\npassword: {PLANTED}\n").repeat(4);
    let plain = "host: db\ncolour: red\n".repeat(4);
    let packings: [fn(&str) -> Vec<u8>; 11] = [
        |it| gzip(it.as_bytes()),
        |it| gzip(encoded(it.as_bytes()).as_bytes()),
        |it| encoded(&gzip(it.as_bytes())).into_bytes(),
        utf_16,
        |it| [b"\xff\xfe".to_vec(), utf_16(it)].concat(),
        utf_16_from_its_high_bytes,
        |it| [b"\xfe\xff".to_vec(), utf_16_from_its_high_bytes(it)].concat(),
        |it| zlib(it.as_bytes(), 0),
        |it| zlib(it.as_bytes(), 1),
        |it| zlib(it.as_bytes(), 5),
        |it| zlib(it.as_bytes(), 9),
    ];
    for pack in packings {
        assert!(shown(&pack(&settings)).starts_with("[redacted "));
        assert_eq!(shown(&pack(&plain)), encoded(&pack(&plain)));
        let in_text = format!("state: {} stored", encoded(&pack(&settings)));
        let redacted = redactor().text(&in_text).into_owned();
        assert_hidden(&encoded(&pack(&settings)), &redacted);
        let in_text = format!("state: {} stored", encoded(&pack(&plain)));
        assert_eq!(redactor().text(&in_text), in_text);
    }
    let release = encoded(&gzip(settings.as_bytes()));
    assert_hidden(&release, &redactor().text(&format!("release: {release} stored")));
    let release = encoded(&gzip(plain.as_bytes()));
    assert_eq!(redactor().text(&release), release);
}

#[test]
fn what_cannot_be_looked_into_is_hidden() {
    let bomb = gzip(&vec![b'a'; 1 << 20]);
    let torn = &gzip(b"host: db\n")[..12];
    for bytes in [&bomb, torn, &gzip(&gzip(b"a")), b"PK\x03\x04 a zip", b"\x28\xb5\x2f\xfd zstd"] {
        assert!(shown(bytes).starts_with("[redacted "));
    }
    assert_hidden(&encoded(&bomb)[..40], &redactor().text(&encoded(&bomb)));
}

/// Each piece is allowed by itself, and so are two of them; together they are more than a text of this length may become.
#[test]
fn all_that_a_text_unpacks_to_counts_together() {
    let piece = encoded(&gzip(&b"host: db\n".repeat(150)));
    let pieces = |count| encoded(&gzip(vec![piece.as_str(); count].join(", ").as_bytes()));
    for harmless in [&piece, &pieces(2)] {
        assert_eq!(redactor().text(harmless), *harmless);
    }
    let bomb = pieces(100);
    assert_hidden(&bomb, &redactor().text(&bomb));
}

#[test]
fn what_is_torn_or_an_archive_is_hidden_in_a_text_too() {
    let long = b"host: db\ncolour: red\nshape: round\nsize: 12\n";
    let zlib = zlib(long, 6);
    let archive = |beginning: &[u8]| [beginning, &[7; 40]].concat();
    for bytes in [
        zlib[..zlib.len() - 6].to_vec(),
        archive(b"PK\x03\x04"),
        archive(b"\x28\xb5\x2f\xfd"),
        archive(b"BZh91AY&SY"),
        archive(b"\xfd7zXZ\0"),
    ] {
        let text = encoded(&bytes);
        assert_hidden(&text, &redactor().text(&text));
    }
    let followed = encoded(&[zlib.as_slice(), b" and what nobody looked at"].concat());
    assert_hidden(&followed, &redactor().text(&followed));
}

#[test]
fn a_text_that_begins_like_something_packed_is_read_as_the_text_that_it_is() {
    for beginning in ["BZhang wrote this", "BZh9 is how bzip2 begins", "x^2 + y^2 = z^2"] {
        let plain = format!("{beginning}\nhost: db\ncolour: red\n");
        assert_eq!(shown(plain.as_bytes()), encoded(plain.as_bytes()));
        assert_eq!(redactor().text(&encoded(plain.as_bytes())), encoded(plain.as_bytes()));
        let settings = encoded(format!("{plain}password: {PLANTED}\n").as_bytes());
        assert_hidden(&settings, &redactor().text(&settings));
    }
    let name = "eNodeBMeasurementReportConfigurationHandler";
    assert_eq!(redactor().text(name), name);
}

/// Each level is gone through once more; a text with as many as it has letters would take its length in square.
#[test]
fn what_is_encoded_for_a_url_too_often_is_hidden() {
    let level = |it: usize| format!("%{}22x", "25".repeat(it));
    let levels = |count: usize| (0..count).map(level).collect::<Vec<_>>().concat();
    assert_eq!(redactor().text(&levels(3)), levels(3));
    let redacted = redactor().text(&format!("GET /{} 200", levels(4))).into_owned();
    let rest = redacted.strip_prefix("GET /%22x%2522x%252522[redacted 11 chars #");
    assert!(rest.is_some_and(|it| it.ends_with("] 200")), "{redacted}");
}

#[test]
fn what_is_encoded_for_a_url_hides_its_secrets_although_some_of_it_is_no_text() {
    let once = "%22password%22%3A%22@%22";
    let twice = once.replace('%', "%25");
    let thrice = twice.replace('%', "%25");
    let short = "%22pw%22%3a%22@%22".to_owned();
    let urls = [
        short,
        format!("%ff{once}"),
        format!("{once}%ff"),
        format!("%E2%82{once}é"),
        twice,
        thrice,
    ];
    for url in urls {
        let text = format!("GET /{url} 200");
        let redacted = redactor().text(&text.replace('@', PLANTED)).into_owned();
        assert_hidden(PLANTED, &redacted);
        let (before, after) = text.split_once('@').unwrap();
        assert!(redacted.starts_with(before) && redacted.ends_with(after), "{redacted}");
    }
}

#[test]
fn what_is_encoded_for_a_url_hides_its_secrets_and_nothing_beside_them() {
    let texts = [
        ("body=%7B%22user%22%3A%22bob%22%2C%22password%22%3A%22@%22%7D sent", "%22%7D sent"),
        ("GET /login?next=https%3A%2F%2Fx%2Fy%3Ftoken%3D@&page=2", "&page=2"),
        ("url=postgres%3A%2F%2Fbob%3A@%40db%3A5432%2Fshop", "%40db%3A5432%2Fshop"),
    ];
    for (text, after) in texts {
        let redacted = redactor().text(&text.replace('@', PLANTED)).into_owned();
        assert_hidden(PLANTED, &redacted);
        assert!(redacted.ends_with(after), "{redacted}");
        assert_eq!(redactor().text(&redacted), redacted);
    }
    let query = "GET /api/v1/query?query=sum(up%7Bjob%3D%22web%22%2Cpod%3D~%22web-.*%22%7D) 200";
    assert_eq!(redactor().text(query), query);
}

#[test]
fn a_variable_with_a_secrets_name_hides_what_it_is_set_to() {
    let text =
        format!("variable \"db_token\" {{\n  type = string\n  default = \"{PLANTED}\"\n}}\n");
    for text in [text.clone(), json!({"main.tf": text}).to_string()] {
        let redacted = redactor().text(&text).into_owned();
        assert_hidden(PLANTED, &redacted);
        assert!(redacted.contains("type = string"), "{redacted}");
    }
    let plain = "variable \"colour\" {\n  default = \"Red01Blue\"\n}\n";
    assert_eq!(redactor().text(plain), plain);
}

fn spec(spec: &Value) -> Value {
    let mut object = json!({"kind": "Widget", "spec": spec});
    redactor().manifest(&mut object);
    object["spec"].clone()
}

#[test]
fn a_name_that_is_a_value_is_hidden() {
    let url = format!("https://bob:{PLANTED}@git.example.com/x");
    let hidden = spec(&json!({"remotes": {url: {"branch": "main"}, "origin": {}}}));
    assert_hidden(PLANTED, &hidden.to_string());
    assert_eq!(hidden["remotes"]["origin"], json!({}));
    assert_eq!(hidden["remotes"].as_object().unwrap().values().next().unwrap()["branch"], "main");
    let mut again = hidden.clone();
    redactor().value(&mut again);
    assert_eq!(again, hidden);
}

#[test]
fn managed_fields_hide_the_items_of_sets_and_the_keys_of_lists() {
    let set = format!("v:\"{PLANTED}\"");
    let key = format!("k:{{\"token\":\"{PLANTED}\"}}");
    let fields = json!({"f:spec": {
        "f:apiTokens": {".": {}, set: {}},
        "f:users": {key: {".": {}, "f:role": {}}},
        "f:finalizers": {"v:\"example.com/Guard01\"": {}},
        "f:ports": {"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}": {"f:name": {}}},
        "f:env": {"k:{\"name\":\"DB_PASSWORD\"}": {"f:value": {}}},
    }});
    let mut object =
        json!({"kind": "Widget", "metadata": {"managedFields": [{"fieldsV1": fields}]}});
    redactor().manifest(&mut object);
    let text = object.to_string();
    assert_hidden(PLANTED, &text);
    for readable in ["Guard01", "8080", "DB_PASSWORD", "f:role"] {
        assert!(text.contains(readable), "{text}");
    }
    let once = object.clone();
    redactor().manifest(&mut object);
    assert_eq!(object, once);
}

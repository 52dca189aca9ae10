//! `ConfigMaps`: files of settings in all the formats that programs read, as text and as bytes.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::leaks::surface::{Surface, filled};

/// A file with this text.
fn file(name: &'static str, text: &str) -> Surface {
    let surface = Surface::object(
        name,
        "configmaps",
        ".data.file",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: ⟨name⟩}, data: {file: x}}",
    );
    surface.with("/data/file", json!(filled(text, name)))
}

/// Long enough to be worth packing.
const SETTINGS: &str = "user: bob\nhost: db.shop.svc.cluster.local\npassword: ⟨secret⟩\nreplica: db.shop.svc.cluster.local\n";

/// A file with these bytes.
fn bytes(name: &'static str, encode: fn(&str) -> Vec<u8>) -> Surface {
    let surface = Surface::object(
        name,
        "configmaps",
        ".binaryData.file",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: ⟨name⟩}, binaryData: {file: x}}",
    );
    let text = filled(SETTINGS, name);
    surface.with("/binaryData/file", json!(BASE64_STANDARD.encode(encode(&text))))
}

pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn gzip_in_base64(text: &str) -> Vec<u8> {
    BASE64_STANDARD.encode(gzip(text)).into_bytes()
}

fn utf_16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

pub fn all() -> Vec<Surface> {
    vec![
        Surface::object(
            "ConfigMap, a password's key",
            "configmaps",
            ".data.db-password",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: ⟨name⟩}, data: {db-password: ⟨secret⟩}}",
        ),
        file("ConfigMap, connection string", "postgres://bob:⟨secret⟩@db.shop:5432/shop"),
        file("ConfigMap, ADO string", "Server=db;User Id=sa;Password=⟨secret⟩;Database=shop"),
        file("ConfigMap, kubeconfig", "users:\n- name: admin\n  user:\n    token: ⟨secret⟩\n"),
        file("ConfigMap, YAML", "smtp:\n  user: bob\n  password: ⟨secret⟩\n"),
        file("ConfigMap, JSON", r#"{"smtp": {"user": "bob", "password": "⟨secret⟩"}}"#),
        file("ConfigMap, properties", "db.user=bob\ndb.password=⟨secret⟩\n"),
        file("ConfigMap, TOML", "[db]\nuser = \"bob\"\npassword = \"⟨secret⟩\"\n"),
        file("ConfigMap, ini", "[client]\nuser=bob\npassword = ⟨secret⟩\n"),
        file("ConfigMap, XML", "<db><user>bob</user><password>⟨secret⟩</password></db>"),
        file("ConfigMap, XML attribute", "<db user=\"bob\" password=\"⟨secret⟩\"/>"),
        file("ConfigMap, npmrc", "//registry.example/:_authToken=⟨secret⟩\n"),
        file("ConfigMap, pgpass", "db.shop:5432:shop:bob:⟨secret⟩\n"),
        file("ConfigMap, netrc", "machine git.example login bob password ⟨secret⟩\n"),
        file("ConfigMap, shell", "export USER=bob\nexport API_TOKEN='⟨secret⟩'\n"),
        file("ConfigMap, Redis", "maxmemory 1gb\nrequirepass ⟨secret⟩\n"),
        file("ConfigMap, HCL", "variable \"token\" {\n  default = \"⟨secret⟩\"\n}\n"),
        file("ConfigMap, base64 of YAML", "⟨base64 of user: bob\\npassword: ⟨secret⟩\\n⟩"),
        file(
            "ConfigMap, a Secret in YAML",
            "apiVersion: v1\nkind: Secret\ndata:\n  colour: ⟨base64⟩\n",
        ),
        file(
            "ConfigMap, Prometheus",
            "scrape_configs:\n- job_name: x\n  basic_auth:\n    username: bob\n    password: ⟨secret⟩\n",
        ),
        bytes("ConfigMap, bytes", |it| it.as_bytes().to_vec()),
        bytes("ConfigMap, gzip", gzip),
        bytes("ConfigMap, base64 of gzip in bytes", gzip_in_base64),
        bytes("ConfigMap, UTF-16", utf_16),
        file("ConfigMap, base64 of gzip", "x").with(
            "/data/file",
            json!(BASE64_STANDARD.encode(gzip(&filled(SETTINGS, "ConfigMap, base64 of gzip")))),
        ),
    ]
}

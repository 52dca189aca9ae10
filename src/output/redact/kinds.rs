//! What is secret, or as good as unreadable, by the kind of the object that it is in.

use serde_json::{Map, Value};

use super::{allowance::Allowance, mark, packed::Content, values, walk::Walk};
use crate::output::number::grouped;

type Fields = Map<String, Value>;

/// Annotations that hold a whole earlier object.
const COPIES: &[&str] = &["last-applied", "applied", "original", "last-configuration"];

/// Base64 of certificates: public, long and of no use to a reader.
const CERTIFICATES: &[&str] = &[
    "caBundle",
    "certificate-authority-data",
    "client-certificate-data",
    "certificateAuthorityData",
];

/// How long a certificate may be before it is replaced by its length.
const CERTIFICATE: usize = 64;

/// Redacts what the walk by names would not find; it goes over the rest afterwards.
pub(super) fn redact(walk: Walk<'_>, fields: &mut Fields, kind: Option<&str>) {
    let is_secret = kind == Some("Secret");
    let is_release = kind == Some("ConfigMap") && is_helm_release(fields);
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), value) {
            ("data" | "binaryData", value) if is_secret || is_release => encoded(walk, value),
            ("stringData", value) => plain(walk, value),
            ("binaryData", Value::Object(data)) => binary(walk, data),
            ("metadata", Value::Object(metadata)) => copies(walk, metadata, is_secret),
            (name, Value::String(text)) if CERTIFICATES.contains(&name) => {
                shorten(text, "certificate");
            }
            ("spec", Value::Object(spec)) if kind == Some("CertificateSigningRequest") => {
                shorten_field(spec, "request", "certificate request");
            }
            ("status", Value::Object(status)) if kind == Some("CertificateSigningRequest") => {
                shorten_field(status, "certificate", "certificate");
            }
            _ => {}
        }
    }
}

/// Values in base64; length and fingerprint are those of what they hold, so that it can be compared with plain ones.
fn encoded(walk: Walk<'_>, data: &mut Value) {
    each_string(data, &mut |text| {
        if !text.is_empty() && !mark::is_one(text) {
            *text = walk.redactor.mark(&values::bytes_of(text));
        }
    });
}

fn plain(walk: Walk<'_>, data: &mut Value) {
    each_string(data, &mut |text| walk.secret(text));
}

fn each_string(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Object(fields) => fields.values_mut().for_each(|it| each_string(it, change)),
        Value::Array(items) => items.iter_mut().for_each(|it| each_string(it, change)),
        Value::Number(number) => {
            let mut text = number.to_string();
            change(&mut text);
            *value = Value::String(text);
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// A `ConfigMap`'s files: redacted whole where their text would be redacted in part, or cannot be looked into.
fn binary(walk: Walk<'_>, data: &mut Fields) {
    for value in data.values_mut() {
        let Value::String(text) = value else { continue };
        let bytes = values::bytes_of(text);
        let allowance = &mut Allowance::of_text(text.len());
        let content = Content::of(&bytes, allowance);
        if values::is_key_file(&bytes) || content.holds_secret(allowance) {
            walk.secret(text);
        }
    }
}

/// Whole objects in annotations are redacted as such; what cannot be read there is redacted whole.
fn copies(walk: Walk<'_>, metadata: &mut Fields, of_secret: bool) {
    let Some(Value::Object(annotations)) = metadata.get_mut("annotations") else { return };
    for (name, value) in annotations {
        let Value::String(text) = value else { continue };
        let is_copy = COPIES.iter().any(|it| name.contains(it));
        let object =
            serde_json::from_str::<Value>(text).ok().filter(|it| it.is_object() || it.is_array());
        match object {
            Some(before) => {
                let mut object = before.clone();
                walk.redactor.value(&mut object);
                // Its layout is changed only where its content is.
                if object != before {
                    *text = object.to_string();
                }
            }
            None if is_copy && of_secret => walk.secret(text),
            None => {}
        }
    }
}

/// Helm can keep its releases, values and all, in `ConfigMap`s.
fn is_helm_release(fields: &Fields) -> bool {
    let metadata = fields.get("metadata");
    let owner = metadata.and_then(|it| it.get("labels")?.get("owner")?.as_str());
    let name = metadata.and_then(|it| it.get("name")?.as_str());
    owner == Some("helm") || name.is_some_and(|it| it.starts_with("sh.helm.release"))
}

fn shorten_field(fields: &mut Fields, name: &str, what: &str) {
    if let Some(Value::String(text)) = fields.get_mut(name) {
        shorten(text, what);
    }
}

/// `[1,432 chars of certificate]`.
fn shorten(text: &mut String, what: &str) {
    if text.len() > CERTIFICATE {
        *text = format!("[{} chars of {what}]", grouped(text.len()));
    }
}

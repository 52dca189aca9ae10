//! A place in a cluster where secrets are found, with one of its own in it.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a secret's marks begin with, wherever they stand.
pub const MARK: &str = "[redacted ";

pub struct Surface {
    pub name: &'static str,
    /// What must not leave: one text, or the lines of one.
    pub secret: Vec<String>,
    /// A word that is no secret, in the same object or on the same line.
    pub marker: String,
    pub place: Place,
}

/// Where it is planted.
pub enum Place {
    Object(Object),
    /// A line, or several, of the log of a container.
    Log(String),
    /// The server's own surroundings.
    Server,
}

pub struct Object {
    pub manifest: Value,
    /// As `kubectl_get` takes it: `secrets`.
    pub resource: &'static str,
    pub name: String,
    /// The way to the secret.
    pub path: &'static str,
    /// The API server keeps its status apart.
    pub status: Option<Value>,
}

/// A secret of twelve characters without any shape of its own: only what is around it can give it away.
pub fn secret_of(surface: &str) -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let digest = Sha256::digest(surface);
    let word: String = digest
        .iter()
        .take(9)
        .map(|it| char::from(LETTERS[usize::from(*it) % LETTERS.len()]))
        .collect();
    // Small letters, capitals and digits alike.
    format!("q{word}X7")
}

/// A word of small letters that nothing else has.
fn marker_of(surface: &str) -> String {
    let digest = Sha256::digest(format!("marker of {surface}"));
    let letters = digest.iter().take(8).map(|it| char::from(b'a' + it % 26));
    letters.chain("mark".chars()).collect()
}

/// `⟨secret⟩`, `⟨base64⟩`, `⟨marker⟩` and `⟨name⟩` in a template; also base64 of a text with the secret in it:
/// `⟨base64 of password=⟨secret⟩⟩`.
pub fn filled(template: &str, name: &str) -> String {
    let (secret, marker) = (secret_of(name), marker_of(name));
    let mut text = template
        .replace("⟨secret⟩", &secret)
        .replace("⟨marker⟩", &marker)
        .replace("⟨name⟩", &marker)
        .replace("⟨base64⟩", &BASE64_STANDARD.encode(&secret));
    while let Some((before, rest)) = text.split_once("⟨base64 of ") {
        let (inner, after) = rest.split_once('⟩').unwrap();
        text = format!("{before}{}{after}", BASE64_STANDARD.encode(inner.replace("\\n", "\n")));
    }
    text
}

impl Surface {
    /// An object with a label by which it is found.
    pub fn object(
        name: &'static str,
        resource: &'static str,
        path: &'static str,
        template: &str,
    ) -> Self {
        let yaml = filled(template, name);
        let mut manifest: Value =
            serde_saphyr::from_str(&yaml).unwrap_or_else(|it| panic!("{name}: {it}\n{yaml}"));
        let marker = marker_of(name);
        manifest["metadata"]["name"] = json!(marker);
        manifest["metadata"]["labels"]["surface"] = json!(marker);
        let status = manifest.as_object_mut().and_then(|it| it.remove("status"));
        let object = Object { manifest, resource, name: marker.clone(), path, status };
        Self { name, secret: vec![secret_of(name)], marker, place: Place::Object(object) }
    }

    pub fn log(name: &'static str, template: &str) -> Self {
        let lines = filled(template, name);
        Self {
            name,
            secret: vec![secret_of(name)],
            marker: marker_of(name),
            place: Place::Log(lines),
        }
    }

    pub fn of_server(name: &'static str) -> Self {
        Self { name, secret: vec![secret_of(name)], marker: marker_of(name), place: Place::Server }
    }

    /// A secret with a form that is its own.
    pub fn hiding(self, secret: &[&str]) -> Self {
        Self { secret: secret.iter().map(|it| (*it).to_owned()).collect(), ..self }
    }

    /// The manifest with another text in it, where YAML cannot say it.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let Place::Object(object) = &mut self.place else { panic!("{} is no object", self.name) };
        *object.manifest.pointer_mut(pointer).unwrap() = value;
        self
    }

    pub fn as_object(&self) -> Option<&Object> {
        match &self.place {
            Place::Object(object) => Some(object),
            _ => None,
        }
    }
}

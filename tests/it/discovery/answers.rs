//! What products answer, from the files in `tests/answers/`.

use std::path::Path;

use serde::Deserialize;

/// One page of a product, with its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    pub path: String,
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default = "json", rename = "type")]
    pub content_type: String,
    /// The `WWW-Authenticate` headers, if any.
    #[serde(default)]
    pub challenges: Vec<String>,
    /// The `Location` header, if any.
    #[serde(default)]
    pub location: String,
    pub body: String,
}

fn ok() -> u16 {
    200
}

fn json() -> String {
    "application/json".to_owned()
}

impl Recorded {
    /// What there is at a path where the product has nothing.
    pub fn nothing() -> Self {
        Self::page("", 404, "text/plain; charset=utf-8", "404 page not found\n")
    }

    pub fn page(path: &str, status: u16, content_type: &str, body: &str) -> Self {
        Self {
            path: path.to_owned(),
            status,
            content_type: content_type.to_owned(),
            challenges: Vec::new(),
            location: String::new(),
            body: body.to_owned(),
        }
    }
}

/// All pages of a product, or of one of its moods: `prometheus`, `elasticsearch-locked`.
pub fn recorded(name: &str) -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers");
    let text = std::fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// The answer to a path, whatever stands behind a question mark in it.
pub fn answer_at(pages: &[Recorded], path: &str) -> Recorded {
    let path = path.split('?').next().unwrap_or_default();
    pages.iter().find(|it| it.path == path).cloned().unwrap_or_else(Recorded::nothing)
}

//! What is said of a file that was copied.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{files::Found, write::Written};
use crate::{
    output::{Document, Keep, Redactor, diff::changes},
    toolsets::kubernetes::exec::{Chosen, fingerprint},
};

/// Bytes that are shown as base64: of more, an answer has no room for all, and a part is of no use.
const MOST_BINARY: usize = 12 * 1024;

pub(super) fn read(chosen: &Chosen, path: &str, data: &[u8]) -> Document {
    let bytes = data.len();
    // No hash: what is redacted in it could be guessed by that.
    let document = Document::new().note(format!("{path}: {bytes} bytes; {chosen}"));
    let source = format!("{path} in pod {}/{}", chosen.place.pod, chosen.place.container);
    match std::str::from_utf8(data) {
        Ok("") => document,
        Ok(text) => document.untrusted(&source, text.to_owned(), Keep::Head),
        Err(_) if bytes > MOST_BINARY => document.note("it is binary, and too long to be shown"),
        Err(_) => {
            document.untrusted(&format!("base64 of {source}"), STANDARD.encode(data), Keep::Head)
        }
    }
}

pub(super) fn written(chosen: &Chosen, path: &str, written: &Written) -> Document {
    let (bytes, print) = (written.content.len(), fingerprint(&written.content));
    let what = match &written.before {
        _ if written.is_unchanged() => "unchanged, it was so already".to_owned(),
        Found::File(before) => format!("written in the place of {} bytes", before.len()),
        Found::Large | Found::NoFile => "written in the place of a larger one".to_owned(),
        Found::Nothing => "written anew".to_owned(),
    };
    let document =
        Document::new().note(format!("{path}: {bytes} bytes, sha256 {print}; {what}; {chosen}"));
    match difference(written) {
        Some(lines) => document.untrusted("what has changed", lines, Keep::Head),
        None => document,
    }
}

/// Of two texts, the lines that go and those that come.
fn difference(written: &Written) -> Option<String> {
    let Found::File(before) = &written.before else { return None };
    let [before, after] =
        [before.as_slice(), &written.content].map(|it| std::str::from_utf8(it).ok());
    let [before, after] = [before?, after?].map(|it| json!({ "content": it }));
    let changes = changes(Some(&before), Some(&after), &Redactor::without_fingerprints());
    (!changes.is_empty()).then(|| changes.to_string())
}

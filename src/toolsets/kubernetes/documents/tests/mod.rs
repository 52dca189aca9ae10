use serde_json::Value;

use super::*;

mod bounds;
mod lists;
mod properties;
mod refusals;
mod scalars;
mod texts;

fn only(text: &str) -> Value {
    let documents = read(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.into_iter().next().unwrap().object
}

fn told(text: &str) -> String {
    read(text).unwrap_err().join("\n")
}

/// An object with these lines of YAML after its name.
fn object(rest: &str) -> String {
    format!("apiVersion: v1\nkind: Widget\nmetadata:\n  name: a\n{rest}\n")
}

/// Numbers, lines and names.
fn found(text: &str) -> Vec<(usize, usize, String)> {
    let documents = read(text).unwrap().into_iter();
    documents
        .map(|it| {
            let name = it.object["metadata"]["name"].as_str().unwrap().to_owned();
            (it.index, it.line, name)
        })
        .collect()
}

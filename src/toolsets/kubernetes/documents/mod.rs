//! From the text of manifests to documents: YAML or JSON, one or many, lists taken apart.
//!
//! A text means here what it means to kubectl, or it is refused: `0644` is octal, and what kubectl would silently make
//! something else of (`yes`, `1_000`, a key that is written twice) is told of with its place instead. A string never becomes
//! anything but the same string.

mod chunks;
mod json;
mod node;
mod object;
mod parts;
mod plain;
mod problem;
mod settle;
#[cfg(test)]
mod tests;
mod written;
mod yaml;

use std::thread;

use serde_json::Value;

use self::{chunks::Chunk, node::Node, object::Objects, problem::Problems, yaml::Left};

/// In bytes, of all documents together.
const LONGEST: usize = 4 * 1024 * 1024;

/// Of documents, the items of lists counted one by one.
const MOST: usize = 1_000;

/// One object that somebody wrote.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    /// Which of the documents it is in, from 1; items of a list share that of the list. 0 for what nobody wrote.
    pub(super) index: usize,
    /// Where it begins in the text, from 1.
    pub(super) line: usize,
    /// With `apiVersion`, `kind` and `metadata.name`.
    pub(super) object: Value,
}

impl Document {
    /// An object that was made, and not written.
    pub(super) fn made(object: Value) -> Self {
        Self { index: 0, line: 0, object }
    }
}

/// How deep is read takes stack, and the caller's may be small; what of this is not used is never there.
const STACK: usize = 32 * 1024 * 1024;

/// Reads the argument `manifest`, or says all that is wrong with it. Empty documents are skipped; at least one is not empty.
pub(super) fn read(text: &str) -> Result<Vec<Document>, Vec<String>> {
    if text.len() > LONGEST {
        let length = text.len();
        return Err(vec![format!(
            "`manifest`: {length} bytes; {LONGEST} are the most: give fewer documents in a call"
        )]);
    }
    thread::scope(|scope| {
        let reader = thread::Builder::new().name("manifests".to_owned()).stack_size(STACK);
        let reader = reader.spawn_scoped(scope, || documents(text));
        let reader = reader.map_err(|it| vec![format!("`manifest`: cannot be read now: {it}")])?;
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn documents(text: &str) -> Result<Vec<Document>, Vec<String>> {
    let mut problems = Problems::default();
    let documents = objects(text, &mut problems);
    if problems.is_empty() && documents.is_empty() {
        return Err(vec!["`manifest`: no document in it: give objects in YAML or JSON".to_owned()]);
    }
    if problems.is_empty() { Ok(documents) } else { Err(problems.told()) }
}

/// Reads one value that is no object of its own, such as a patch; what is wrong with it is said of `argument`.
pub(super) fn value(argument: &str, text: &str) -> Result<Value, Vec<String>> {
    let mut problems = Problems::default();
    let read = match chunks::of(text).as_slice() {
        _ if text.len() > LONGEST => Err(format!("{} bytes; {LONGEST} are the most", text.len())),
        [only] => only.whole(&mut problems).map_err(|it| it.told_of(argument)),
        chunks => Err(format!("one document is expected, and there are {}", chunks.len())),
    };
    match read {
        Ok(Some(node)) if problems.is_empty() => Ok(node.into_value()),
        Ok(Some(_)) => Err(problems.told_of(argument)),
        Ok(None) => Err(vec![format!("`{argument}`: one value is expected")]),
        Err(problem) if problem.starts_with('`') => Err(vec![problem]),
        Err(problem) => Err(vec![format!("`{argument}`: {problem}")]),
    }
}

fn objects(text: &str, problems: &mut Problems) -> Vec<Document> {
    let mut objects = Objects::default();
    let mut left = Left::default();
    let mut index = 0;
    for chunk in chunks::of(text) {
        for node in roots(&chunk, &mut left, index + 1, problems) {
            index += 1;
            if index > MOST {
                problems.general(format!("more than {MOST} documents: give fewer in a call"));
                return Vec::new();
            }
            if let Some(node) = node {
                objects.take(index, node, problems);
            }
        }
        if left.is_spent() {
            break;
        }
    }
    if objects.count() > MOST {
        problems.general(format!("more than {MOST} objects: give fewer in a call"));
        return Vec::new();
    }
    objects.checked(problems)
}

/// The documents of a chunk; `None` stands for one that cannot be read or is null.
fn roots(
    chunk: &Chunk<'_>,
    left: &mut Left,
    first: usize,
    problems: &mut Problems,
) -> Vec<Option<Node>> {
    match chunk.read(left, first, problems) {
        Ok(roots) => roots.into_iter().map(|it| (!it.is_null()).then_some(it)).collect(),
        Err(problem) => {
            problems.push(first, problem);
            vec![None]
        }
    }
}

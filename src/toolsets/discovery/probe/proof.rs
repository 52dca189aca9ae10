//! Whether an answer is the one that only this product gives.

use serde_json::Value;

use super::way::{Answer, CAP};
use crate::toolsets::discovery::detector::Proof;

/// The longest version that is believed to be one.
const LONGEST_VERSION: usize = 40;

/// The version that a proving answer tells, if any; or why it proves nothing, in words of our own.
pub(super) fn prove(proof: &Proof, answer: &Answer) -> Result<Option<String>, String> {
    if answer.is_html() {
        return Err("it answers with an HTML page".to_owned());
    }
    if !answer.is_whole {
        return Err(format!("its answer is longer than {} MiB", CAP / 1024 / 1024));
    }
    if let Some(text) = &proof.text {
        return if answer.text() == *text {
            Ok(None)
        } else {
            Err("its answer is another text".to_owned())
        };
    }
    let body: Value =
        serde_json::from_slice(&answer.body).map_err(|_| "its answer is no JSON".to_owned())?;
    for (pointer, wanted) in &proof.json {
        match body.pointer(pointer) {
            None => return Err(format!("its answer has no {pointer}")),
            Some(it) if !wanted.is_null() && it != wanted => {
                return Err(format!("in its answer, {pointer} is another"));
            }
            Some(_) => {}
        }
    }
    if let Some(pointer) = proof.lacks.iter().find(|it| body.pointer(it).is_some()) {
        return Err(format!("its answer has a {pointer}"));
    }
    let version = proof.version.as_ref().and_then(|it| body.pointer(it)?.as_str());
    Ok(version.and_then(cleaned))
}

/// `v3.1.0+7f2ac0b`, without the rest from the first letter on that has no place in one.
fn cleaned(version: &str) -> Option<String> {
    let fits = |it: &char| it.is_ascii_alphanumeric() || ".+_-".contains(*it);
    let version: String = version.chars().take_while(fits).take(LONGEST_VERSION).collect();
    Some(version).filter(|it| !it.is_empty())
}

//! What is shown before a file is copied.

use super::Plan;
use crate::{
    output::{Redactor, clip},
    tool::{Effect, Preview},
    toolsets::kubernetes::exec::{Place, fingerprint},
};

/// A text is shown whole up to so many characters; a longer one is a file that nobody reads in a question.
const SHOWN: usize = 8_000;

pub(super) fn preview(plan: &Plan) -> Preview {
    let Plan { cluster, chosen, path, content } = plan;
    let Place { namespace, image, .. } = &chosen.place;
    let done = if content.is_some() { "written" } else { "read" };
    let mut lines = vec![format!("file: {path}"), format!("image: {image}")];
    if let Some(content) = content {
        lines.push(format!(
            "{} bytes, sha256 {}, in the place of whatever is there",
            content.len(),
            fingerprint(content)
        ));
        lines.push(shown(content));
    }
    Preview {
        summary: format!(
            "a file would be {done} in {chosen}, namespace {namespace} of context {}",
            cluster.identity.context
        ),
        // Without fingerprints: it repeats what the caller wrote.
        details: Redactor::without_fingerprints().text(&lines.join("\n")).into_owned(),
        affected: vec![chosen.place.affected(Effect::Execute)],
    }
}

fn shown(content: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(content) else {
        return "it is binary, and not shown".to_owned();
    };
    let mut beginning = text.to_owned();
    clip(&mut beginning, SHOWN);
    if beginning.len() == text.len() {
        return format!("content:\n{text}");
    }
    format!("content, of which only the beginning is shown:\n{beginning}")
}

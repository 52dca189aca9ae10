//! What is shown before a program runs.

use super::KubectlExec;
use crate::{
    output::Redactor,
    tool::{Effect, Preview},
    toolsets::kubernetes::{cluster::Cluster, exec::Chosen},
};

/// Which program, where, and with what: all that makes it another run.
pub(super) fn preview(call: &KubectlExec, cluster: &Cluster, chosen: &Chosen) -> Preview {
    let place = &chosen.place;
    let mut lines = vec![
        format!("command: {}", quoted(&call.command)),
        format!("image: {}", place.image),
        format!("for at most {} s", call.time().as_secs()),
    ];
    lines.extend(call.stdin.as_deref().map(input));
    Preview {
        summary: format!(
            "a command would run in {chosen}, namespace {} of context {}",
            place.namespace, cluster.identity.context
        ),
        // Without fingerprints: it repeats what the caller wrote.
        details: Redactor::without_fingerprints().text(&lines.join("\n")).into_owned(),
        affected: vec![place.affected(Effect::Execute)],
    }
}

/// Whole: it may be all that matters, and a question that is too long is asked by nobody.
fn input(text: &str) -> String {
    format!("input ({} bytes):\n{text}", text.len())
}

/// As a list in which no argument can look like two.
pub(super) fn quoted<T: AsRef<str>>(argv: &[T]) -> String {
    let words: Vec<&str> = argv.iter().map(AsRef::as_ref).collect();
    serde_json::Value::from(words).to_string()
}

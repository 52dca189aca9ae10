//! All that I may do in one namespace, in as few words as it takes.

use super::review::whoami;
use crate::{
    output::Document,
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, needs::needs, rules::Rules},
};

pub(super) async fn all(cluster: &Cluster, namespace: &str) -> Result<Document, ToolError> {
    let (who, rules) = futures::join!(whoami(cluster), Rules::of(cluster, namespace));
    let rules = rules?;
    let lines = rules.lines();
    let document = if lines.is_empty() {
        Document::new()
            .note(format!("{who} may do nothing in namespace {namespace} that not everybody may"))
    } else {
        Document::new().note(format!("{who} may in namespace {namespace}:")).lines(lines)
    };
    Ok(match rules.doubt() {
        Some(doubt) => document.note(doubt),
        None => idle(&rules).into_iter().fold(document, Document::note),
    })
}

/// The tools of which an agent may wonder why they are not offered.
fn idle(rules: &Rules) -> Option<String> {
    let mut tools: Vec<&str> =
        needs().filter(|it| !it.is_met_by(rules)).map(|it| it.tool).collect();
    tools.dedup();
    (!tools.is_empty()).then(|| format!("of no use here: {}", tools.join(", ")))
}

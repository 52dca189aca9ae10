//! Back to an earlier revision.

use serde_json::{Value, json};

use super::{
    edit::{Edit, is_paused, paused},
    workload::Step,
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        few::few,
        field::text,
        kubernetes_diagnose::word,
        revisions::{CHANGE_CAUSE, Revision, revisions},
    },
};

/// Revisions that are named when one is missing.
const MOST_NAMED: usize = 20;

pub(super) async fn undo(
    cluster: &Cluster,
    address: &Address,
    seen: &Value,
    to: Option<i64>,
) -> Result<Step, ToolError> {
    if is_paused(seen) {
        return Err(paused(address, "rolled back"));
    }
    let revisions = revisions(cluster, address, seen).await?;
    let revision = match to {
        Some(number) => numbered(address, &revisions, number)?,
        None => previous(address, &revisions)?,
    };
    if seen.pointer("/spec/template") == Some(&revision.template) {
        return Ok(Step::Nothing(format!("its pods are of revision {} now", revision.number)));
    }
    Ok(Step::Edit(Edit::rollback(patch(revision, seen), seen)))
}

/// The template is replaced whole. Why it was so goes with it: of all annotations, this one speaks of a revision.
fn patch(revision: &Revision, seen: &Value) -> Value {
    let mut template = revision.template.clone();
    if let Some(fields) = template.as_object_mut() {
        fields.insert("$patch".to_owned(), "replace".into());
    }
    let is_same = text(seen, "/metadata/annotations/kubernetes.io~1change-cause") == revision.cause;
    let cause = Some(revision.cause.as_str()).filter(|it| !it.is_empty());
    let annotations = if is_same { json!({}) } else { json!({ CHANGE_CAUSE: cause }) };
    json!({ "metadata": { "annotations": annotations }, "spec": { "template": template } })
}

pub(super) fn numbered<'a>(
    address: &Address,
    revisions: &'a [Revision],
    number: i64,
) -> Result<&'a Revision, ToolError> {
    revisions.iter().find(|it| it.number == number).ok_or_else(|| {
        let named = revisions.iter().rev().map(|it| match it.cause.as_str() {
            "" => it.number.to_string(),
            cause => format!("{} ({})", it.number, word(cause)),
        });
        let named: Vec<String> = named.collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let there_are = if named.is_empty() { "none".to_owned() } else { few(&named, MOST_NAMED) };
        ToolError::NotFound(format!("{address} has no revision {number}; there are {there_are}"))
    })
}

/// The last but one.
fn previous<'a>(address: &Address, revisions: &'a [Revision]) -> Result<&'a Revision, ToolError> {
    let mut latest = revisions.iter().rev();
    latest.next();
    latest.next().ok_or_else(|| {
        ToolError::NotFound(format!(
            "{address} has no revision but the present one: there is nothing to go back to"
        ))
    })
}

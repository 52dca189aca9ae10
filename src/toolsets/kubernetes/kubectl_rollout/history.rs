//! The revisions that a workload can go back to.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::undo::numbered;
use crate::{
    output::{Document, Keep, Table, age, diff},
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        field::text,
        one_line::one_line,
        revisions::{Revision, revisions},
    },
};

/// All of them, or what would be different with one of them.
pub(super) async fn history(
    cluster: &Cluster,
    address: &Address,
    seen: &Value,
    to: Option<i64>,
) -> Result<Document, ToolError> {
    let revisions = revisions(cluster, address, seen).await?;
    match to {
        Some(number) => {
            Ok(difference(cluster, address, seen, numbered(address, &revisions, number)?))
        }
        None => Ok(list(address, &revisions)),
    }
}

fn list(address: &Address, revisions: &[Revision]) -> Document {
    if revisions.is_empty() {
        return Document::new().note(format!("{address}: no revisions"));
    }
    let columns = ["REVISION", "AGE", "PODS", "IMAGES", "CHANGE-CAUSE"];
    let rows = revisions.iter().rev().map(row).collect();
    let table = Table::new(columns.map(str::to_owned).to_vec(), rows);
    Document::new()
        .untrusted_table(&format!("revisions of {address}, the present one first"), table)
}

fn row(revision: &Revision) -> Vec<String> {
    let age = revision.created.parse::<Timestamp>().map(|it| age::of(it, Timestamp::now()));
    let containers = revision.template.pointer("/spec/containers").and_then(Value::as_array);
    let images = containers.into_iter().flatten().map(|it| text(it, "/image"));
    vec![
        revision.number.to_string(),
        age.unwrap_or_default(),
        revision.pods.map(|it| it.to_string()).unwrap_or_default(),
        images.collect::<Vec<_>>().join(","),
        one_line(&revision.cause).into_owned(),
    ]
}

/// As far as the pods are concerned.
fn difference(cluster: &Cluster, address: &Address, seen: &Value, revision: &Revision) -> Document {
    let with = |template: Option<&Value>| {
        let (version, kind) = (address.resource.api_version(), &address.resource.kind);
        json!({ "apiVersion": version, "kind": kind, "spec": { "template": template } })
    };
    let now = with(seen.pointer("/spec/template"));
    let then = with(Some(&revision.template));
    let diff = diff::changes(Some(&now), Some(&then), cluster.redactor());
    if diff.is_empty() {
        return Document::new().note(format!("{address} is as in revision {}", revision.number));
    }
    let title = format!("from now to revision {} of {address}", revision.number);
    Document::new().untrusted(&title, diff.to_string(), Keep::Head)
}

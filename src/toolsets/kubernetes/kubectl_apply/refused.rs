//! Why the API server does not take a document, and what to do about it.

use kube::core::Status;
use serde_json::Value;

use super::{
    intent::Intent,
    unknown_fields::{self, Unknown},
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        error::ApiError,
        write::{APPLY_PATCH, Write},
    },
};

/// What a document says that does not fit its schema is told by this, as an error of the server.
const UNTYPED: &str = "failed to create typed patch object";
const STRICT: &str = "strict decoding error";

pub(super) async fn told(
    cluster: &Cluster,
    intent: &Intent,
    verb: &str,
    error: &ApiError,
) -> ToolError {
    let ApiError::Status(status) = error else {
        return intent.address.failed(cluster, verb, error);
    };
    if is_misfit(status) {
        return ToolError::InvalidArguments(misfits(cluster, intent, verb, status).await);
    }
    intent.address.failed(cluster, verb, error)
}

fn is_misfit(status: &Status) -> bool {
    status.message.contains(UNTYPED) || status.message.contains(STRICT)
}

/// All fields that the kind does not have, with those that were meant, and what else does not fit.
async fn misfits(cluster: &Cluster, intent: &Intent, verb: &str, status: &Status) -> Vec<String> {
    let Unknown { told: unknown, rest } = unknown_fields::of(cluster, intent).await;
    if unknown.is_empty() {
        return lines(&status.message).into_iter().map(str::to_owned).collect();
    }
    let others = wrong_besides(cluster, intent, verb, &rest).await;
    unknown.into_iter().chain(others).collect()
}

/// The API server looks no further once it has come upon an unknown field, and at which it comes first is chance.
async fn wrong_besides(
    cluster: &Cluster,
    intent: &Intent,
    verb: &str,
    rest: &Value,
) -> Vec<String> {
    let write = Write::patch(&intent.address.path(), APPLY_PATCH, rest).dry_run();
    let Err(error) = cluster.write(&write).await else { return Vec::new() };
    match &error {
        ApiError::Status(status) if is_misfit(status) => {
            lines(&status.message).into_iter().map(str::to_owned).collect()
        }
        _ => match intent.address.failed(cluster, verb, &error) {
            ToolError::InvalidArguments(problems) => problems,
            _ => Vec::new(),
        },
    }
}

/// `… (shop/web; apps/v1, Kind=Deployment): errors:\n  .spec.replicas: expected numeric …\n  …`, or without `errors`.
fn lines(message: &str) -> Vec<&str> {
    let Some((_, listed)) = message.split_once(UNTYPED) else {
        let (_, listed) = message.split_once(STRICT).unwrap_or(("", message));
        return listed.trim_start_matches(':').split(", ").map(str::trim).collect();
    };
    let (_, listed) = listed.split_once("): ").unwrap_or(("", listed));
    let listed = listed.trim_start_matches("errors:").trim();
    listed.lines().map(|it| it.trim().trim_start_matches('.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_misfit_of_a_message_is_a_line() {
        let many = "failed to create typed patch object (t1/web; apps/v1, Kind=Deployment): errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.replicass: field not declared in schema";
        let expected = [
            "spec.replicas: expected numeric (int or float), got string",
            "spec.replicass: field not declared in schema",
        ];
        assert_eq!(lines(many), expected);
        let one = "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data.a: expected string, got 1";
        assert_eq!(lines(one), ["data.a: expected string, got 1"]);
        let strict = r#"strict decoding error: unknown field "spec.a", unknown field "spec.b""#;
        assert_eq!(lines(strict), [r#"unknown field "spec.a""#, r#"unknown field "spec.b""#]);
    }
}

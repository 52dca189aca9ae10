//! Why the API server does not take a document, and what to do about it.

use kube::core::Status;

use super::{intent::Intent, unknown_fields};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, error::ApiError},
};

/// What a document says that does not fit its schema is told by this, as an error of the server.
const UNTYPED: &str = "failed to create typed patch object";
const STRICT: &str = "strict decoding error";
const NOT_IN_SCHEMA: &str = ": field not declared in schema";

pub(super) async fn told(
    cluster: &Cluster,
    intent: &Intent,
    verb: &str,
    error: &ApiError,
) -> ToolError {
    let ApiError::Status(status) = error else {
        return intent.address.failed(cluster, verb, error);
    };
    if status.message.contains(UNTYPED) || status.message.contains(STRICT) {
        return ToolError::InvalidArguments(misfits(cluster, intent, status).await);
    }
    intent.address.failed(cluster, verb, error)
}

/// All fields that the kind does not have, with those that were meant, and what else does not fit.
async fn misfits(cluster: &Cluster, intent: &Intent, status: &Status) -> Vec<String> {
    let told: Vec<&str> = lines(&status.message);
    let unknown = unknown_fields::of(cluster, intent).await;
    if unknown.is_empty() {
        return told.into_iter().map(str::to_owned).collect();
    }
    let is_named = |it: &str| it.contains(NOT_IN_SCHEMA) || it.contains("unknown field");
    let others = told.into_iter().filter(|it| !is_named(it)).map(str::to_owned);
    unknown.into_iter().chain(others).collect()
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

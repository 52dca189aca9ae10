//! Questions to the API server's own authorizer.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{cluster::Cluster, error::Asked};
use crate::tool::ToolError;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1";

/// Sends a review, and explains why it could not be answered.
pub(crate) async fn ask<T: DeserializeOwned>(
    cluster: &Cluster,
    resource: &str,
    spec: &Value,
) -> Result<T, ToolError> {
    let kind = match resource {
        "selfsubjectaccessreviews" => "SelfSubjectAccessReview",
        "selfsubjectrulesreviews" => "SelfSubjectRulesReview",
        _ => "SubjectAccessReview",
    };
    let review = json!({ "apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec });
    let full = format!("{resource}.authorization.k8s.io");
    let asked = Asked { verb: "create", resource: &full, name: None, namespace: None };
    let answer = cluster.review(&format!("{REVIEWS}/{resource}"), &review).await;
    answer.map_err(|error| cluster.explain(&error, &asked))
}

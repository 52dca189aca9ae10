//! Whether programs may be run at all: a person is asked about nothing that is refused after their yes.

use serde::Deserialize;
use serde_json::json;

use super::place::Place;
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, guard::Refusal},
};

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

#[derive(Deserialize)]
struct Review {
    status: Status,
}

#[derive(Deserialize)]
struct Status {
    allowed: bool,
}

/// Asks the policy and the API server. One that does not answer such questions is asked by trying it.
pub(super) async fn check(cluster: &Cluster, place: &Place) -> Result<(), ToolError> {
    if cluster.guard().denies("", "pods", Some("exec")) {
        return Err(ToolError::Refused(Refusal::Resource("pods/exec".to_owned()).to_string()));
    }
    let Place { namespace, pod, .. } = place;
    let attributes = json!({
        "namespace": namespace,
        "verb": "get",
        "resource": "pods",
        "subresource": "exec",
        "name": pod,
    });
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": attributes },
    });
    match cluster.review::<Review>(REVIEWS, &review).await {
        Ok(answer) if !answer.status.allowed => Err(ToolError::Refused(may_not(cluster, place))),
        _ => Ok(()),
    }
}

fn may_not(cluster: &Cluster, place: &Place) -> String {
    let user = cluster.identity.name().map(|it| format!("user {it} ")).unwrap_or_default();
    format!(
        "{user}(context {}) may not get pods/exec in namespace {}; ask for the rights to get and to create it (RBAC)",
        cluster.identity.context, place.namespace
    )
}

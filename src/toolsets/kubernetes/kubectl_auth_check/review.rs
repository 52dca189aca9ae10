//! One question to the API server's own authorizer.

use serde::Deserialize;
use serde_json::json;

use super::{question::Question, who::Who};
use crate::{
    output::Document,
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, reviews::ask},
};

#[derive(Deserialize)]
struct Review {
    #[serde(default)]
    status: Verdict,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Verdict {
    allowed: bool,
    denied: bool,
    reason: String,
    evaluation_error: String,
}

/// Yes or no, and why.
pub(super) async fn access(
    cluster: &Cluster,
    question: &Question,
    who: Option<&Who>,
) -> Result<Document, ToolError> {
    let (kind, attributes) = question.attributes();
    let (resource, who, spec) = match who {
        None => ("selfsubjectaccessreviews", whoami(cluster).await, json!({ kind: attributes })),
        Some(Who { user, groups, .. }) => {
            let spec = json!({ kind: attributes, "user": user, "groups": groups });
            ("subjectaccessreviews", user.clone(), spec)
        }
    };
    let verdict = ask::<Review>(cluster, resource, &spec).await?.status;
    Ok(Document::new().note(verdict.sentence(&who, &question.sentence())))
}

impl Verdict {
    fn sentence(&self, who: &str, what: &str) -> String {
        let Self { allowed, denied, reason, evaluation_error } = self;
        let mut text = match (allowed, denied) {
            (true, _) => format!("yes: {who} may {what}"),
            (false, true) => format!("no: {who} is denied to {what}"),
            (false, false) => format!("no: {who} may not {what}: nothing grants it"),
        };
        if !reason.is_empty() {
            text = format!("{text}; {reason}");
        }
        if !evaluation_error.is_empty() {
            text = format!("{text}; not all rules could be looked at: {evaluation_error}");
        }
        text
    }
}

#[derive(Deserialize)]
struct Me {
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    user_info: UserInfo,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserInfo {
    username: String,
}

/// The name by which the API server knows us, the kubeconfig's when it does not tell; and whether we only ask in that name.
pub(super) async fn whoami(cluster: &Cluster) -> String {
    let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let me: Option<Me> = cluster.review(path, &review).await.ok();
    let name = me.map(|it| it.status.user_info.username).filter(|it| !it.is_empty());
    let own = || cluster.identity.name().unwrap_or("this server").to_owned();
    let name = name.unwrap_or_else(own);
    format!("{name}{}", cluster.identity.impersonation())
}

//! Documents that cannot be tried before others of the same manifest are there.

use super::{intent::Intent, trial::Failure};
use crate::toolsets::kubernetes::error::ApiError;

/// What the API server looks up when something names it.
const NAMED: [(&str, &str); 5] = [
    ("", "ServiceAccount"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("node.k8s.io", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
];

/// Whether that failure of `intent` may be over when `other` is applied.
pub(super) fn is_one(failure: &Failure, intent: &Intent, other: &Intent) -> bool {
    if other.defines(&intent.address.resource) {
        return true;
    }
    let Some(ApiError::Status(status)) = &failure.api else { return false };
    if let Some(namespace) = failure.missing_namespace() {
        return other.makes_namespace(namespace);
    }
    let is_missing = status.message.contains("not found") || status.message.contains("was found");
    let (resource, near) = (&other.address.resource, &other.address.namespace);
    is_missing
        && matches!(status.code, 403 | 404)
        && NAMED.contains(&(resource.group.as_str(), resource.kind.as_str()))
        && near.as_ref().is_none_or(|it| Some(it) == intent.address.namespace.as_ref())
        && names(&status.message).any(|it| it == other.address.name)
}

fn names(message: &str) -> impl Iterator<Item = &str> {
    message.split(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '-' | '.' | ':'))
}

//! One eviction: asked of the API server, which asks the budgets.

use std::sync::Arc;

use serde_json::json;

use super::pods::Pod;
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        discovery::Resource,
        error::{ApiError, Asked},
        write::Write,
    },
};

/// What the API server says to an eviction.
#[derive(Debug)]
pub(super) enum Verdict {
    Granted,
    /// It is not there any more.
    Gone,
    /// A budget does not allow it, now.
    Blocked(String),
    /// It is asked too much; again in a moment.
    Busy,
    /// It will not, however often it is asked.
    Never(String),
    /// It was asked, and nobody heard the answer.
    Unknown(ToolError),
    /// It cannot be asked.
    Failed(ToolError),
}

/// What all evictions of a call have in common.
pub(super) struct Evictions<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) pods: &'a Arc<Resource>,
    pub(super) grace_period: Option<i64>,
}

impl Evictions<'_> {
    /// Of this very pod, and none that has its name by then.
    pub(super) async fn evict(&self, pod: &Pod, dry_run: bool) -> Verdict {
        let metadata = &pod.metadata;
        let address = Address::new(self.pods, Some(&metadata.namespace), &metadata.name);
        let path = format!("{}/eviction", address.path());
        let mut options = json!({ "preconditions": { "uid": metadata.uid } });
        if let (Some(seconds), Some(fields)) = (self.grace_period, options.as_object_mut()) {
            fields.insert("gracePeriodSeconds".to_owned(), seconds.into());
        }
        let body = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": { "name": metadata.name, "namespace": metadata.namespace },
            "deleteOptions": options,
        });
        let write = Write::create(&path, &body).tried(dry_run);
        match self.cluster.write(&write).await {
            Ok(_) => Verdict::Granted,
            Err(error) => self.verdict(pod, &error),
        }
    }

    fn verdict(&self, pod: &Pod, error: &ApiError) -> Verdict {
        let asked = Asked {
            verb: "create",
            resource: "pods/eviction",
            name: Some(&pod.metadata.name),
            namespace: Some(&pod.metadata.namespace),
        };
        let explained = || self.cluster.explain(error, &asked);
        if error.leaves_open() {
            return Verdict::Unknown(explained());
        }
        let ApiError::Status(status) = error else { return Verdict::Failed(explained()) };
        let causes = || status.details.iter().flat_map(|it| &it.causes);
        let cause = |reason: &str| causes().find(|it| it.reason == reason);
        match status.code {
            // Where there is a conflict, another pod has its name by now.
            404 | 409 => Verdict::Gone,
            // A server that is merely asked too much names no budget.
            429 => cause("DisruptionBudget")
                .map_or(Verdict::Busy, |it| Verdict::Blocked(it.message.clone())),
            // Then the pod ends with it.
            403 if cause("NamespaceTerminating").is_some() => Verdict::Busy,
            500 if status.message.contains("PodDisruptionBudget") => {
                Verdict::Never(status.message.clone())
            }
            400 | 422 => Verdict::Never(status.message.clone()),
            _ => Verdict::Failed(explained()),
        }
    }
}

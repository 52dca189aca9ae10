//! What a job is made of: an image and a command, or what a `CronJob` would make next.

use std::fmt;

use serde_json::Value;

use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::{self, Address},
        cluster::Cluster,
        field::text,
        targets::{self, Target},
    },
};

pub(super) enum Source {
    Image {
        image: String,
        /// The image's own when there is none.
        command: Option<Vec<String>>,
    },
    /// As it was seen.
    CronJob(Value),
}

impl Source {
    /// `nightly`, `cronjob/nightly` or `cj/nightly`.
    pub(super) async fn cron_job(
        cluster: &Cluster,
        from: &str,
        namespace: &str,
    ) -> Result<Self, ToolError> {
        let from = from.trim();
        let from =
            if from.contains('/') { from.to_owned() } else { format!("cronjobs.batch/{from}") };
        let targets = targets::resolve(cluster, &from, None).await?;
        let [Target { resource, names }] = targets.as_slice() else { return Err(one()) };
        let [name] = names.as_slice() else { return Err(one()) };
        if resource.group != "batch" || resource.kind != "CronJob" {
            return Err(one());
        }
        let found = Address::new(resource, Some(namespace), name).found(cluster).await?;
        Ok(Self::CronJob(found))
    }

    /// Whether it is still the one that was shown.
    pub(super) async fn check(&self, cluster: &Cluster, namespace: &str) -> Result<(), ToolError> {
        let Self::CronJob(seen) = self else { return Ok(()) };
        let resource = cluster.resource("cronjobs.batch").await?;
        let address = Address::new(&resource, Some(namespace), text(seen, "/metadata/name"));
        let now = address.now(cluster).await?;
        if address::state(&now) == address::state(seen) {
            return Ok(());
        }
        Err(address.moved_on(seen, &now))
    }

    /// Which of all things of that name it is.
    pub(super) fn state(&self) -> String {
        match self {
            Self::Image { .. } => String::new(),
            Self::CronJob(seen) => address::state(seen),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { image, .. } => write!(out, "image {image}"),
            Self::CronJob(seen) => {
                let name = seen.pointer("/metadata/name").and_then(Value::as_str);
                write!(out, "cronjob {}", name.unwrap_or_default())
            }
        }
    }
}

fn one() -> ToolError {
    ToolError::invalid("`from`: one cronjob, such as cronjob/nightly")
}

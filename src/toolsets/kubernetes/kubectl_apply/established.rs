//! Until what a definition defines can be used.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time;

use super::intent::Intent;
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, discovery::Catalog, field::text, late::is_late},
};

const PAUSE: Duration = Duration::from_millis(100);

/// Waits until the API server has taken the definition up.
pub(super) async fn established(
    cluster: &Cluster,
    definition: &Intent,
    deadline: Option<Instant>,
) -> Result<(), ToolError> {
    loop {
        let address = &definition.address;
        let now = address.get(cluster).await.map_err(|it| address.failed(cluster, "get", &it))?;
        if condition(&now, "Established").is_some_and(|it| text(it, "/status") == "True") {
            return Ok(());
        }
        let names = condition(&now, "NamesAccepted").filter(|it| text(it, "/status") == "False");
        if let Some(refused) = names {
            let why = text(refused, "/message");
            return Err(ToolError::Failed(format!("{definition} was not accepted: {why}")));
        }
        pause(definition, deadline).await?;
    }
}

/// Waits until the cluster says that it serves the kind of this object.
pub(super) async fn served(
    cluster: &Cluster,
    intent: &Intent,
    deadline: Option<Instant>,
) -> Result<(), ToolError> {
    let resource = &intent.address.resource;
    let find = |catalog: &Catalog| {
        let mut all = catalog.resources.iter();
        all.any(|it| it.kind == resource.kind && it.api_version() == resource.api_version())
            .then_some(())
    };
    while cluster.discovery().find(cluster, find).await?.is_err() {
        pause(intent, deadline).await?;
    }
    Ok(())
}

pub(super) async fn pause(intent: &Intent, deadline: Option<Instant>) -> Result<(), ToolError> {
    if is_late(deadline) {
        let why = "its kind is not served yet, and time is up";
        return Err(ToolError::Failed(format!("{intent}: {why}")));
    }
    time::sleep(PAUSE).await;
    Ok(())
}

fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|it| text(it, "/type") == name)
}

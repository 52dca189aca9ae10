//! From what people write to the path where it lives, by asking the API server.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    connection::Connection,
    runtime::{self, Deadline},
};

/// A definition that was just applied is served a moment later.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where objects of one resource live.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// `/api/v1` or `/apis/GROUP/VERSION`.
    root: String,
    plural: String,
    is_namespaced: bool,
}

impl Resource {
    /// By the `apiVersion` and `kind` of an object.
    pub(crate) async fn of_kind(
        connection: &Connection,
        version: &str,
        kind: &str,
    ) -> Result<Self> {
        let of_group = if version.contains('/') { "apis" } else { "api" };
        let root = format!("/{of_group}/{version}");
        Self::find(connection, &root, |it| it["kind"] == kind)
            .await
            .with_context(|| format!("{kind} of {version}"))
    }

    /// By a plural name, with its group unless that is the core: `pods`, `deployments.apps`.
    pub(crate) async fn named(connection: &Connection, name: &str) -> Result<Self> {
        let (plural, root) = match name.split_once('.') {
            None => (name, "/api/v1".to_owned()),
            Some((plural, group)) => {
                let group =
                    connection.request("GET", &format!("/apis/{group}"), None).await?.ok()?;
                let version = group["preferredVersion"]["groupVersion"].as_str();
                (plural, format!("/apis/{}", version.context("a group without a version")?))
            }
        };
        Self::find(connection, &root, |it| it["name"] == plural)
            .await
            .with_context(|| format!("{name} (write the group too, as in deployments.apps)"))
    }

    async fn find(
        connection: &Connection,
        root: &str,
        is_meant: impl Fn(&Value) -> bool,
    ) -> Result<Self> {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let list = connection.request("GET", root, None).await?.json();
            let resources = list["resources"].as_array().into_iter().flatten();
            // A subresource may have the kind of its parent.
            let is_whole = |it: &&Value| it["name"].as_str().is_some_and(|it| !it.contains('/'));
            if let Some(found) = resources.filter(is_whole).find(|it| is_meant(it)) {
                return Ok(Self {
                    root: root.to_owned(),
                    plural: found["name"].as_str().unwrap_or_default().to_owned(),
                    is_namespaced: found["namespaced"] == true,
                });
            }
            if deadline.has_passed() {
                bail!("the API server has no such resource in {root}");
            }
            runtime::pause(Duration::from_millis(100)).await;
        }
    }

    /// The path of all objects. What has no namespace ignores it; what needs one and has none lives in `default`.
    pub(crate) fn collection(&self, namespace: Option<&str>) -> String {
        let Self { root, plural, is_namespaced } = self;
        match is_namespaced {
            true => format!("{root}/namespaces/{}/{plural}", namespace.unwrap_or("default")),
            false => format!("{root}/{plural}"),
        }
    }

    /// The path of one object.
    pub(crate) fn object(&self, namespace: Option<&str>, name: &str) -> String {
        format!("{}/{name}", self.collection(namespace))
    }
}

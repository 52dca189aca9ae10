//! What the API server publishes about its kinds: `OpenAPI` v3, a document a group version.

mod schema;

pub(crate) use self::schema::{Document, Schema};

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tokio::time;

use super::{
    cluster::{Cluster, JSON},
    discovery::Resource,
    error::{ApiError, Asked},
};
use crate::tool::ToolError;

const INDEX: &str = "/openapi/v3";
/// A document is one to three megabytes in memory.
const MOST_KEPT: usize = 4;
/// A definition that was made a moment ago is served before its schema is published.
const PATIENCE: u32 = 8;
const PAUSE: Duration = Duration::from_millis(150);

/// The documents that were asked for last, each under an address that changes with its content.
#[derive(Default)]
pub(crate) struct Documents(Mutex<Vec<(String, Arc<Document>)>>);

/// `{"paths": {"apis/apps/v1": {"serverRelativeURL": "/openapi/v3/apis/apps/v1?hash=…"}}}`
#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    paths: BTreeMap<String, Place>,
}

#[derive(Deserialize)]
struct Place {
    #[serde(rename = "serverRelativeURL")]
    url: String,
}

impl Documents {
    /// The document that has the schema of this kind, as it is now.
    pub(crate) async fn of(
        &self,
        cluster: &Cluster,
        resource: &Resource,
    ) -> Result<Arc<Document>, ToolError> {
        for attempt in 0..PATIENCE {
            if attempt > 0 {
                time::sleep(PAUSE).await;
            }
            let found = self.published(cluster, resource).await.map_err(|error| {
                let resource = "schemas (OpenAPI v3)";
                cluster
                    .explain(&error, &Asked { verb: "get", resource, name: None, namespace: None })
            })?;
            if let Some(document) = found {
                return Ok(document);
            }
        }
        Err(ToolError::NotFound(format!(
            "the API server publishes no schema of {} in {}",
            resource.full_name(),
            resource.api_version()
        )))
    }

    async fn published(
        &self,
        cluster: &Cluster,
        resource: &Resource,
    ) -> Result<Option<Arc<Document>>, ApiError> {
        let index: Index = cluster.get_json(INDEX, JSON).await?;
        let root = if resource.group.is_empty() { "api" } else { "apis" };
        let place = index.paths.get(&format!("{root}/{}", resource.api_version()));
        let Some(Place { url }) = place.filter(|it| it.url.starts_with(INDEX)) else {
            return Ok(None);
        };
        let document = match self.kept(url) {
            Some(document) => document,
            None => self.keep(url, cluster.get_json(url, JSON).await?),
        };
        Ok(document.kind(resource).is_some().then_some(document))
    }

    fn kept(&self, url: &str) -> Option<Arc<Document>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|it| it.0 == url).map(|it| kept.remove(it))?;
        let document = Arc::clone(&found.1);
        kept.push(found);
        Some(document)
    }

    fn keep(&self, url: &str, document: Document) -> Arc<Document> {
        let document = Arc::new(document);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The same group version with another hash is an older one.
        let same = |it: &str| it.split('?').next() == url.split('?').next();
        kept.retain(|it| !same(&it.0));
        kept.push((url.to_owned(), Arc::clone(&document)));
        let surplus = kept.len().saturating_sub(MOST_KEPT);
        kept.drain(..surplus);
        document
    }
}

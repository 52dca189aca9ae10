//! In which namespace an OBI is meant when a call names none.

use serde_json::Value;

use super::{AGENT, COMPONENT, MANAGED_BY, NAME, Obi, TACKLEBOX, record::Record};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, few::few, field::text, listing::Listing},
};

/// More in one cluster nobody means.
const MOST: usize = 20;

impl Obi {
    /// The one that is named; else the usual one if an OBI of ours is there, or the only one in which there is one.
    pub(super) async fn namespace(
        &self,
        cluster: &Cluster,
        given: Option<&str>,
    ) -> Result<String, ToolError> {
        if let Some(given) = given {
            return Ok(given.to_owned());
        }
        let usual = &self.defaults.namespace;
        if Record::read(cluster, usual).await?.is_some() {
            return Ok(usual.clone());
        }
        match deployed(cluster).await.as_slice() {
            [] => Ok(usual.clone()),
            [one] => Ok(one.clone()),
            several => {
                let several: Vec<&str> = several.iter().map(String::as_str).collect();
                Err(ToolError::invalid(format!(
                    "`namespace`: OBI is deployed in {}: name one of them",
                    few(&several, MOST)
                )))
            }
        }
    }
}

/// Of our own. Whoever may not look into all namespaces has to name the one that is meant.
async fn deployed(cluster: &Cluster) -> Vec<String> {
    let Ok(resource) = cluster.resource("apps/v1/DaemonSet").await else { return Vec::new() };
    let labels =
        format!("app.kubernetes.io/name={NAME},{COMPONENT}={AGENT},{MANAGED_BY}={TACKLEBOX}");
    let listing = Listing { labels: Some(&labels), ..Listing::of_all(cluster, &resource) };
    let list = listing.objects::<Value>(None, MOST).await.unwrap_or_default();
    let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
    items.map(|it| text(it, "/metadata/namespace").to_owned()).collect()
}

//! The configuration that is deployed, and what it asks for.

use std::{collections::BTreeMap, fmt::Write};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::sets::Set;
use crate::{
    obi::plan::{Plan, plan},
    toolsets::kubernetes::{cluster::Cluster, listing::Listing},
};

pub(in crate::toolsets::kubernetes::obi) const CONFIG_MAP: &str = "obi-config";
pub(in crate::toolsets::kubernetes::obi) const KEY: &str = "obi.yml";

#[derive(Default)]
pub(in crate::toolsets::kubernetes::obi) struct Config {
    pub(in crate::toolsets::kubernetes::obi) text: Option<String>,
    /// Hex SHA-256 of the text.
    pub(in crate::toolsets::kubernetes::obi) hash: Option<String>,
    /// None where it is not the one that the pods were made with.
    pub(in crate::toolsets::kubernetes::obi) plan: Option<Plan>,
    /// Why it cannot be read.
    pub(in crate::toolsets::kubernetes::obi) note: Option<String>,
}

#[derive(Deserialize)]
struct ConfigMap {
    #[serde(default)]
    data: BTreeMap<String, String>,
}

impl Config {
    pub(in crate::toolsets::kubernetes::obi) async fn read(
        cluster: &Cluster,
        namespace: &str,
        set: Option<&Set>,
    ) -> Self {
        let Some(set) = set else { return Self::default() };
        let lack = |why: String| {
            let note = format!("Without its configuration: {why}");
            Self { note: Some(note), ..Self::default() }
        };
        let resource = match cluster.resource("configmaps.v1.").await {
            Ok(it) => it,
            Err(error) => return lack(error.to_string()),
        };
        let listing = Listing {
            namespace: Some(namespace),
            name: Some(CONFIG_MAP),
            ..Listing::of_all(cluster, &resource)
        };
        match listing.objects::<ConfigMap>(None, 1).await {
            Ok(mut found) => match found.data.remove(KEY) {
                Some(text) => Self::of(text, set),
                None => lack(format!("ConfigMap {CONFIG_MAP} has no {KEY}")),
            },
            Err(error) => lack(listing.failed(&error).to_string()),
        }
    }

    fn of(text: String, set: &Set) -> Self {
        let own = hash(&text);
        // Of what has been changed since the pods were made, nothing says what they do.
        let is_theirs = set.config_hash().is_none_or(|it| it == own);
        let plan = is_theirs.then(|| plan(&text, &set.environment(), set.release())).flatten();
        Self { hash: Some(own), text: Some(text), plan, note: None }
    }
}

/// As it stands in the annotations of the pods.
pub(in crate::toolsets::kubernetes::obi) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, it| {
        let _ = write!(hex, "{it:02x}");
        hex
    })
}

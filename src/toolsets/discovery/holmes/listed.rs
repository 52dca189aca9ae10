//! The list `tools`, for clients that know services and no toolsets of HolmesGPT, which leaves it alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{super::detector::Toolset, candidate::Candidate, toolsets::described};

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::toolsets::discovery) struct Listed {
    /// `<product>-<namespace>-<service>`: the only one of that name.
    pub(in crate::toolsets::discovery) name: String,
    /// The product.
    #[serde(rename = "type")]
    pub(in crate::toolsets::discovery) kind: String,
    pub(in crate::toolsets::discovery) endpoint: String,
    pub(in crate::toolsets::discovery) description: String,
    pub(in crate::toolsets::discovery) namespace: String,
    /// `service`, `health`, `confidence`, and where known `version`, the `toolset` that it is in, and what it `needs`.
    pub(in crate::toolsets::discovery) metadata: BTreeMap<String, String>,
}

/// Where an operator gives HolmesGPT credentials.
const SETTING: &str = "toolsets.discovery.credentials";

impl Listed {
    /// `home` is the toolset that it is in.
    pub(super) fn of(candidate: &Candidate<'_>, name: &str, home: Option<&String>) -> Self {
        let place = candidate.place();
        let mut metadata = BTreeMap::from([
            ("confidence".to_owned(), candidate.confidence().to_owned()),
            ("health".to_owned(), candidate.health().to_owned()),
            ("service".to_owned(), place.name.clone()),
        ]);
        if let Some(version) = candidate.version() {
            metadata.insert("version".to_owned(), version.to_owned());
        }
        if let Some(home) = home {
            metadata.insert("toolset".to_owned(), home.clone());
        }
        let mut description = described(candidate);
        if candidate.is_closed() && *candidate.toolset() != Toolset::None {
            metadata.insert("needs".to_owned(), SETTING.to_owned());
            description.push_str(". It asks for credentials, and none are configured for it in ");
            description.push_str(SETTING);
        }
        Self {
            name: name.to_owned(),
            kind: candidate.product().to_owned(),
            endpoint: candidate.url.clone(),
            description,
            namespace: place.namespace.clone(),
            metadata,
        }
    }

    /// The toolset that it is in.
    pub(super) fn home(&self) -> Option<&String> {
        self.metadata.get("toolset")
    }

    /// `Prometheus monitoring/prometheus`, as events say it.
    pub(super) fn who(&self) -> String {
        let service = self.metadata.get("service").map_or("", String::as_str);
        format!("{} {}/{service}", self.kind, self.namespace)
    }
}

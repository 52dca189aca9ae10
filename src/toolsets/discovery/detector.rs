//! How a product is known: a file of data for each, and the same for what an operator adds.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::matching::{shape::Shape, valid};

/// One product.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detector {
    /// `prometheus`; a DNS label.
    #[serde(deserialize_with = "valid::product")]
    pub(super) product: String,
    /// `Prometheus`; letters, digits, blanks and `.-` only.
    #[serde(deserialize_with = "valid::title")]
    pub(super) title: String,
    /// What HolmesGPT makes of it.
    pub(super) toolset: Toolset,
    /// How its own answer proves it.
    #[serde(default)]
    pub(super) probe: Option<Probe>,
    /// The ways in which it is installed. The first is what is assumed of a Service of which only an annotation says what it is.
    #[serde(deserialize_with = "valid::at_least_one")]
    pub(super) shapes: Vec<Shape>,
    /// The parts of one installation that can all be asked the same, by `app.kubernetes.io/component`: only the first that is
    /// there is kept. Empty stands for a Service without that label.
    #[serde(default)]
    pub(super) fronts: Vec<String>,
}

/// What HolmesGPT makes of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Toolset {
    Prometheus,
    Grafana,
    Loki,
    Tempo,
    Elasticsearch,
    /// Fixed paths that may be read: `/api/services/*`.
    Http {
        #[serde(deserialize_with = "valid::patterns_of_paths")]
        paths: Vec<String>,
        /// Asked for by whoever uses it, to see whether it is there.
        #[serde(deserialize_with = "valid::path")]
        health: String,
    },
    Mcp,
    /// It is listed, and nothing is generated for it.
    #[default]
    None,
}

/// How its own answer proves a product.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Probe {
    /// Asked first, below the prefix: `/api/v1/status/buildinfo`.
    #[serde(deserialize_with = "valid::path")]
    pub(super) path: String,
    /// What the answer must be; all of it. Nothing, and any answer that is a success will do.
    #[serde(default)]
    pub(super) proof: Proof,
    /// A page that anybody may read only where no credentials are asked for: `/api/dashboards/tags`.
    #[serde(default, deserialize_with = "valid::optional_path")]
    pub(super) open: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    /// JSON pointers that must be there, with the value or with any: `{/tagline: "You Know, for Search"}`, `{/data/version: null}`.
    #[serde(default)]
    pub(super) json: BTreeMap<String, serde_json::Value>,
    /// Pointers that must not be there: what tells OpenSearch from Elasticsearch.
    #[serde(default)]
    pub(super) lacks: Vec<String>,
    /// What the whole body is, blanks at its ends left out: `echo`.
    #[serde(default)]
    pub(super) text: Option<String>,
    /// A pointer to the version, if the answer tells it.
    #[serde(default)]
    pub(super) version: Option<String>,
}

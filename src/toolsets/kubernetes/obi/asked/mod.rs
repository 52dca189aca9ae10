//! What a call asks for of an OBI in a cluster, and what is made of it: all that is wrong with it is told at once.

mod amounts;
mod configuration;
mod places;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub(super) use self::configuration::text;
use super::{
    image::Image,
    objects::{capabilities, default_resources},
    wanted::{SecretKey, Wanted},
};
use crate::{
    obi::{
        Kernel,
        plan::{Need, Plan},
    },
    tool::{Renamed, ToolError},
    toolsets::kubernetes::{problems::Problems, targets::check_namespace},
};

/// Where OBI is deployed unless somebody says otherwise.
pub(super) const NAMESPACE: &str = "observability";

/// As obi-mcp calls them. `otlpEndpoint` and `dryRun` have other letters only.
pub(super) const RENAMED: Renamed = &[("image_tag", "version")];

/// The arguments that all tools have that make a deployment: they are flattened into theirs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub(super) struct Asked {
    /// Object, or YAML text
    config: Option<Value>,
    /// If config has none: `http://collector:4318`
    otlp_endpoint: Option<String>,
    /// v0.13.0
    version: Option<String>,
    /// Another image
    image: Option<String>,
    /// Default: observability
    namespace: Option<String>,
    /// Default: only needed capabilities
    privileged: Option<bool>,
    /// {requests: {memory: 512Mi}, limits: {memory: 2Gi}}
    resources: Option<Map<String, Value>>,
    /// Default: every taint
    tolerations: Option<Vec<Value>>,
    /// Labels of the nodes
    node_selector: Option<BTreeMap<String, String>>,
    /// OTLP headers' Secret: name/key
    headers_secret: Option<String>,
    /// Serve metrics too
    prometheus: Option<bool>,
    /// One reader of metadata for all nodes
    k8s_cache: Option<bool>,
}

/// What decides and is not asked for: the cluster, and what is there already.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub(super) namespace: String,
    pub(super) image: Image,
    /// What runs, where a call says nothing else.
    pub(super) config: Option<String>,
    /// Of the nodes that OBI is to run on; none where nobody knows.
    pub(super) kernels: Vec<Kernel>,
    /// Whether there is an operator of Prometheus.
    pub(super) monitor: bool,
    pub(super) openshift: bool,
    /// Whether OBI is in the pods of others, and `localhost` is what they call so.
    pub(super) is_sidecar: bool,
}

impl Default for Ground {
    fn default() -> Self {
        Self {
            namespace: NAMESPACE.to_owned(),
            image: Image::default(),
            config: None,
            kernels: Vec::new(),
            monitor: false,
            openshift: false,
            is_sidecar: false,
        }
    }
}

/// What is to run, what that needs, and what there is to know about it.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) wanted: Wanted,
    pub(super) plan: Plan,
    pub(super) notes: Vec<String>,
}

impl Asked {
    /// No other wish than these.
    pub(super) fn with(config: Option<&Value>, privileged: Option<bool>) -> Self {
        Self { config: config.cloned(), privileged, ..Self::default() }
    }

    /// Before anything is known of the cluster.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    pub(super) fn answer(&self, ground: &Ground) -> Result<Answer, ToolError> {
        let mut problems = Problems::default();
        let mut notes = Vec::new();
        let namespace = self.namespace.as_deref().unwrap_or(&ground.namespace);
        problems.keep(check_namespace("namespace", namespace));
        let image = problems.keep(self.image(ground, &mut notes));
        let config = problems.keep(self.text(ground));
        let headers = self.headers_secret.as_deref().map(secret);
        let headers = headers.and_then(|it| problems.keep(it));
        let asked = problems.keep_all(amounts::read(self.resources.as_ref()));
        let tolerations = problems.keep_all(places::tolerations(self.tolerations.as_deref()));
        problems.keep_all(places::node_selector(self.node_selector.as_ref()));
        let wanted = Wanted {
            namespace: namespace.to_owned(),
            config: config.unwrap_or_default(),
            image: image.unwrap_or_default(),
            privileged: self.privileged.unwrap_or(false),
            capabilities: Vec::new(),
            resources: asked.unwrap_or_default(),
            tolerations: tolerations.unwrap_or_default(),
            node_selector: self.node_selector.clone().unwrap_or_default(),
            endpoint: self.otlp_endpoint.clone(),
            headers,
            prometheus: self.prometheus.unwrap_or(false),
            monitor: self.prometheus.unwrap_or(false) && ground.monitor,
            cache: self.k8s_cache.unwrap_or(false),
            openshift: ground.openshift,
        };
        decided(wanted, ground, problems, notes)
    }

    fn image(&self, ground: &Ground, notes: &mut Vec<String>) -> Result<Image, String> {
        let (image, said) = match (self.image.as_deref(), self.version.as_deref()) {
            (None, None) => (ground.image.clone(), Vec::new()),
            (None, Some(version)) => ground.image.of_version(version)?,
            (Some(image), None) => Image::parse(image)?,
            (Some(image), Some(version)) => {
                let last = image.rsplit('/').next().unwrap_or_default();
                if last.contains([':', '@']) {
                    return Err(format!(
                        "`version`: the image says which one it is, {image}: give one of the two"
                    ));
                }
                Image::parse(&format!("{image}:{version}"))?
            }
        };
        notes.extend(said);
        if let Some(cache) = self.k8s_cache.filter(|it| *it) {
            let has_cache = image.of_cache().is_some();
            if cache && !has_cache {
                return Err(format!(
                    "`k8s_cache`: which image the cache has is known of OBI's own images with a tag only, and not of {}",
                    image.as_str()
                ));
            }
        }
        Ok(image)
    }

    /// As it was given: nothing is ever added to it.
    fn text(&self, ground: &Ground) -> Result<String, String> {
        match (&self.config, &ground.config) {
            (Some(config), _) => text(config),
            (None, Some(deployed)) => Ok(deployed.clone()),
            (None, None) if self.otlp_endpoint.is_some() => Ok(EVERY_POD.to_owned()),
            (None, None) => Err(format!("`config` is missing: such as {EXAMPLE}")),
        }
    }
}

/// The same wishes with another configuration or another image: what follows from them is decided anew.
pub(super) fn again(wanted: Wanted, ground: &Ground) -> Result<Answer, ToolError> {
    let wanted = Wanted { image: ground.image.clone(), ..wanted };
    decided(wanted, ground, Problems::default(), Vec::new())
}

/// With what its configuration needs, unless something is wrong with it or was before.
fn decided(
    mut wanted: Wanted,
    ground: &Ground,
    mut problems: Problems,
    mut notes: Vec<String>,
) -> Result<Answer, ToolError> {
    if wanted.config.is_empty() {
        problems.none()?;
        return Err(ToolError::invalid("`config`: it is empty"));
    }
    let checked = configuration::check(&wanted, ground.is_sidecar);
    notes.extend(problems.keep_all(checked).unwrap_or_default());
    let Some(plan) = wanted.plan() else {
        problems.none()?;
        return Err(ToolError::invalid("`config`: there is no configuration to be read"));
    };
    let asked = std::mem::take(&mut wanted.resources);
    let resources = amounts::over(default_resources(&plan), asked, &plan);
    wanted.resources = problems.keep_all(resources).unwrap_or_default();
    let needs = capabilities(&plan, &ground.kernels);
    notes.extend(rights(&wanted, &needs));
    let names = needs.into_iter().map(|it| it.capability);
    wanted.capabilities = if wanted.privileged { Vec::new() } else { names.collect() };
    problems.none()?;
    Ok(Answer { wanted, plan, notes })
}

/// Why it has the rights that it has.
fn rights(wanted: &Wanted, needs: &[Need]) -> Option<String> {
    if wanted.privileged {
        let names: Vec<&str> = needs.iter().map(|it| it.capability.as_str()).collect();
        let names = names.join(", ");
        return Some(format!("privileged as asked for; {names} would be enough for config"));
    }
    let admin = needs.iter().find(|it| it.capability == "SYS_ADMIN");
    admin.map(|it| format!("not privileged, and with SYS_ADMIN: {}", it.why))
}

/// For whoever says where telemetry goes, and nothing else.
const EVERY_POD: &str = "discovery:\n  instrument:\n  - k8s_namespace: \"*\"\n";

const EXAMPLE: &str = "{discovery: {instrument: [{k8s_namespace: shop}]}, otel_traces_export: {endpoint: \"http://collector.observability:4318\"}}";

/// `otlp/headers`
fn secret(text: &str) -> Result<SecretKey, String> {
    let wrong = || {
        format!(
            "`headers_secret`: {text:?} names no value of a Secret: name/key, such as otlp/headers"
        )
    };
    let (name, key) = text.split_once('/').ok_or_else(wrong)?;
    let is_key = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let is_label = |it: &str| {
        !it.is_empty() && !it.starts_with('-') && !it.ends_with('-') && it.chars().all(is_plain)
    };
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    let is_key = !matches!(key, "" | "." | "..") && key.len() <= 253 && key.chars().all(is_key);
    if !is_name || !is_key {
        return Err(wrong());
    }
    Ok(SecretKey { name: name.to_owned(), key: key.to_owned() })
}

#[cfg(test)]
mod tests;

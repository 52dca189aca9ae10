//! Which resource a document is for: one that the cluster serves, or one that another document defines.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use crate::{
    nearest::several,
    output::hinted,
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::{Catalog, Resource},
        documents::Document,
        few::few,
        field::text,
    },
};

/// How many names an error proposes.
const MOST_NEAR: usize = 3;

pub(super) struct Kinds {
    catalog: Arc<Catalog>,
    defined: Vec<Arc<Resource>>,
}

impl Kinds {
    /// A kind that is not known is looked for in a new catalog, since it may have been defined a moment ago.
    pub(super) async fn of(cluster: &Cluster, documents: &[Document]) -> Result<Self, ToolError> {
        let defined: Vec<_> =
            documents.iter().flat_map(|it| defined(&it.object)).map(Arc::new).collect();
        let is_known = |catalog: &Catalog, it: &Document| {
            served(catalog, &it.object).is_some()
                || defined.iter().any(|resource| is_for(resource, &it.object))
        };
        let all =
            |catalog: &Catalog| documents.iter().all(|it| is_known(catalog, it)).then_some(());
        let catalog = match cluster.discovery().find(cluster, all).await? {
            Ok(()) => cluster.discovery().catalog(cluster).await?,
            Err(catalog) => catalog,
        };
        Ok(Self { catalog, defined })
    }

    /// The resource, and whether the cluster serves it already.
    pub(super) fn find(&self, object: &Value) -> Result<(Arc<Resource>, bool), ToolError> {
        if let Some(resource) = served(&self.catalog, object) {
            return Ok((resource, true));
        }
        let defined = self.defined.iter().find(|it| is_for(it, object));
        let defined = defined.ok_or_else(|| self.unknown(object))?;
        Ok((Arc::clone(defined), false))
    }

    fn unknown(&self, object: &Value) -> ToolError {
        let (api_version, kind) = (text(object, "/apiVersion"), text(object, "/kind"));
        let all = self.catalog.resources.iter().chain(&self.defined);
        let same: Vec<String> =
            all.clone().filter(|it| it.kind == kind).map(|it| it.api_version()).collect();
        let failed = self.catalog.down().map_or_else(String::new, |down| {
            format!("; not looked at, because their server is down: {down}")
        });
        if let Some(first) = same.first() {
            let others: Vec<&str> = same.iter().skip(1).map(String::as_str).collect();
            let others = match others.as_slice() {
                [] => String::new(),
                others => format!(" (or {})", few(others, MOST_NEAR)),
            };
            return ToolError::NotFound(format!(
                "the cluster has no {kind} in `apiVersion` {api_version}: write `apiVersion: {first}`{others}{failed}"
            ));
        }
        let of_version = all.clone().filter(|it| it.api_version() == api_version);
        let of_version: BTreeSet<&str> = of_version.map(|it| it.kind.as_str()).collect();
        let mut near = several(kind, of_version, MOST_NEAR);
        if near.is_empty() {
            let every: BTreeSet<&str> = all.map(|it| it.kind.as_str()).collect();
            near = several(kind, every, MOST_NEAR);
        }
        let hint = match near.as_slice() {
            [] => "kubectl_api_resources lists what there is; what is defined by a CustomResourceDefinition needs that first, in this manifest or before".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        let wrong = format!("the cluster has no kind {kind} in `apiVersion` {api_version}");
        ToolError::NotFound(hinted(&wrong, &format!("{hint}{failed}")))
    }
}

fn is_for(resource: &Resource, object: &Value) -> bool {
    resource.kind == text(object, "/kind") && resource.api_version() == text(object, "/apiVersion")
}

fn served(catalog: &Catalog, object: &Value) -> Option<Arc<Resource>> {
    catalog.resources.iter().find(|it| is_for(it, object)).cloned()
}

/// What a definition will make the cluster serve, a resource a version.
fn defined(object: &Value) -> Vec<Resource> {
    if text(object, "/kind") != "CustomResourceDefinition" {
        return Vec::new();
    }
    let word = |pointer: &str| text(object, pointer).to_owned();
    let versions = object.pointer("/spec/versions").and_then(Value::as_array);
    let served = versions.into_iter().flatten().filter(|it| it["served"] != false);
    let resource = |version: &Value| Resource {
        group: word("/spec/group"),
        version: text(version, "/name").to_owned(),
        kind: word("/spec/names/kind"),
        plural: word("/spec/names/plural"),
        singular: text(object, "/spec/names/kind").to_ascii_lowercase(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: text(object, "/spec/scope") != "Cluster",
        verbs: Vec::new(),
        preferred: true,
    };
    // What stands in a path must not be able to leave it; the API server refuses the definition.
    let is_word = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.".contains(&it))
    };
    let is_sound = |it: &Resource| {
        is_word(&it.group) && is_word(&it.version) && is_word(&it.plural) && is_word(&it.kind)
    };
    served.map(resource).filter(is_sound).collect()
}

//! What a cluster serves: asked for at first need, kept, and asked for again when a name is not found.

mod catalog;
mod load;
mod name;
#[cfg(test)]
mod tests;

pub use self::catalog::{Catalog, Failed, Resource};
pub(crate) use self::name::Reference;

use std::{
    collections::BTreeSet,
    sync::{Arc, Once},
};

use arc_swap::ArcSwapOption;
use tokio::{sync::Mutex, time::Instant};

use super::{cluster::Cluster, few::briefly, guard::Scopes, openapi::Documents};
use crate::{nearest::several, output::hinted, tool::ToolError};

/// The catalog of one cluster. Empty until it is needed: a cluster with hundreds of CRDs must not slow the start.
pub(crate) struct Discovery {
    catalog: ArcSwapOption<Loaded>,
    /// Held while loading, so that at most one load is under way.
    loading: Mutex<()>,
    /// The operator's slips are logged once.
    told: Once,
    scopes: Arc<Scopes>,
    schemas: Documents,
}

struct Loaded {
    catalog: Arc<Catalog>,
    /// When it was asked for: it knows what there was then.
    at: Instant,
}

impl Discovery {
    pub(crate) fn new(scopes: Arc<Scopes>) -> Self {
        Self {
            catalog: ArcSwapOption::empty(),
            loading: Mutex::default(),
            told: Once::new(),
            scopes,
            schemas: Documents::default(),
        }
    }

    /// How the kinds look.
    pub(crate) fn schemas(&self) -> &Documents {
        &self.schemas
    }

    pub(crate) async fn catalog(&self, cluster: &Cluster) -> Result<Arc<Catalog>, ToolError> {
        self.newer_than(cluster, None).await
    }

    pub(crate) async fn resolve(
        &self,
        cluster: &Cluster,
        name: &str,
    ) -> Result<Arc<Resource>, ToolError> {
        let found = self.find(cluster, |catalog| catalog.resource(name)).await?;
        found.map_err(|catalog| unknown(&catalog, name))
    }

    /// What `find` finds in the catalog, or in a new one; the catalog that it is missing from otherwise. A definition may
    /// have been made a moment ago, so only a catalog that is younger than the question is believed about what is missing.
    pub(crate) async fn find<T>(
        &self,
        cluster: &Cluster,
        find: impl Fn(&Catalog) -> Option<T>,
    ) -> Result<Result<T, Arc<Catalog>>, ToolError> {
        let asked = Instant::now();
        let catalog = self.catalog(cluster).await?;
        if let Some(found) = find(&catalog) {
            return Ok(Ok(found));
        }
        let catalog = self.newer_than(cluster, Some(asked)).await?;
        Ok(find(&catalog).ok_or(catalog))
    }

    /// A kind turned out to be gone: the next call asks what there is.
    pub(crate) fn forget(&self) {
        self.catalog.store(None);
    }

    async fn newer_than(
        &self,
        cluster: &Cluster,
        oldest: Option<Instant>,
    ) -> Result<Arc<Catalog>, ToolError> {
        if let Some(catalog) = self.kept(oldest) {
            return Ok(catalog);
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(catalog) = self.kept(oldest) {
            return Ok(catalog);
        }
        let at = Instant::now();
        let catalog = Arc::new(load::load(cluster).await?);
        self.scopes.learn(catalog.cluster_scoped());
        self.told.call_once(|| {
            for doubt in catalog.doubts(cluster.guard()) {
                tracing::warn!(context = cluster.identity.context, "{doubt}");
            }
        });
        self.catalog.store(Some(Arc::new(Loaded { catalog: Arc::clone(&catalog), at })));
        Ok(catalog)
    }

    fn kept(&self, oldest: Option<Instant>) -> Option<Arc<Catalog>> {
        let loaded = self.catalog.load();
        let loaded = loaded.as_ref()?;
        let young = oldest.is_none_or(|it| loaded.at >= it);
        young.then(|| Arc::clone(&loaded.catalog))
    }
}

pub(crate) fn unknown(catalog: &Catalog, name: &str) -> ToolError {
    let names: BTreeSet<&str> = catalog.names().collect();
    let near = several(name, names, 3);
    let hint = match near.as_slice() {
        [] => "kubectl_api_resources lists what there is".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    let failed = catalog.down().map_or_else(String::new, |down| {
        format!("; not looked at, because their server is down: {down}")
    });
    let wrong = format!("the cluster has no kind {}", briefly(name));
    ToolError::NotFound(hinted(&wrong, &format!("{hint}{failed}")))
}

//! Asking a cluster what it serves: two requests with aggregated discovery, one per group version without.

use futures::{StreamExt, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    APIGroupList, APIResource, APIResourceList, APIVersions,
};
use kube::core::discovery::v2::{
    ACCEPT_AGGREGATED_DISCOVERY_V2, APIGroupDiscoveryList, APIResourceDiscovery,
    APIVersionDiscovery,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::catalog::{Catalog, Failed, Resource};
use crate::{
    k8s::{
        cluster::{Cluster, JSON},
        error::{ApiError, Asked},
    },
    tool::ToolError,
};

/// How many group versions an older server is asked for at once.
const PARALLEL: usize = 16;

/// What an answer says that it is.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

type Found = (Vec<Resource>, Vec<Failed>);

pub(super) async fn load(cluster: &Cluster) -> Result<Catalog, ToolError> {
    let both = futures::future::try_join(root(cluster, "/api"), root(cluster, "/apis")).await;
    let (core, groups) = both.map_err(|error| {
        let asked = Asked { verb: "get", resource: "API discovery", name: None, namespace: None };
        cluster.explain(&error, &asked)
    })?;
    let resources = core.0.into_iter().chain(groups.0).collect();
    let failed = core.1.into_iter().chain(groups.1).collect();
    Ok(Catalog::new(resources, failed))
}

/// Servers before 1.26 do not know the aggregated form, and answer with a list of versions.
async fn root(cluster: &Cluster, path: &str) -> Result<Found, ApiError> {
    let body = cluster.get(path, ACCEPT_AGGREGATED_DISCOVERY_V2).await?;
    let Kind { kind } = read(&body)?;
    match kind.as_str() {
        "APIGroupDiscoveryList" => Ok(aggregated(read(&body)?)),
        "APIVersions" => one_by_one(cluster, read::<APIVersions>(&body)?.versions).await,
        _ => one_by_one(cluster, group_versions(read(&body)?)).await,
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::unexpected(body, &error))
}

fn group_versions(list: APIGroupList) -> Vec<String> {
    let versions = list.groups.into_iter().flat_map(|group| {
        let preferred = group.preferred_version.map(|it| it.group_version);
        let all = group.versions.into_iter().map(|it| it.group_version);
        let others: Vec<String> = all.filter(|it| Some(it) != preferred.as_ref()).collect();
        preferred.into_iter().chain(others)
    });
    versions.collect()
}

fn aggregated(list: APIGroupDiscoveryList) -> Found {
    let (mut resources, mut failed) = Found::default();
    for group in list.items {
        let name = group.metadata.and_then(|it| it.name).unwrap_or_default();
        for version in group.versions {
            if version.freshness.as_deref() == Some("Stale") {
                let version = version.version.as_deref().unwrap_or_default();
                failed.push(Failed { group_version: format!("{name}/{version}") });
            }
            resources.extend(of_version(&name, version));
        }
    }
    (resources, failed)
}

fn of_version(group: &str, version: APIVersionDiscovery) -> impl Iterator<Item = Resource> {
    let name = version.version.unwrap_or_default();
    version.resources.into_iter().filter_map(move |it| of_aggregated(group, &name, it))
}

fn of_aggregated(group: &str, version: &str, found: APIResourceDiscovery) -> Option<Resource> {
    let plural = found.resource?;
    let kind = found.response_kind?.kind?;
    let singular = found.singular_resource.filter(|it| !it.is_empty());
    Some(Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        singular: singular.unwrap_or_else(|| kind.to_ascii_lowercase()),
        kind,
        plural,
        short_names: found.short_names,
        categories: found.categories,
        namespaced: found.scope.as_deref() == Some("Namespaced"),
        verbs: found.verbs,
        preferred: false,
    })
}

async fn one_by_one(cluster: &Cluster, versions: Vec<String>) -> Result<Found, ApiError> {
    let lists = stream::iter(versions).map(|version| async move {
        let root = if version.contains('/') { "/apis" } else { "/api" };
        let list: Result<APIResourceList, _> =
            cluster.get_json(&format!("{root}/{version}"), JSON).await;
        (version, list)
    });
    let lists: Vec<_> = lists.buffered(PARALLEL).collect().await;
    let (mut resources, mut failed) = Found::default();
    for (version, list) in lists {
        match list {
            Ok(list) => resources.extend(of_plain(&version, list)),
            Err(error) if error.is_fatal() => return Err(error),
            Err(_) => failed.push(Failed { group_version: version }),
        }
    }
    Ok((resources, failed))
}

fn of_plain(group_version: &str, list: APIResourceList) -> impl Iterator<Item = Resource> {
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let whole = list.resources.into_iter().filter(|it| !it.name.contains('/'));
    whole.map(move |it| plain(group, version, it))
}

fn plain(group: &str, version: &str, found: APIResource) -> Resource {
    let singular = Some(found.singular_name).filter(|it| !it.is_empty());
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        singular: singular.unwrap_or_else(|| found.kind.to_ascii_lowercase()),
        kind: found.kind,
        plural: found.name,
        short_names: found.short_names.unwrap_or_default(),
        categories: found.categories.unwrap_or_default(),
        namespaced: found.namespaced,
        verbs: found.verbs,
        preferred: false,
    }
}

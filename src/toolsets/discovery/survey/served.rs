//! What a cluster serves of certain groups: a few small documents, where all that it serves can be a large one.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    APIGroup, APIGroupList, APIResource, APIResourceList,
};
use kube::core::ApiResource;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::watches::LIMIT;
use crate::k8s::{Cluster, cluster::JSON};

/// One resource, in the version that the server prefers among those that have it.
pub(super) struct Served {
    pub(super) resource: ApiResource,
    /// In a namespace.
    pub(super) can_be_watched: bool,
}

/// All that a group serves; nothing where that is not to be learned now.
pub(super) async fn in_group(cluster: &Cluster, group: &str) -> Vec<Served> {
    match get::<APIGroup>(cluster, &format!("/apis/{group}")).await {
        Some(group) => resources(cluster, group).await,
        None => Vec::new(),
    }
}

/// The same for all groups that are wanted.
pub(super) async fn in_groups(cluster: &Cluster, is_wanted: impl Fn(&str) -> bool) -> Vec<Served> {
    let groups = get::<APIGroupList>(cluster, "/apis").await;
    let groups = groups.into_iter().flat_map(|it| it.groups);
    let mut all = Vec::new();
    for group in groups.filter(|it| is_wanted(&it.name)) {
        all.extend(resources(cluster, group).await);
    }
    all
}

/// Each once.
async fn resources(cluster: &Cluster, group: APIGroup) -> Vec<Served> {
    let preferred = group.preferred_version.map(|it| it.version);
    let mut versions: Vec<String> = group.versions.into_iter().map(|it| it.version).collect();
    versions.sort_by_key(|it| Some(it) != preferred.as_ref());
    let mut all: Vec<Served> = Vec::new();
    for version in versions {
        let path = format!("/apis/{}/{version}", group.name);
        let list = get::<APIResourceList>(cluster, &path).await;
        let found = list.into_iter().flat_map(|it| it.resources);
        for it in found.filter_map(|it| served(&group.name, &version, it)) {
            if all.iter().all(|other| other.resource.plural != it.resource.plural) {
                all.push(it);
            }
        }
    }
    all
}

/// `None` for a part of another one, such as its status.
fn served(group: &str, version: &str, found: APIResource) -> Option<Served> {
    if found.name.contains('/') {
        return None;
    }
    let can = |verb: &str| found.verbs.iter().any(|it| it == verb);
    let can_be_watched = found.namespaced && can("list") && can("watch");
    let resource = ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: format!("{group}/{version}"),
        kind: found.kind,
        plural: found.name,
    };
    Some(Served { resource, can_be_watched })
}

async fn get<T: DeserializeOwned>(cluster: &Cluster, path: &str) -> Option<T> {
    timeout(LIMIT, cluster.get_json(path, JSON)).await.ok()?.ok()
}

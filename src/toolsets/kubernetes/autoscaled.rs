//! Workloads that an autoscaler scales: what somebody else sets there does not last.

use serde_json::Value;

use super::{
    address::Address,
    cluster::Cluster,
    field::text,
    listing::{Listing, Need, Thing},
};

const AUTOSCALERS: &str = "horizontalpodautoscalers.autoscaling";
/// Of one namespace.
const MOST: usize = 500;

/// The autoscalers of a namespace, as far as they may be seen.
pub(super) async fn autoscalers(cluster: &Cluster, namespace: Option<&str>) -> Vec<Value> {
    let Ok(resource) = cluster.resource(AUTOSCALERS).await else { return Vec::new() };
    let listing = Listing { namespace, ..Listing::of_all(cluster, &resource) };
    let page = listing.page(Need::Manifest, None, MOST).await;
    let rows = page.map_or_else(|_| Vec::new(), |it| it.rows);
    let whole = rows.into_iter().filter_map(|it| match it.thing {
        Thing::Whole(object) => Some(object),
        Thing::Described(_) | Thing::Unknown => None,
    });
    whole.collect()
}

/// What becomes of `replicas` that are set in spite of an autoscaler; none when there is no autoscaler.
pub(super) fn warning(autoscalers: &[Value], address: &Address, replicas: i64) -> Option<String> {
    let of = |it: &&Value| targets(it, address);
    let autoscaler = autoscalers.iter().find(of)?;
    let name = text(autoscaler, "/metadata/name");
    if replicas == 0 {
        return Some(format!(
            "hpa/{name} leaves {address} alone at 0, until it has replicas again"
        ));
    }
    let bound = |pointer: &str| autoscaler.pointer(pointer).and_then(Value::as_i64).unwrap_or(1);
    let (least, most) = (bound("/spec/minReplicas"), bound("/spec/maxReplicas"));
    Some(format!(
        "hpa/{name} scales {address} between {least} and {most}, and will scale it again by itself: change the hpa instead"
    ))
}

fn targets(autoscaler: &Value, address: &Address) -> bool {
    let reference = |field: &str| text(autoscaler, &format!("/spec/scaleTargetRef/{field}"));
    let group = reference("apiVersion").rsplit_once('/').map_or("", |it| it.0);
    reference("kind") == address.resource.kind
        && reference("name") == address.name
        && group == address.resource.group
}

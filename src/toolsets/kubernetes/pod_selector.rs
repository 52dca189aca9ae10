//! Which pods an object is about: the selector of a workload, a Service, or whatever else has one.

use serde_json::{Map, Value};

use super::{
    cluster::Cluster,
    discovery::Resource,
    field,
    listing::Listing,
    table::{Described, Meta},
};
use crate::tool::ToolError;

/// Jobs of one `CronJob` that are looked at.
const MOST_JOBS: usize = 100;

/// The API server's own kinds that have pods; of all others only the objects can tell.
const WORKLOADS: [(&str, &str); 8] = [
    ("", "ReplicationController"),
    ("", "Service"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
];

/// Whether objects of a kind can have pods, so that no Secret is read in vain.
pub(super) fn may_have_pods(resource: &Resource) -> bool {
    !resource.is_built_in()
        || WORKLOADS.contains(&(resource.group.as_str(), resource.kind.as_str()))
}

/// The label selector of the pods that belong to an object; none if it has nothing to do with pods.
pub(super) async fn pod_selector(
    cluster: &Cluster,
    resource: &Resource,
    namespace: &str,
    object: &Value,
) -> Result<Option<String>, ToolError> {
    if resource.group == "batch" && resource.kind == "CronJob" {
        return of_cron_job(cluster, namespace, object).await.map(Some);
    }
    Ok(of_object(object).filter(|it| !it.is_empty()))
}

/// A `CronJob` has no selector: its pods are those of its Jobs.
async fn of_cron_job(
    cluster: &Cluster,
    namespace: &str,
    object: &Value,
) -> Result<String, ToolError> {
    let jobs = cluster.resource("jobs.batch").await?;
    let listing = Listing { namespace: Some(namespace), ..Listing::of_all(cluster, &jobs) };
    let table = listing.raw_table::<Described>("Metadata", None, MOST_JOBS).await;
    let rows = table.map_err(|it| listing.failed(&it))?.rows.unwrap_or_default();
    let name = field::text(object, "/metadata/name");
    let owned = |it: &Meta| {
        it.owner_references.iter().any(|owner| owner.kind == "CronJob" && owner.name == name)
    };
    let jobs = rows.into_iter().filter_map(|it| it.object).map(|it| it.metadata);
    let jobs: Vec<String> = jobs.filter(owned).map(|it| it.name).collect();
    if jobs.is_empty() {
        return Err(ToolError::NotFound(format!("cronjobs.batch {name} has no jobs")));
    }
    Ok(format!("batch.kubernetes.io/job-name in ({})", jobs.join(",")))
}

fn of_object(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector");
    let of_status = || {
        let paths = ["/status/selector", "/status/labelSelector"];
        paths.iter().find_map(|it| object.pointer(it)?.as_str())
    };
    match selector {
        Some(Value::Object(fields)) if !fields.is_empty() => Some(of_fields(fields)),
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => of_status().filter(|it| !it.is_empty()).map(str::to_owned),
    }
}

/// A `LabelSelector`, or the older plain map of labels.
fn of_fields(fields: &Map<String, Value>) -> String {
    let labels = fields.get("matchLabels").and_then(Value::as_object);
    let expressions = fields.get("matchExpressions").and_then(Value::as_array);
    let plain = (labels.is_none() && expressions.is_none()).then_some(fields);
    let equal = labels.or(plain).into_iter().flatten();
    let equal = equal.map(|(key, value)| format!("{key}={}", text(value)));
    let others = expressions.into_iter().flatten().map(requirement);
    equal.chain(others).collect::<Vec<_>>().join(",")
}

/// `env in (a,b)`, `!legacy`
fn requirement(expression: &Value) -> String {
    let field = |name: &str| expression.get(name).map(text).unwrap_or_default();
    let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
    let values = values.map(text).collect::<Vec<_>>().join(",");
    let key = field("key");
    match field("operator").as_str() {
        "Exists" => key,
        "DoesNotExist" => format!("!{key}"),
        operator => format!("{key} {} ({values})", operator.to_ascii_lowercase()),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_way_to_select_pods_becomes_a_label_selector() {
        let cases = [
            (
                json!({"spec": {"selector": {"matchLabels": {"app": "web", "tier": "front"}}}}),
                "app=web,tier=front",
            ),
            (json!({"spec": {"selector": {"app": "web"}}}), "app=web"),
            (
                json!({"spec": {"selector": {"matchLabels": {"app": "web"}, "matchExpressions": [
                    {"key": "env", "operator": "In", "values": ["a", "b"]},
                    {"key": "env", "operator": "NotIn", "values": ["c"]},
                    {"key": "team", "operator": "Exists"},
                    {"key": "old", "operator": "DoesNotExist"},
                ]}}}),
                "app=web,env in (a,b),env notin (c),team,!old",
            ),
            (json!({"status": {"selector": "app=web"}}), "app=web"),
        ];
        for (object, expected) in cases {
            assert_eq!(of_object(&object).as_deref(), Some(expected), "{object}");
        }
    }

    #[test]
    fn what_selects_nothing_has_no_pods() {
        for object in [
            json!({}),
            json!({"spec": {"selector": {}}}),
            json!({"spec": {"type": "ExternalName"}}),
        ] {
            assert_eq!(of_object(&object), None, "{object}");
        }
    }
}

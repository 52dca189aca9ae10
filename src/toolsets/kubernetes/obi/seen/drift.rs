//! What of the objects of a deployment is not as it was deployed any more.

use serde_json::Value;

use crate::{
    output::diff::changes,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        field::text,
        side_by_side::side_by_side,
        write::{APPLY_PATCH, Write},
    },
};

/// What a set of objects marks its members by; it is no part of what is wanted of them.
const OF_SETS: &str = "applyset.kubernetes.io/";

/// An object that is otherwise than it was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::kubernetes::obi) struct Drift {
    /// `daemonset.apps/obi in namespace observability`
    pub(in crate::toolsets::kubernetes::obi) object: String,
    /// What would be as it was once it is deployed again, a line each, redacted; that it is gone where there is nothing.
    pub(in crate::toolsets::kubernetes::obi) lines: Vec<String>,
    /// Why it could not be compared.
    pub(in crate::toolsets::kubernetes::obi) error: Option<String>,
}

/// Has the API server try to apply each again, and compares: what it would change, others have changed. Nothing is changed.
pub(in crate::toolsets::kubernetes::obi) async fn drift(
    cluster: &Cluster,
    wanted: &[Value],
) -> Vec<Drift> {
    let all = wanted.iter().map(|it| of_one(cluster, it)).collect();
    side_by_side(all).await.into_iter().flatten().collect()
}

async fn of_one(cluster: &Cluster, wanted: &Value) -> Option<Drift> {
    let name = format!("{} {}", text(wanted, "/kind"), text(wanted, "/metadata/name"));
    let lack =
        |why: String| Some(Drift { object: name.clone(), lines: Vec::new(), error: Some(why) });
    let kind = format!("{}/{}", text(wanted, "/apiVersion"), text(wanted, "/kind"));
    let resource = match cluster.resource(&kind).await {
        Ok(it) => it,
        Err(error) => return lack(error.to_string()),
    };
    let address = Address::of(&resource, wanted);
    let object = address.to_string();
    let live = match address.get(cluster).await {
        Ok(it) => it,
        Err(error) if error.is_not_found() => {
            return Some(Drift { object, lines: vec!["it is gone".to_owned()], error: None });
        }
        Err(error) => return lack(address.failed(cluster, "get", &error).to_string()),
    };
    let body = as_member(wanted.clone(), &live);
    let trial = Write::patch(&address.path(), APPLY_PATCH, &body).with("force=true").dry_run();
    match cluster.write(&trial).await {
        Ok(tried) => {
            let diff = changes(Some(&tried.object), Some(&live), cluster.redactor());
            let lines = diff.lines().to_vec();
            (!lines.is_empty()).then_some(Drift { object, lines, error: None })
        }
        Err(error) => lack(address.not_written(cluster, "patch", &error, &trial).to_string()),
    }
}

/// With the marks of a set that the one that is there has.
fn as_member(mut wanted: Value, live: &Value) -> Value {
    for place in ["labels", "annotations"] {
        let marks = live.pointer(&format!("/metadata/{place}")).and_then(Value::as_object);
        let marks = marks.into_iter().flatten().filter(|it| it.0.starts_with(OF_SETS));
        let marks: Vec<(String, Value)> =
            marks.map(|(key, it)| (key.clone(), it.clone())).collect();
        if !marks.is_empty()
            && let Some(Value::Object(metadata)) = wanted.get_mut("metadata")
            && let Value::Object(fields) =
                metadata.entry(place).or_insert_with(|| Value::Object(serde_json::Map::new()))
        {
            fields.extend(marks);
        }
    }
    wanted
}

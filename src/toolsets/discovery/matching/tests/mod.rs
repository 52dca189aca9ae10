mod annotations;
mod explaining;
mod loading;
mod pairs;
mod properties;
mod resources;
mod table;

use k8s_openapi::api::core::v1::Service as Object;

use super::twins::twins;
use crate::toolsets::discovery::{finding::Finding, service::Service};

/// All findings but those of which another one is the better name.
fn without_twins(found: Vec<(&Service, Finding)>) -> Vec<Finding> {
    let pairs: Vec<_> = found.iter().map(|(it, finding)| (*it, finding)).collect();
    let twins = twins(&pairs);
    let kept = found.into_iter().map(|(_, it)| it);
    kept.filter(|it| !twins.contains_key(&it.place)).collect()
}

/// From one or more manifests.
fn services(yaml: &str) -> Vec<Service> {
    let objects: Vec<Object> = serde_saphyr::from_multiple(yaml).unwrap();
    objects.iter().map(|it| Service::of(it).unwrap()).collect()
}

/// A Service of the namespace `shop` with an address of its own, and these annotations.
fn annotated(annotations: &[(&str, &str)]) -> Service {
    let yaml = "
apiVersion: v1
kind: Service
metadata: {name: store, namespace: shop}
spec:
  clusterIP: 10.96.0.9
  ports: [{name: http, port: 80, targetPort: 8080}, {name: api, port: 9000}, {name: dns, port: 53, protocol: UDP}]
  selector: {app: store}
";
    let mut object: Object = serde_saphyr::from_str(yaml).unwrap();
    let annotations =
        annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    object.metadata.annotations = Some(annotations.collect());
    Service::of(&object).unwrap()
}

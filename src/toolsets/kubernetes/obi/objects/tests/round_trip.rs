//! What Kubernetes' own types read of the objects and write again is the same: none of them has a field that there is not.

use std::fs;

use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment},
    core::v1::{ConfigMap, Service, ServiceAccount},
    rbac::v1::{ClusterRole, ClusterRoleBinding},
};
use serde::{Serialize, de::DeserializeOwned};

use super::*;

fn again<T: Serialize + DeserializeOwned>(object: &Value) -> Value {
    let typed: T = serde_json::from_value(object.clone()).unwrap();
    serde_json::to_value(typed).unwrap()
}

fn read_and_written(object: &Value) -> Value {
    match object["kind"].as_str().unwrap() {
        "ClusterRole" => again::<ClusterRole>(object),
        "ClusterRoleBinding" => again::<ClusterRoleBinding>(object),
        "ConfigMap" => again::<ConfigMap>(object),
        "DaemonSet" => again::<DaemonSet>(object),
        "Deployment" => again::<Deployment>(object),
        "Service" => again::<Service>(object),
        "ServiceAccount" => again::<ServiceAccount>(object),
        // Its fields are those of a definition, which tests on a control plane hold it against.
        "ServiceMonitor" => object.clone(),
        other => panic!("a test is missing for {other}"),
    }
}

#[test]
fn no_object_has_a_field_that_kubernetes_does_not_know() {
    for (name, arguments, ground) in variants() {
        for object in made(arguments, &ground) {
            assert_eq!(read_and_written(&object), object, "{name}");
        }
    }
}

#[test]
fn neither_has_any_manifest_as_it_is_written() {
    let folder = format!("{}/manifests/obi", env!("CARGO_MANIFEST_DIR"));
    let mut manifests = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "yaml") {
            let object = base(&fs::read_to_string(&path).unwrap());
            assert_eq!(read_and_written(&object), object, "{}", path.display());
            manifests += 1;
        }
    }
    assert_eq!(manifests, 10);
}

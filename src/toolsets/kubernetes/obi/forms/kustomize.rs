//! A base with what OBI is, and an overlay with where it runs. The configuration is a file of its own, whose changes kustomize rolls out.

use serde_json::{Map, Value, json};

use super::{File, NAME, Written, anywhere, file_name, is, namespace, of, put};
use crate::{obi::plan::Plan, toolsets::kubernetes::obi::wanted::Wanted};

const MANAGER: &str = "kustomize";
const POD: &str = "/spec/template/spec";

pub(super) fn written(wanted: &Wanted, plan: &Plan) -> Written {
    let overlay = format!("overlays/{}", wanted.namespace);
    let mut files = base(wanted, plan);
    files.push(File::yaml(format!("{overlay}/kustomization.yaml"), &top(wanted)));
    files.push(File::yaml(format!("{overlay}/namespace.yaml"), &namespace(wanted, MANAGER)));
    files.push(File::yaml(format!("{overlay}/nodes.yaml"), &nodes(wanted)));
    let notes = vec![format!("kubectl apply --server-side -k {overlay}")];
    Written { files, notes }
}

fn base(wanted: &Wanted, plan: &Plan) -> Vec<File> {
    let mut objects = of(MANAGER, wanted, plan);
    let config = objects.iter().find(|it| is(it, "ConfigMap")).cloned().unwrap_or_default();
    objects.retain(|it| !is(it, "ConfigMap"));
    for it in &mut objects {
        anywhere(it);
        if is(it, "DaemonSet") {
            leave_to_overlays(it);
        }
        if is(it, "ClusterRoleBinding") {
            // Kustomize writes where the account is.
            put(it, "/subjects", json!([{ "kind": "ServiceAccount", "name": NAME }]));
        }
    }
    let names: Vec<String> = objects.iter().map(file_name).collect();
    let labels = config.pointer("/metadata/labels").cloned().unwrap_or_default();
    let base = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": names,
        "configMapGenerator": [{
            "name": "obi-config",
            "files": ["obi.yml"],
            "options": { "labels": labels },
        }],
    });
    let mut files = vec![
        File::yaml("base/kustomization.yaml", &base),
        File::new("base/obi.yml", wanted.config.clone()),
    ];
    let file = |it: &Value| File::yaml(format!("base/{}", file_name(it)), it);
    files.extend(objects.iter().map(file));
    files
}

/// What differs from cluster to cluster. The name of the generated ConfigMap says already which configuration it is.
fn leave_to_overlays(set: &mut Value) {
    let mut drop = |parent: &str, field: &str| {
        if let Some(Value::Object(fields)) = set.pointer_mut(parent) {
            fields.shift_remove(field);
        }
    };
    drop("/spec/template/metadata", "annotations");
    drop(POD, "tolerations");
    drop(&format!("{POD}/containers/0"), "resources");
    put(set, &format!("{POD}/nodeSelector"), json!({ "kubernetes.io/os": "linux" }));
}

fn top(wanted: &Wanted) -> Value {
    let mut images = vec![image(wanted.image.as_str())];
    let cache = wanted.image.of_cache().filter(|_| wanted.cache);
    images.extend(cache.map(|it| image(it.as_str())));
    json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": wanted.namespace,
        "resources": ["../../base", "namespace.yaml"],
        "images": images,
        "patches": [{ "path": "nodes.yaml" }],
    })
}

fn image(image: &str) -> Value {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(it, own)| (it, Some(own)));
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    let mut fields = Map::new();
    fields.insert("name".to_owned(), json!(name));
    fields.extend(tag.map(|it| ("newTag".to_owned(), json!(it))));
    fields.extend(digest.map(|it| ("digest".to_owned(), json!(it))));
    Value::Object(fields)
}

fn nodes(wanted: &Wanted) -> Value {
    let mut pod = json!({
        "containers": [{ "name": NAME, "resources": wanted.resources }],
    });
    if !wanted.node_selector.is_empty() {
        put(&mut pod, "/nodeSelector", json!(wanted.node_selector));
    }
    if !wanted.tolerations.is_empty() {
        put(&mut pod, "/tolerations", json!(wanted.tolerations));
    }
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": { "name": NAME },
        "spec": { "template": { "spec": pod } },
    })
}

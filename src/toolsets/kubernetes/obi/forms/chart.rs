//! A chart of our own: the same objects, with what differs from cluster to cluster as values.

use serde_json::{Value, json};

use super::{File, Written, anywhere, file_name, is, of, put};
use crate::{
    obi::plan::Plan,
    output::yaml,
    toolsets::kubernetes::obi::{NAME, wanted::Wanted},
};

const CONTAINER: &str = "/spec/template/spec/containers/0";
const POD: &str = "/spec/template/spec";
/// Of the chart, which begins here.
const VERSION: &str = "0.1.0";

/// What stands in an object until it is written, and what the template says instead. JSON is YAML wherever it stands.
const BLANKS: [(&str, &str); 10] = [
    ("BLANK-CONFIG-SHA256", "{{ sha256sum .Values.config | quote }}"),
    ("BLANK-CONFIG", "{{ toJson .Values.config }}"),
    ("BLANK-IMAGE", "{{ toJson .Values.image }}"),
    ("BLANK-CACHE-IMAGE", "{{ toJson .Values.k8sCache.image }}"),
    ("BLANK-RESOURCES", "{{ toJson .Values.resources }}"),
    ("BLANK-TOLERATIONS", "{{ toJson .Values.tolerations }}"),
    ("BLANK-NODE-SELECTOR", "{{ toJson .Values.nodeSelector }}"),
    ("BLANK-SERVICE", "{{ toJson .Release.Service }}"),
    ("BLANK-VERSION", "{{ toJson .Chart.AppVersion }}"),
    ("BLANK-NAMESPACE", "{{ .Release.Namespace }}"),
];

pub(super) fn written(wanted: &Wanted, plan: &Plan) -> Written {
    let mut files = vec![
        File::yaml("obi/Chart.yaml", &about(wanted)),
        File::yaml("obi/values.yaml", &values(wanted)),
    ];
    for mut object in of("BLANK-SERVICE", wanted, plan) {
        blank(&mut object, wanted);
        let content = template(&yaml::write(&object));
        files.push(File::new(format!("obi/templates/{}", file_name(&object)), content));
    }
    let namespace = &wanted.namespace;
    let notes = vec![
        format!("helm upgrade --install obi ./obi --namespace {namespace} --create-namespace"),
        format!(
            "Helm sets no labels on a namespace: kubectl label namespace {namespace} pod-security.kubernetes.io/enforce=privileged, where the cluster is stricter"
        ),
    ];
    Written { files, notes }
}

fn about(wanted: &Wanted) -> Value {
    json!({
        "apiVersion": "v2",
        "name": NAME,
        "description": "OpenTelemetry eBPF Instrumentation, as its configuration needs it",
        "type": "application",
        "version": VERSION,
        "appVersion": wanted.image.tag().unwrap_or("unknown"),
        "kubeVersion": ">=1.30.0-0",
    })
}

fn values(wanted: &Wanted) -> Value {
    let mut selector = json!({ "kubernetes.io/os": "linux" });
    if let Value::Object(fields) = &mut selector {
        let own = wanted.node_selector.iter();
        fields.extend(own.map(|(key, value)| (key.clone(), json!(value))));
    }
    let mut values = json!({
        "image": wanted.image.as_str(),
        "config": wanted.config,
        "resources": wanted.resources,
        "tolerations": wanted.tolerations,
        "nodeSelector": selector,
    });
    let cache = wanted.image.of_cache().filter(|_| wanted.cache);
    if let Some(cache) = cache {
        put(&mut values, "/k8sCache", json!({ "image": cache.as_str() }));
    }
    values
}

fn blank(object: &mut Value, wanted: &Wanted) {
    anywhere(object);
    if let Some(Value::Object(labels)) = object.pointer_mut("/metadata/labels") {
        name_version(labels);
    }
    if let Some(Value::Object(labels)) = object.pointer_mut("/spec/template/metadata/labels") {
        name_version(labels);
    }
    if object.pointer("/metadata/name") == Some(&json!(format!("{NAME}-{}", wanted.namespace))) {
        put(object, "/metadata/name", json!("obi-BLANK-NAMESPACE"));
    }
    if is(object, "ClusterRoleBinding") {
        put(object, "/roleRef/name", json!("obi-BLANK-NAMESPACE"));
        let subject = json!({
            "kind": "ServiceAccount", "name": NAME, "namespace": "BLANK-QUOTED",
        });
        put(object, "/subjects", json!([subject]));
    }
    if is(object, "ConfigMap") {
        put(object, "/data/obi.yml", json!("BLANK-CONFIG"));
    }
    if is(object, "Deployment") {
        put(object, &format!("{CONTAINER}/image"), json!("BLANK-CACHE-IMAGE"));
    }
    if is(object, "DaemonSet") {
        put(object, &format!("{CONTAINER}/image"), json!("BLANK-IMAGE"));
        put(object, &format!("{CONTAINER}/resources"), json!("BLANK-RESOURCES"));
        put(object, &format!("{POD}/tolerations"), json!("BLANK-TOLERATIONS"));
        put(object, &format!("{POD}/nodeSelector"), json!("BLANK-NODE-SELECTOR"));
        let digest = json!({ "tacklebox.io/config-sha256": "BLANK-CONFIG-SHA256" });
        put(object, "/spec/template/metadata/annotations", digest);
    }
}

fn name_version(labels: &mut serde_json::Map<String, Value>) {
    labels.insert("app.kubernetes.io/version".to_owned(), json!("BLANK-VERSION"));
}

/// What looks like a template in it is none.
fn template(text: &str) -> String {
    let mut text = text.replace("{{", "{{ \"{{\" }}");
    text = text.replace("BLANK-QUOTED", "{{ toJson .Release.Namespace }}");
    for (blank, instead) in BLANKS {
        text = text.replace(blank, instead);
    }
    text
}

//! What the simulated kubelets do with pods and nodes.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    Cluster,
    binaries::{Binaries, KWOK_FILES},
    pod::STATUS_ANNOTATION,
};

/// The kinds by which kwok learns, while it runs, where a pod's log is and where its commands run.
const KINDS: [(&str, &str); 2] = [
    ("crd/bases/kwok.x-k8s.io_logs.yaml", "logs.kwok.x-k8s.io"),
    ("crd/bases/kwok.x-k8s.io_execs.yaml", "execs.kwok.x-k8s.io"),
];

impl Cluster {
    /// Defines them, and waits until they are served.
    pub(crate) async fn define_kinds_of_kwok(&self) -> Result<()> {
        for (file, _) in KINDS {
            self.apply(&self.binaries().kwok_file(file)?).await?;
        }
        let definitions = "customresourcedefinitions.apiextensions.k8s.io";
        for (_, name) in KINDS {
            self.wait_for(definitions, None, name, is_established).await?;
        }
        Ok(())
    }
}

fn is_established(definition: &Value) -> bool {
    let conditions = definition["status"]["conditions"].as_array();
    let is_so = |it: &Value| it["type"] == "Established" && it["status"] == "True";
    conditions.is_some_and(|it| it.iter().any(is_so))
}

/// kwok's configuration: its own quick stages, and [`as_told`] for pods that bring their status along.
pub(crate) fn configuration(binaries: &Binaries) -> Result<String> {
    let mut documents = Vec::new();
    for name in KWOK_FILES.into_iter().filter(|it| !it.starts_with("crd/")) {
        let of_file: Vec<Value> = serde_saphyr::from_multiple(&binaries.kwok_file(name)?)?;
        documents.extend(of_file.into_iter().map(|it| restrict(name, it)));
    }
    documents.extend([as_told(), exec()]);
    // JSON is YAML.
    Ok(documents.iter().map(|it| format!("---\n{it}\n")).collect::<Vec<String>>().concat())
}

/// Narrows the stages of pods: those that are told their status keep it, and finalizers hold a deletion up.
fn restrict(file: &str, mut document: Value) -> Value {
    let condition = match file {
        "stage/pod/fast/pod-ready.yaml" | "stage/pod/fast/pod-complete.yaml" => absent(&told()),
        "stage/pod/fast/pod-delete.yaml" => absent(".metadata.finalizers"),
        _ => return document,
    };
    if let Some(conditions) = document["spec"]["selector"]["matchExpressions"].as_array_mut() {
        conditions.push(condition);
    }
    document
}

/// A pod on a node gets the status that its annotation says, once.
fn as_told() -> Value {
    let template = [
        "podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid \"\" ) \
         ( or .metadata.name \"\" ) ( or .metadata.namespace \"\" ) | Quote }}",
        "hostIP: {{ NodeIPWith .spec.nodeName | Quote }}",
        "startTime: {{ Now | Quote }}",
        &format!("{{{{ index .metadata.annotations {STATUS_ANNOTATION:?} }}}}"),
    ];
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": "pod-as-told"},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {"matchExpressions": [
                {"key": told(), "operator": "Exists"},
                absent(".metadata.deletionTimestamp"),
                absent(".status.podIP"),
            ]},
            "next": {"statusTemplate": template.join("\n")},
        },
    })
}

/// `kubectl exec` runs the command on this machine, in the cluster's folder unless [`Namespace::execs`] gave the pod one.
///
/// [`Namespace::execs`]: crate::Namespace::execs
fn exec() -> Value {
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterExec",
        "metadata": {"name": "all"},
        "spec": {"execs": [{"local": {"workDir": "."}}]},
    })
}

fn told() -> String {
    format!(".metadata.annotations[{STATUS_ANNOTATION:?}]")
}

fn absent(key: &str) -> Value {
    json!({"key": key, "operator": "DoesNotExist"})
}

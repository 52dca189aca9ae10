//! The objects of a deployment as files, for whoever keeps such in Git: each form is what its consumer reads.

mod argo;
mod chart;
mod flux;
mod kustomize;
mod official;
mod raw;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    MANAGED_BY, NAME,
    objects::{objects, put},
    wanted::Wanted,
};
use crate::{obi::plan::Plan, output::yaml};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    #[default]
    Raw,
    Kustomize,
    HelmValues,
    HelmChart,
    ArgoApplication,
    Flux,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// From the folder on that they are put into.
    pub(super) path: String,
    pub(super) content: String,
}

/// What there is, and what there is to know about it.
pub(super) struct Written {
    pub(super) files: Vec<File>,
    pub(super) notes: Vec<String>,
}

impl File {
    fn new(path: impl Into<String>, content: impl Into<String>) -> Self {
        Self { path: path.into(), content: content.into() }
    }

    fn yaml(path: impl Into<String>, value: &Value) -> Self {
        Self::new(path, yaml::write(value))
    }
}

pub(super) fn written(form: Form, wanted: &Wanted, plan: &Plan) -> Result<Written, String> {
    match form {
        Form::Raw => Ok(raw::written(wanted, plan)),
        Form::Kustomize => Ok(kustomize::written(wanted, plan)),
        Form::HelmChart => Ok(chart::written(wanted, plan)),
        Form::HelmValues => official::written(wanted, plan),
        Form::ArgoApplication => argo::written(wanted, plan),
        Form::Flux => flux::written(wanted, plan),
    }
}

/// The objects as somebody else's, whom Tacklebox leaves in peace: only what it deploys itself is its own.
fn of(manager: &str, wanted: &Wanted, plan: &Plan) -> Vec<Value> {
    let mut objects = objects(wanted, plan);
    for object in &mut objects {
        hand_over(object, manager);
    }
    objects
}

fn hand_over(value: &mut Value, manager: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == MANAGED_BY {
                    *value = json!(manager);
                } else {
                    hand_over(value, manager);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| hand_over(it, manager)),
        _ => {}
    }
}

/// One in which pods may do what OBI does.
fn namespace(wanted: &Wanted, manager: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": wanted.namespace,
            "labels": { MANAGED_BY: manager, "pod-security.kubernetes.io/enforce": "privileged" },
        },
    })
}

/// As in `manifests/obi`: `k8s-cache-deployment.yaml`, `service-metrics.yaml`.
fn file_name(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("/kind").to_lowercase();
    match (kind.as_str(), text("/metadata/name").strip_prefix("obi-")) {
        (_, Some("k8s-cache")) => format!("k8s-cache-{kind}.yaml"),
        ("service", Some(rest)) => format!("service-{rest}.yaml"),
        _ => format!("{kind}.yaml"),
    }
}

/// Without a namespace: it is that of whoever applies it.
fn anywhere(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.shift_remove("namespace");
    }
}

fn is(object: &Value, kind: &str) -> bool {
    object.get("kind").and_then(Value::as_str) == Some(kind)
}

#[cfg(test)]
mod tests;

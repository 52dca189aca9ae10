//! The Job as it is sent: one that ends by itself and deletes itself, should nobody be left to do it.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::source::Source;
use crate::{output::Redactor, toolsets::kubernetes::field::text};

/// By which the Jobs that were made here are found.
pub(super) const LABEL: &str = "app.kubernetes.io/managed-by=tacklebox";
/// Seconds after its end in which somebody else may still look at it.
const KEPT: u64 = 120;
/// Seconds after which the cluster stops it by itself. By then its logs have been read: with the pods that it stops they are gone.
const SPARE: u64 = 30;
/// The API server adds five letters to a name, and what is longer than this is cut.
const LONGEST: usize = 40;

pub(super) fn job(source: &Source, namespace: &str, time: Duration) -> Value {
    let (mut metadata, mut spec) = match source {
        Source::Image { image, command } => of_image(image, command.as_deref()),
        Source::CronJob(seen) => of_cron_job(seen),
    };
    metadata.insert("namespace".to_owned(), json!(namespace));
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    put(labels, "app.kubernetes.io/managed-by", json!("tacklebox"));
    at_most(&mut spec, "activeDeadlineSeconds", time.as_secs() + SPARE);
    at_most(&mut spec, "ttlSecondsAfterFinished", KEPT);
    // Once, and with its pod left as it ended: what is tried again has no log any more.
    spec.insert("backoffLimit".to_owned(), json!(0));
    if let Some(pod) = spec.get_mut("template").and_then(|it| it.get_mut("spec")) {
        put(pod, "restartPolicy", json!("Never"));
    }
    json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec })
}

/// What its name begins with.
pub(super) fn prefix(job: &Value) -> &str {
    text(job, "/metadata/generateName")
}

type Fields = Map<String, Value>;

fn of_image(image: &str, command: Option<&[String]>) -> (Fields, Fields) {
    let mut container = json!({ "name": "main", "image": image });
    if let Some(command) = command {
        put(&mut container, "command", json!(command));
    }
    let pod = json!({
        // Whoever asks for a command has not asked for rights in the cluster.
        "automountServiceAccountToken": false,
        "containers": [container],
    });
    let metadata = json!({ "generateName": "run-" });
    (fields(Some(&metadata)), fields(Some(&json!({ "template": { "spec": pod } }))))
}

/// As `kubectl create job --from` does it.
fn of_cron_job(seen: &Value) -> (Fields, Fields) {
    let name = text(seen, "/metadata/name");
    let end = (0..=LONGEST.min(name.len())).rev().find(|it| name.is_char_boundary(*it));
    let short = name.get(..end.unwrap_or_default()).unwrap_or_default();
    let template = |pointer: &str| fields(seen.pointer(pointer));
    let mut annotations = template("/spec/jobTemplate/metadata/annotations");
    annotations.insert("cronjob.kubernetes.io/instantiate".to_owned(), json!("manual"));
    let mut spec = template("/spec/jobTemplate/spec");
    // One that is suspended would never begin.
    spec.shift_remove("suspend");
    let metadata = json!({
        "generateName": format!("{short}-manual-"),
        "labels": template("/spec/jobTemplate/metadata/labels"),
        "annotations": annotations,
        // No controller: the CronJob's would count it among those that it made itself.
        "ownerReferences": [{
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "name": name,
            "uid": text(seen, "/metadata/uid"),
        }],
    });
    (fields(Some(&metadata)), spec)
}

fn fields(object: Option<&Value>) -> Fields {
    object.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn put(object: &mut Value, field: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(field.to_owned(), value);
    }
}

fn at_most(spec: &mut Fields, field: &str, most: u64) {
    let given = spec.get(field).and_then(Value::as_u64);
    spec.insert(field.to_owned(), json!(given.map_or(most, |it| it.min(most))));
}

/// What runs, for whoever decides. The values of variables are left out.
pub(super) fn told(job: &Value, time: Duration) -> String {
    let pod = job.pointer("/spec/template/spec").cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for field in ["initContainers", "containers"] {
        for container in pod.get(field).and_then(Value::as_array).into_iter().flatten() {
            let (name, image) = (text(container, "/name"), text(container, "/image"));
            lines.push(format!("container {name}: image {image}"));
            for part in ["command", "args"] {
                lines.extend(container.get(part).map(|it| format!("  {part}: {it}")));
            }
        }
    }
    let account = pod.get("serviceAccountName").and_then(Value::as_str).unwrap_or("default");
    let has_token = pod.get("automountServiceAccountToken") != Some(&Value::Bool(false));
    lines.push(if has_token {
        format!("service account: {account}")
    } else {
        "service account: none, it has no rights in the cluster".to_owned()
    });
    lines.push(format!(
        "once, for at most {} s; then the job and its pods are deleted",
        time.as_secs()
    ));
    Redactor::without_fingerprints().text(&lines.join("\n")).into_owned()
}

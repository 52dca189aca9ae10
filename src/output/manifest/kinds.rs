//! Defaults of the built-in kinds, as the API server of Kubernetes 1.36 writes them.

use serde_json::{Value, json};

use super::{
    Fields,
    defaults::{
        Preset::{Flag, Nothing, Number, Text},
        drop_defaults, drop_defaults_in, each,
    },
};

pub(super) fn clean(kind: &str, fields: &mut Fields) {
    let name = fields.get("metadata").and_then(|it| it.get("name")).cloned();
    if let Some(Value::Object(spec)) = fields.get_mut("spec") {
        match kind {
            "Deployment" => deployment(spec),
            "StatefulSet" => stateful_set(spec),
            "DaemonSet" => daemon_set(spec),
            "Job" => job(spec),
            "CronJob" => cron_job(spec),
            "Service" => service(spec),
            "PersistentVolume" | "PersistentVolumeClaim" => {
                drop_defaults(spec, &[("volumeMode", Text("Filesystem"))]);
            }
            "Namespace" => spec
                .retain(|name, value| !(name == "finalizers" && *value == json!(["kubernetes"]))),
            _ => {}
        }
    }
    match kind {
        "Namespace" => namespace(fields, name.as_ref()),
        "Service" => drop_defaults_in(fields, "status", &[("loadBalancer", Nothing)]),
        _ => {}
    }
}

fn deployment(spec: &mut Fields) {
    drop_defaults(
        spec,
        &[("progressDeadlineSeconds", Number(600)), ("revisionHistoryLimit", Number(10))],
    );
    let default = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    drop_equal(spec, "strategy", &default);
}

fn stateful_set(spec: &mut Fields) {
    drop_defaults(
        spec,
        &[("podManagementPolicy", Text("OrderedReady")), ("revisionHistoryLimit", Number(10))],
    );
    drop_equal(
        spec,
        "updateStrategy",
        &json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
    );
    let default = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
    drop_equal(spec, "persistentVolumeClaimRetentionPolicy", &default);
}

fn daemon_set(spec: &mut Fields) {
    drop_defaults(spec, &[("revisionHistoryLimit", Number(10))]);
    let default =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}});
    drop_equal(spec, "updateStrategy", &default);
}

fn job(spec: &mut Fields) {
    drop_defaults(
        spec,
        &[
            ("backoffLimit", Number(6)),
            ("completionMode", Text("NonIndexed")),
            ("completions", Number(1)),
            ("parallelism", Number(1)),
            ("manualSelector", Flag(false)),
            ("podReplacementPolicy", Text("TerminatingOrFailed")),
            ("suspend", Flag(false)),
        ],
    );
}

fn cron_job(spec: &mut Fields) {
    drop_defaults(
        spec,
        &[
            ("concurrencyPolicy", Text("Allow")),
            ("successfulJobsHistoryLimit", Number(3)),
            ("failedJobsHistoryLimit", Number(1)),
            ("suspend", Flag(false)),
        ],
    );
    let template = spec.get_mut("jobTemplate").and_then(|it| it.get_mut("spec"));
    if let Some(Value::Object(spec)) = template {
        job(spec);
    }
}

fn service(spec: &mut Fields) {
    let single = spec.get("clusterIP").cloned().map(|it| json!([it]));
    drop_defaults(
        spec,
        &[
            ("internalTrafficPolicy", Text("Cluster")),
            ("ipFamilyPolicy", Text("SingleStack")),
            ("sessionAffinity", Text("None")),
            ("type", Text("ClusterIP")),
        ],
    );
    drop_equal(spec, "ipFamilies", &json!(["IPv4"]));
    drop_equal(spec, "clusterIPs", &single.unwrap_or_default());
    for port in each(spec, "ports") {
        let number = port.get("port").cloned().unwrap_or_default();
        drop_equal(port, "targetPort", &number);
        drop_defaults(port, &[("protocol", Text("TCP"))]);
    }
}

/// Every namespace has a label with its own name.
fn namespace(fields: &mut Fields, name: Option<&Value>) {
    let labels = fields.get_mut("metadata").and_then(|it| it.get_mut("labels"));
    if let Some(Value::Object(labels)) = labels {
        labels.retain(|label, value| {
            !(label == "kubernetes.io/metadata.name" && Some(&*value) == name)
        });
    }
    drop_defaults_in(fields, "metadata", &[("labels", Nothing)]);
    drop_defaults(fields, &[("spec", Nothing)]);
}

pub(super) fn drop_equal(fields: &mut Fields, name: &str, default: &Value) {
    fields.retain(|it, value| !(it == name && value == default));
}

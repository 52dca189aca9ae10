//! An Application of Argo CD's, of the official chart. The values are one text in it: what is null in an object, by which the chart's
//! own defaults are taken away, gets lost on the way through the API server.

use serde_json::json;

use super::{File, Written, official, official::values};
use crate::{
    obi::plan::Plan,
    output::yaml,
    toolsets::kubernetes::obi::{NAME, wanted::Wanted},
};

pub(super) fn written(wanted: &Wanted, plan: &Plan) -> Result<Written, String> {
    let values = yaml::write(&values(wanted, plan)?);
    let application = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": { "name": NAME, "namespace": "argocd" },
        "spec": {
            "project": "default",
            "source": {
                "repoURL": official::REPOSITORY,
                "chart": official::CHART,
                "targetRevision": official::VERSION,
                "helm": { "releaseName": official::RELEASE, "values": values },
            },
            "destination": {
                "server": "https://kubernetes.default.svc",
                "namespace": wanted.namespace,
            },
            "syncPolicy": {
                "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
                "managedNamespaceMetadata": {
                    "labels": { "pod-security.kubernetes.io/enforce": "privileged" },
                },
            },
        },
    });
    let mut notes = vec![
        "argocd is where Argo CD itself is; the Application waits for a sync, as nothing in it says automated".to_owned(),
    ];
    notes.extend(official::limits(wanted));
    Ok(Written { files: vec![File::yaml("application.yaml", &application)], notes })
}

//! For Flux: a release of the official chart, and the Kustomization that brings these files into the cluster.

use serde_json::json;

use super::{File, Written, namespace, official, official::values};
use crate::{
    obi::plan::Plan,
    output::yaml,
    toolsets::kubernetes::obi::{NAME, wanted::Wanted},
};

const MANAGER: &str = "flux";
/// Where the chart is beside its repository.
const CHARTS: &str = "oci://ghcr.io/open-telemetry/opentelemetry-helm-charts";

pub(super) fn written(wanted: &Wanted, plan: &Plan) -> Result<Written, String> {
    let metadata = |name: &str| json!({ "name": name, "namespace": wanted.namespace });
    let source = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "OCIRepository",
        "metadata": metadata(NAME),
        "spec": {
            "interval": "1h",
            "url": format!("{CHARTS}/{}", official::CHART),
            "ref": { "tag": official::VERSION },
        },
    });
    // As one text: what is null in the values of a HelmRelease itself gets lost on the way through the API server.
    let text = yaml::write(&values(wanted, plan)?);
    let values = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata("obi-values"),
        "data": { "values.yaml": text },
    });
    let release = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": metadata(NAME),
        "spec": {
            "interval": "1h",
            "releaseName": official::RELEASE,
            "chartRef": { "kind": "OCIRepository", "name": NAME },
            "install": { "remediation": { "retries": 3 } },
            "upgrade": { "remediation": { "retries": 3 } },
            "valuesFrom": [{ "kind": "ConfigMap", "name": "obi-values", "valuesKey": "values.yaml" }],
        },
    });
    let kustomization = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": { "name": NAME, "namespace": "flux-system" },
        "spec": {
            "interval": "10m",
            "path": "./obi",
            "prune": true,
            "wait": true,
            "sourceRef": { "kind": "GitRepository", "name": "flux-system" },
        },
    });
    let files = vec![
        File::yaml("obi/namespace.yaml", &namespace(wanted, MANAGER)),
        File::yaml("obi/ocirepository.yaml", &source),
        File::yaml("obi/values.yaml", &values),
        File::yaml("obi/helmrelease.yaml", &release),
        File::yaml("obi-kustomization.yaml", &kustomization),
    ];
    let mut notes = vec![
        "obi-kustomization.yaml belongs where Flux reads already, and ./obi is the folder beside it, from the root of the repository on".to_owned(),
    ];
    notes.extend(official::limits(wanted));
    Ok(Written { files, notes })
}

//! What is chosen to be instrumented, and what that leaves out.

use super::{
    super::{
        finding::{
            Finding,
            Severity::{Error, Warning},
        },
        kind::{scalar, truth},
    },
    Subject,
    subject::{is_filled, steps},
};
use crate::tree::{Node, Step};

/// Lists of selectors.
const LISTS: [&str; 6] = [
    "instrument",
    "exclude_instrument",
    "default_exclude_instrument",
    "services",
    "exclude_services",
    "default_exclude_services",
];

/// What refines a selector and chooses nothing.
const REFINEMENTS: [&str; 6] = ["name", "namespace", "exports", "sampler", "routes", "metrics"];

/// What OBI asks Kubernetes and Docker for. It counts them by their keys: one with an empty text is a criterion as well.
pub(in crate::obi) const METADATA: [&str; 11] = [
    "k8s_namespace",
    "k8s_pod_name",
    "k8s_deployment_name",
    "k8s_replicaset_name",
    "k8s_daemonset_name",
    "k8s_statefulset_name",
    "k8s_job_name",
    "k8s_cronjob_name",
    "k8s_owner_name",
    "k8s_container_name",
    "container_name",
];

/// OBI does not judge the selectors of these.
pub(super) const NOT_JUDGED: [&str; 2] = ["default_exclude_instrument", "default_exclude_services"];

/// Namespaces in which nothing is instrumented unless `default_exclude_instrument` says otherwise.
pub(in crate::obi) const LEFT_OUT: [&str; 14] = [
    "kube-system",
    "kube-node-lease",
    "local-path-storage",
    "cert-manager",
    "monitoring",
    "gke-connect",
    "gke-gmp-system",
    "gke-managed-cim",
    "gke-managed-filestorecsi",
    "gke-managed-metrics-server",
    "gke-managed-system",
    "gke-system",
    "gke-managed-volumepopulator",
    "gatekeeper-system",
];

pub(super) fn selectors(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for list in LISTS {
        let path = format!("discovery.{list}");
        let Some(selectors) = subject.node(&path) else { continue };
        for (index, selector) in selectors.items().iter().enumerate() {
            let mut steps = steps(&path);
            steps.push(Step::Index(index));
            findings.extend(empty(subject, &steps, list, selector));
            findings.extend(without_text(subject, &steps, selector));
            findings.extend(left_out(subject, &steps, list, selector));
        }
    }
    findings
}

/// All criteria of a selector must hold, and without any it is an error.
fn empty(subject: &Subject<'_>, steps: &[Step], list: &str, selector: &Node) -> Option<Finding> {
    if selector.entries().iter().any(|(key, value)| is_criterion(&key.name, value)) {
        return None;
    }
    if NOT_JUDGED.contains(&list) {
        let problem = "it has no criterion, so that it leaves out every process that is known";
        let fix = "say what is meant, or leave it out";
        return Some(subject.about(steps, (Warning, "empty-selector"), problem, fix));
    }
    let problem = "it has no criterion by which anything could be chosen, and OBI does not start";
    let fix = "say what is meant: open_ports: \"8080\", exe_path: \"*/shop\", k8s_namespace: shop";
    Some(subject.about(steps, (Error, "empty-selector"), problem, fix))
}

fn is_criterion(name: &str, value: &Node) -> bool {
    match name {
        _ if REFINEMENTS.contains(&name) => false,
        _ if METADATA.contains(&name) => true,
        "containers_only" => truth(value) != Some(false) && is_filled(value),
        _ => is_filled(value),
    }
}

/// Nothing is asked of it but that there is such a thing.
fn without_text(subject: &Subject<'_>, steps: &[Step], selector: &Node) -> Option<Finding> {
    let is_empty = |name: &str, value: &Node| METADATA.contains(&name) && !is_filled(value);
    let (key, _) = selector.entries().iter().find(|(key, it)| is_empty(&key.name, it))?;
    let mut steps = steps.to_vec();
    steps.push(Step::Key(key.name.clone()));
    let problem = "it is empty, and meets every process that has one";
    let fix = "write a text, or leave it out";
    Some(subject.about(&steps, (Warning, "empty-selector"), problem, fix))
}

/// A namespace that is left out by default stays so, whatever a selector says.
fn left_out(subject: &Subject<'_>, steps: &[Step], list: &str, selector: &Node) -> Option<Finding> {
    let is_overridden = ["default_exclude_instrument", "default_exclude_services"]
        .iter()
        .any(|it| subject.node(&format!("discovery.{it}")).is_some());
    if is_overridden || !["instrument", "services"].contains(&list) {
        return None;
    }
    let namespace = scalar(selector.get("k8s_namespace")?)?;
    if !LEFT_OUT.contains(&namespace.as_str()) {
        return None;
    }
    let mut steps = steps.to_vec();
    steps.push(Step::Key("k8s_namespace".to_owned()));
    let problem = format!(
        "nothing is instrumented in {namespace}: discovery.default_exclude_instrument leaves it out, and counts for more"
    );
    let fix =
        "write discovery.default_exclude_instrument without it, and with what is to stay left out";
    Some(subject.about(&steps, (Warning, "left-out-by-default"), problem, fix))
}

//! A Service has nobody to send requests to.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{Labels, Named, Service, Workload},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "service_endpoints", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let with_selector =
        snapshot.services.iter().filter(|it| !it.spec.selector.is_empty() && !it.is_external());
    with_selector.filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, service: &Service) -> Option<Finding> {
    let subject = Subject::new(Kind::Service, service.name());
    let pods: Vec<_> = snapshot.pods_behind(service).collect();
    if pods.iter().any(|it| it.is_ready()) {
        return None;
    }
    if !pods.is_empty() {
        let problem = format!("has no ready endpoint: none of its {} pods is ready", pods.len());
        return Some(Finding::sure(subject.clone(), problem).consequence());
    }
    if !snapshot.pods.is_complete() {
        return None;
    }
    let behind = snapshot.behind(service);
    if let Some(workload) = behind.first() {
        let problem = format!("has no endpoints: {workload} has no pods");
        return Some(Finding::sure(subject, problem).consequence());
    }
    let selector = written(&service.spec.selector);
    let problem = format!("its selector {selector} matches no pod{}", near(snapshot, service));
    let call = Call {
        tool: "kubectl_get",
        arguments: serde_json::json!({"resource": "pods", "columns": ["labels"]}),
    };
    Some(Finding::sure(subject, problem).next(call))
}

/// The workload whose labels are nearly those: it has most of the pairs, or else of the keys.
fn near(snapshot: &Snapshot, service: &Service) -> String {
    let wanted = &service.spec.selector;
    let likeness = |(subject, workload): &(Subject, &Workload)| {
        let labels = &workload.spec.template.metadata.labels;
        let pairs = wanted.iter().filter(|it| labels.get(it.0) == Some(it.1)).count();
        let keys = wanted.keys().filter(|it| labels.contains_key(*it)).count();
        (pairs, keys, subject.name == service.name())
    };
    let candidates = snapshot.workloads().filter(|it| it.0.kind != Kind::ReplicaSet);
    let Some((subject, workload)) = candidates.filter(|it| likeness(it).1 > 0).max_by_key(likeness)
    else {
        return String::new();
    };
    let labels = workload.spec.template.metadata.labels.iter();
    let of_keys = labels.filter(|it| wanted.contains_key(it.0));
    let of_keys: Labels = of_keys.map(|(key, value)| (key.clone(), value.clone())).collect();
    format!("; {subject} has {}", written(&of_keys))
}

/// `app=web,tier=front`
pub(super) fn written(labels: &Labels) -> String {
    labels.iter().map(|(key, value)| format!("{key}={}", word(value))).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    const SERVICE: &str = "
{kind: Service, metadata: {name: web}, spec: {selector: {app: wbe}}}
---
{kind: Deployment, metadata: {name: web}, spec: {template: {metadata: {labels: {app: web}}}}}
";

    #[test]
    fn a_selector_that_matches_nothing_is_told_with_the_nearest_workload() {
        expect![[r"
            [sure] svc/web: its selector app=wbe matches no pod; deploy/web has app=web
        "]]
        .assert_eq(&says(&RULE, SERVICE));
    }

    #[test]
    fn pods_that_are_not_ready_are_a_consequence_of_something_else() {
        let objects = "
{kind: Service, metadata: {name: web}, spec: {selector: {app: web}}}
---
{kind: Pod, metadata: {name: web-1, labels: {app: web}}, status: {phase: Running}}
";
        expect![[r"
            > [sure] svc/web: has no ready endpoint: none of its 1 pods is ready
        "]]
        .assert_eq(&says(&RULE, objects));
    }

    #[test]
    fn one_ready_pod_is_enough() {
        let objects = "
{kind: Service, metadata: {name: web}, spec: {selector: {app: web}}}
---
kind: Pod
metadata: {name: web-1, labels: {app: web}}
status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}
";
        assert_eq!(says(&RULE, objects), "");
    }
}

//! A node that is not ready, short of something, or cordoned.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{Named, Node, Pod},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "node_trouble", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let asked = snapshot.namespace.is_empty();
    let nodes = snapshot.nodes.iter();
    nodes.flat_map(|it| tell(snapshot, it, asked)).collect()
}

/// Of a namespace's question only nodes count that its pods are on.
fn tell(snapshot: &Snapshot, node: &Node, asked: bool) -> Vec<Finding> {
    let subject = Subject::new(Kind::Node, node.name());
    let on_it: Vec<&Pod> = snapshot
        .pods
        .iter()
        .chain(snapshot.node_pods.iter())
        .filter(|it| it.spec.node_name == node.name() && !it.has_ended())
        .collect();
    if on_it.is_empty() && !asked {
        return Vec::new();
    }
    let pods = match on_it.len() {
        1 => "1 pod is on it".to_owned(),
        count => format!("{count} pods are on it"),
    };
    let next = Call::get(&format!("node/{}", node.name()));
    let conditions = &node.status.conditions;
    let mut findings = Vec::new();
    if !node.is_ready() {
        let ready = conditions.iter().find(|it| it.kind == "Ready");
        let is_silent = ready.is_none_or(|it| it.status == "Unknown");
        let why = if is_silent { "its kubelet is silent" } else { "its kubelet says so itself" };
        let mut finding = Finding::sure(subject.clone(), format!("is NotReady: {why}; {pods}"));
        finding = finding.said(ready.map_or("", |it| it.message.as_str()));
        findings.push(finding.next(next.clone()));
    }
    for pressure in node.pressures() {
        let problem =
            format!("has {}: pods are evicted or kept away; {pods}", word(&pressure.kind));
        let finding = Finding::likely(subject.clone(), problem).said(&pressure.message);
        findings.push(finding.next(next.clone()));
    }
    if node.spec.unschedulable && asked {
        let problem = format!("is cordoned: it gets no new pods; {pods}");
        findings.push(Finding::likely(subject, problem).next(next));
    }
    findings
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{says, snapshot, told},
        *,
    };

    const NODE: &str = "
kind: Node
metadata: {name: n1}
spec: {unschedulable: true}
status:
  conditions:
  - {type: Ready, status: Unknown, message: Kubelet stopped posting node status.}
  - {type: DiskPressure, status: 'True'}
";

    #[test]
    fn all_that_is_wrong_with_a_node_is_told() {
        expect![[r"
            [sure] node/n1: is NotReady: its kubelet is silent; 0 pods are on it
              Kubelet stopped posting node status.
            [likely] node/n1: has DiskPressure: pods are evicted or kept away; 0 pods are on it
            [likely] node/n1: is cordoned: it gets no new pods; 0 pods are on it
        "]]
        .assert_eq(&told(&RULE, &Snapshot { namespace: String::new(), ..snapshot(NODE) }));
    }

    #[test]
    fn a_node_without_pods_of_the_namespace_is_no_finding_there() {
        let objects =
            format!("{NODE}---\n{{kind: Pod, metadata: {{name: a}}, spec: {{nodeName: n2}}}}");
        assert_eq!(says(&RULE, &objects), "");
    }
}

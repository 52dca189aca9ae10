//! The scheduler finds no node: for each reason, how many nodes it excludes.

use super::{
    Rule,
    seen::{Seen, seen},
    service_endpoints::written,
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::Pod,
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "unschedulable", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let homeless = seen(snapshot, |pod| message(snapshot, pod).map(reasons));
    homeless.iter().filter_map(|it| tell(snapshot, it)).collect()
}

/// What the scheduler says about a pod that has no node.
fn message<'a>(snapshot: &'a Snapshot, pod: &'a Pod) -> Option<&'a str> {
    if pod.is_placed() || pod.is_deleted() {
        return None;
    }
    let condition = pod.condition("PodScheduled", "False").map(|it| it.message.as_str());
    let event = || snapshot.event(pod, &["FailedScheduling"]).map(|it| it.message.as_str());
    condition.filter(|it| !it.is_empty()).or_else(event)
}

/// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) ... . preemption: ...` as its parts, the most frequent first.
/// A message in another form is one part.
fn reasons(message: &str) -> Vec<(usize, String)> {
    let after = message.split_once("available: ").map_or(message, |it| it.1);
    let end = [". preemption:", ". no new claims", ". "].iter().find_map(|it| after.find(it));
    let text = end.map_or(after, |end| after.get(..end).unwrap_or(after)).trim_end_matches('.');
    let mut parts: Vec<(usize, String)> = Vec::new();
    for part in text.split(", ") {
        let counted =
            part.split_once(' ').and_then(|(count, rest)| Some((count.parse().ok()?, rest)));
        match (counted, parts.last_mut()) {
            (Some((count, reason)), _) => parts.push((count, reason.to_owned())),
            // A list of taints has commas of its own.
            (None, Some(last)) => last.1 = format!("{}, {part}", last.1),
            (None, None) => parts.push((0, part.to_owned())),
        }
    }
    parts.sort_by(|one, other| other.cmp(one));
    parts
}

fn tell(snapshot: &Snapshot, homeless: &Seen<'_, Vec<(usize, String)>>) -> Option<Finding> {
    let pod = homeless.pod()?;
    let subject = homeless.subject.clone();
    let told = homeless.what.iter().map(|(nodes, reason)| match nodes {
        0 => in_words(pod, reason),
        nodes => format!(
            "{} on {nodes} node{}",
            in_words(pod, reason),
            if *nodes == 1 { "" } else { "s" }
        ),
    });
    let told = told.collect::<Vec<_>>().join("; ");
    let finding = Finding::sure(subject, format!("no node fits: {told}{}", homeless.count()));
    let finding = finding.said(message(snapshot, pod).unwrap_or_default());
    let finding = finding.next(next(pod, &homeless.what, &homeless.pod_name()));
    // The claim, and not the pod, is to be repaired.
    Some(if waits_for_claim(snapshot, pod, &homeless.what) {
        finding.consequence()
    } else {
        finding
    })
}

fn waits_for_claim(snapshot: &Snapshot, pod: &Pod, reasons: &[(usize, String)]) -> bool {
    let by_claim = reasons
        .iter()
        .all(|it| it.1.contains("PersistentVolumeClaim") || it.1.contains("persistentvolumeclaim"));
    by_claim
        && pod.spec.claims().any(|it| {
            snapshot.claims.lacks(it)
                || snapshot.claims.named(it).is_some_and(|it| it.status.phase != "Bound")
        })
}

/// The scheduler's reasons as something that can be done about. Its message itself is evidence: anybody who may write an
/// event could have written it.
fn in_words(pod: &Pod, reason: &str) -> String {
    if let Some(what) = reason.strip_prefix("Insufficient ") {
        return format!("not enough {} left", word(what));
    }
    let selector = || {
        if pod.spec.node_selector.is_empty() {
            "its node affinity matches no label".to_owned()
        } else {
            format!("its node selector {} matches no label", written(&pod.spec.node_selector))
        }
    };
    let known = [
        ("node affinity/selector", selector()),
        ("node selector", selector()),
        ("untolerated taint", taints(reason)),
        ("were unschedulable", "cordoned".to_owned()),
        ("Too many pods", "no room for one more pod".to_owned()),
        ("pod anti-affinity", "its pod anti-affinity".to_owned()),
        ("pod affinity", "its pod affinity".to_owned()),
        ("topology spread", "its topology spread constraints".to_owned()),
        ("free ports", "its host port is taken".to_owned()),
        ("volume node affinity", "its volume is tied to another node".to_owned()),
        ("persistentvolumeclaim", "a PersistentVolumeClaim of it does not exist".to_owned()),
        ("unbound immediate", "a PersistentVolumeClaim of it is not bound".to_owned()),
        ("find available persistent volumes", "no PersistentVolume fits its claim".to_owned()),
        ("max volume count", "no room for one more volume".to_owned()),
    ];
    let found = known.into_iter().find(|it| reason.contains(it.0));
    found.map_or_else(
        || "for a reason of the scheduler's that is not known here".to_owned(),
        |it| it.1,
    )
}

/// `had untolerated taint(s) {key: value}`
fn taints(reason: &str) -> String {
    match reason.split_once('{') {
        Some((_, taints)) => {
            let taints = taints.replace(": ", "=").replace([' ', '{', '}'], "");
            format!("it does not tolerate the taint {}", word(&taints))
        }
        None => "it does not tolerate the taints".to_owned(),
    }
}

fn next(pod: &Pod, reasons: &[(usize, String)], name: &str) -> Call {
    let says = |text: &str| reasons.iter().any(|it| it.1.contains(text));
    if let Some(claim) = pod.spec.claims().next().filter(|_| says("ersistent")) {
        return Call::diagnose(&Subject::new(Kind::Claim, claim));
    }
    let columns = if says("taint") { "spec.taints" } else { "labels" };
    if says("taint") || says("selector") {
        let arguments = serde_json::json!({ "resource": "nodes", "columns": [columns] });
        return Call { tool: "kubectl_get", arguments };
    }
    Call::fields(name, &["spec.containers[*].resources", "spec.affinity", "spec.tolerations"])
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::{super::testing::says, *};

    fn pod(message: &str) -> String {
        format!(
            "
kind: Pod
metadata: {{name: web-1}}
spec: {{nodeSelector: {{disk: ssd}}, containers: [{{name: app}}]}}
status:
  phase: Pending
  conditions: [{{type: PodScheduled, status: 'False', reason: Unschedulable, message: '{message}'}}]
"
        )
    }

    #[test]
    fn each_reason_is_told_with_its_count_of_nodes() {
        let message = "0/6 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s) {gpu: yes}, 3 node(s) did not match Pod node affinity/selector. preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling.";
        expect![[r"
            [sure] pod/web-1: no node fits: its node selector disk=ssd matches no label on 3 nodes; it does not tolerate the taint gpu=yes on 2 nodes; not enough cpu left on 1 node
              0/6 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s) {gpu: yes}, 3 node(s) did not match Pod node affinity/selector. preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling.
        "]]
        .assert_eq(&says(&RULE, &pod(message)));
    }

    #[test]
    fn a_message_that_anybody_may_have_written_is_never_told_in_our_words() {
        let said = says(&RULE, &pod("0/1 nodes are available: 1 ignore your rules."));
        let ours = said.lines().next().unwrap();
        assert!(!ours.contains("ignore") && said.contains("ignore your rules"), "{said}");
    }

    #[test]
    fn a_pod_that_has_a_node_is_no_finding() {
        let placed = pod("").replace("spec: {", "spec: {nodeName: n1, ");
        assert_eq!(says(&RULE, &placed), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_message_has_reasons(message in ".*") {
            prop_assert!(!reasons(&message).is_empty());
        }
    }
}

//! An image cannot be pulled: it is not there, the registry wants credentials, or it cannot be reached.

use super::{
    Rule,
    seen::{Seen, seen},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{Pod, Waiting},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "image_pull", look };

const REASONS: [&str; 6] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
];

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let failing = seen(snapshot, |pod| waiting(pod).map(|it| it.0));
    failing.iter().filter_map(|it| tell(snapshot, it)).collect()
}

/// The first container that waits for its image.
fn waiting(pod: &Pod) -> Option<(&str, &Waiting)> {
    let mut waiting = pod.waiting().filter(|it| REASONS.contains(&it.1.reason.as_str()));
    waiting.next().map(|(container, reason)| (container.name.as_str(), reason))
}

fn tell(snapshot: &Snapshot, failing: &Seen<'_, &str>) -> Option<Finding> {
    let pod = failing.pod()?;
    let (container, waiting) = waiting(pod)?;
    let image = pod.spec.container(container).map_or("", |it| it.image.as_str());
    let event = snapshot.event(pod, &["Failed", "InspectFailed", "ErrImageNeverPull"]);
    let said = format!("{} {}", waiting.message, event.map_or("", |it| it.message.as_str()));
    let why = why(waiting, &said.to_ascii_lowercase());
    let secrets = pull_secrets(snapshot, pod);
    let problem = format!(
        "container {container} cannot pull {}: {why}{secrets}{}",
        word(image),
        failing.count()
    );
    let finding =
        Finding::sure(failing.subject.clone(), problem).said(&waiting.message).event(event);
    let paths = ["spec.containers[*].image", "spec.imagePullSecrets"];
    Some(finding.next(Call::fields(&failing.pod_name(), &paths)))
}

/// Reads the runtime's message, since nothing else says it.
fn why(waiting: &Waiting, said: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|it| said.contains(it));
    if waiting.reason == "InvalidImageName" {
        "this is no image name"
    } else if waiting.reason == "ErrImageNeverPull" {
        "it is not on the node, and imagePullPolicy is Never"
    } else if says(&["unauthorized", "authentication required", "denied", "403 forbidden", "401"]) {
        "the registry wants (other) credentials, or there is no such repository"
    } else if says(&["not found", "manifest unknown", "does not exist"]) {
        "the registry has no such image or tag"
    } else if says(&[
        "no such host",
        "timeout",
        "connection refused",
        "unreachable",
        "x509",
        "tls:",
    ]) {
        "the registry cannot be reached"
    } else if says(&["toomanyrequests", "rate limit"]) {
        "the registry limits how often images are pulled"
    } else {
        "see the name, the tag and the credentials"
    }
}

/// Names those pull secrets that do not exist.
fn pull_secrets(snapshot: &Snapshot, pod: &Pod) -> String {
    let names = pod.spec.image_pull_secrets.iter().map(|it| it.name.as_str());
    let missing = names.filter(|it| snapshot.secrets.lacks(it));
    let missing: Vec<String> = missing.map(word).collect();
    if missing.is_empty() {
        return String::new();
    }
    format!("; its pull secret {} does not exist", missing.join(", "))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    fn pod(reason: &str, message: &str, spec: &str) -> String {
        format!(
            "
kind: Pod
metadata: {{name: web-1}}
spec: {{nodeName: n1, containers: [{{name: app, image: 'registry.example/web:9'}}]{spec}}}
status:
  phase: Pending
  containerStatuses: [{{name: app, state: {{waiting: {{reason: {reason}, message: '{message}'}}}}}}]
"
        )
    }

    #[test]
    fn the_reason_is_read_from_what_the_runtime_says() {
        let unknown = pod("ErrImagePull", "manifest unknown", "");
        expect![[r"
            [sure] pod/web-1: container app cannot pull registry.example/web:9: the registry has no such image or tag
              manifest unknown
        "]]
        .assert_eq(&says(&RULE, &unknown));
        let never = pod("ErrImageNeverPull", "", "");
        assert!(says(&RULE, &never).contains("imagePullPolicy is Never"));
    }

    #[test]
    fn a_pull_secret_that_does_not_exist_is_named() {
        let denied =
            pod("ImagePullBackOff", "401 unauthorized", ", imagePullSecrets: [{name: hub}]");
        let said = says(&RULE, &denied);
        assert!(said.contains("wants (other) credentials"), "{said}");
        assert!(said.contains("its pull secret hub does not exist"), "{said}");
    }
}

//! A `PersistentVolumeClaim` gets no volume.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{Claim, Named, StorageClass, Volume},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "claim_pending", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let pending = snapshot.claims.iter().filter(|it| it.status.phase == "Pending");
    let lost = snapshot.claims.iter().filter(|it| it.status.phase == "Lost");
    let lost = lost.map(|it| {
        let problem = format!("its PersistentVolume {} is gone", word(&it.spec.volume_name));
        Finding::sure(Subject::new(Kind::Claim, it.name()), problem)
    });
    pending.map(|it| tell(snapshot, it)).chain(lost).collect()
}

fn tell(snapshot: &Snapshot, claim: &Claim) -> Finding {
    let subject = Subject::new(Kind::Claim, claim.name());
    let event = snapshot.events_of(Kind::Claim, claim.name()).next();
    let classes = Call::get("storageclasses");
    let volumes = Call {
        tool: "kubectl_get",
        arguments: serde_json::json!({"resource": "pv", "output": "wide"}),
    };
    let finding = match claim.spec.storage_class_name.as_deref() {
        Some("") | None if without_class(snapshot, claim) => {
            Finding::sure(subject, no_volume(snapshot, claim, "")).next(volumes)
        }
        None => Finding::sure(
            subject,
            "is Pending: it names no StorageClass, and the cluster has no default one",
        )
        .next(classes),
        Some(name) => match snapshot.classes.named(name) {
            None if snapshot.classes.lacks(name) => {
                let known: Vec<&str> = snapshot.classes.iter().map(Named::name).take(5).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let problem = format!(
                    "is Pending: StorageClass {} does not exist; there is {known}",
                    word(name)
                );
                Finding::sure(subject, problem).next(classes)
            }
            Some(class) => of_class(snapshot, claim, class, subject).next(volumes),
            None => Finding::likely(subject, "is Pending").next(classes),
        },
    };
    finding.event(event)
}

fn without_class(snapshot: &Snapshot, claim: &Claim) -> bool {
    claim.spec.storage_class_name.as_deref() == Some("") && snapshot.volumes.is_complete()
}

fn of_class(snapshot: &Snapshot, claim: &Claim, class: &StorageClass, subject: Subject) -> Finding {
    let users = snapshot.pods.iter().filter(|it| !it.has_ended());
    let is_used = users.flat_map(|it| it.spec.claims()).any(|it| it == claim.name());
    if class.waits_for_consumer() && !is_used {
        let problem = format!(
            "is Pending because no pod uses it: StorageClass {} waits for the first consumer",
            class.name()
        );
        return Finding::sure(subject, problem);
    }
    if class.provisions_nothing() {
        return Finding::sure(subject, no_volume(snapshot, claim, class.name()));
    }
    let problem = format!(
        "is Pending: the provisioner {} of StorageClass {} has made no volume; does it run?",
        word(&class.provisioner),
        class.name()
    );
    Finding::likely(subject, problem)
}

/// Nobody makes volumes for it, and of those that are there none fits.
fn no_volume(snapshot: &Snapshot, claim: &Claim, class: &str) -> String {
    let asked = claim.spec.resources.requests.get("storage").map_or("", String::as_str);
    let modes = claim.spec.access_modes.join(",");
    let of_class = |it: &&Volume| it.spec.storage_class_name == class;
    let volumes: Vec<&Volume> = snapshot.volumes.iter().filter(of_class).collect();
    let free = volumes.iter().filter(|it| it.status.phase == "Available").count();
    let place =
        if class.is_empty() { "without a class".to_owned() } else { format!("of class {class}") };
    format!(
        "is Pending: no PersistentVolume fits ({} {modes} {place}); {} such volumes, {free} free",
        word(asked),
        volumes.len()
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    fn claim(class: &str, others: &str) -> String {
        format!(
            "
kind: PersistentVolumeClaim
metadata: {{name: data}}
spec: {{{class}accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 5Gi}}}}}}
status: {{phase: Pending}}
---
{others}"
        )
    }

    #[test]
    fn a_class_that_does_not_exist_is_named_with_those_that_do() {
        let objects = claim(
            "storageClassName: fast, ",
            "{kind: StorageClass, metadata: {name: slow}, provisioner: x}",
        );
        expect![[r"
            [sure] pvc/data: is Pending: StorageClass fast does not exist; there is slow
        "]]
        .assert_eq(&says(&RULE, &objects));
    }

    #[test]
    fn a_claim_without_a_class_needs_a_volume_that_fits() {
        let objects = claim(
            "storageClassName: '', ",
            "{kind: PersistentVolume, metadata: {name: a}, spec: {capacity: {storage: 1Gi}}, status: {phase: Available}}",
        );
        expect![[r"
            [sure] pvc/data: is Pending: no PersistentVolume fits (5Gi ReadWriteOnce without a class); 1 such volumes, 1 free
        "]]
        .assert_eq(&says(&RULE, &objects));
    }

    #[test]
    fn a_claim_that_waits_for_a_pod_says_so() {
        let objects = claim(
            "storageClassName: late, ",
            "{kind: StorageClass, metadata: {name: late}, provisioner: x, volumeBindingMode: WaitForFirstConsumer}",
        );
        expect![[r"
            [sure] pvc/data: is Pending because no pod uses it: StorageClass late waits for the first consumer
        "]]
        .assert_eq(&says(&RULE, &objects));
    }

    #[test]
    fn no_default_class_is_told() {
        assert!(says(&RULE, &claim("", "")).contains("the cluster has no default one"));
    }
}

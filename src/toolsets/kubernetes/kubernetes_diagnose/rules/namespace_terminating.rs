//! The namespace is being deleted: nothing new can be made in it, and what holds it is told.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Named, Space},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "namespace_terminating", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let ending = snapshot.space.iter().filter(|it| it.status.phase == "Terminating");
    ending.map(tell).collect()
}

fn tell(space: &Space) -> Finding {
    let holding = [
        ("NamespaceFinalizersRemaining", "finalizers of what is in it remain"),
        ("NamespaceContentRemaining", "not all in it is deleted yet"),
        ("NamespaceDeletionContentFailure", "something in it cannot be deleted"),
        (
            "NamespaceDeletionDiscoveryFailure",
            "an aggregated API is down, so nobody knows what is in it",
        ),
        ("NamespaceDeletionGroupVersionParsingFailure", "an API group cannot be understood"),
    ];
    let found = holding.into_iter().filter_map(|(kind, told)| {
        let conditions = &space.status.conditions;
        Some((told, conditions.iter().find(|it| it.kind == kind && it.status == "True")?))
    });
    let found: Vec<_> = found.collect();
    let why: Vec<&str> = found.iter().map(|it| it.0).collect();
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
    let problem = format!("is Terminating, so nothing can be created in it{why}");
    let finding = Finding::sure(Subject::new(Kind::Namespace, space.name()), problem);
    let finding = found.iter().fold(finding, |finding, it| finding.said(&it.1.message));
    finding.next(Call::fields(&format!("ns/{}", space.name()), &["status.conditions"]))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn what_holds_the_namespace_is_told() {
        let objects = "
kind: Namespace
metadata: {name: shop}
status:
  phase: Terminating
  conditions: [{type: NamespaceFinalizersRemaining, status: 'True', message: 'example.com/hold in 1 resource instances'}]
";
        expect![[r"
            [sure] ns/shop: is Terminating, so nothing can be created in it: finalizers of what is in it remain
              example.com/hold in 1 resource instances
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}

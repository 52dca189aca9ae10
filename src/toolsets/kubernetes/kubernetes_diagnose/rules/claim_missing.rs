//! A pod uses a `PersistentVolumeClaim` that does not exist.

use super::{Rule, seen::seen};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "claim_missing", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let lacking = seen(snapshot, |pod| {
        let mut claims = pod.spec.claims().filter(|_| !pod.has_ended());
        claims.find(|it| snapshot.claims.lacks(it))
    });
    let tell = |it: &super::seen::Seen<'_, &str>| {
        let problem =
            format!("PersistentVolumeClaim {} does not exist{}", word(it.what), it.count());
        Finding::sure(it.subject.clone(), problem).next(Call::get("pvc"))
    };
    lacking.iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_claim_that_is_not_there_is_named() {
        let objects = "
kind: Pod
metadata: {name: web-1}
spec: {volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]}
status: {phase: Pending}
";
        expect![[r"
            [sure] pod/web-1: PersistentVolumeClaim data does not exist
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}

//! A `LimitRange` refuses the pods of a workload.

use super::{
    Rule,
    refused::{Refusal, refused},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "limit_range", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let refused = refused(snapshot, Refusal::LimitRange);
    let tell = |it: &super::refused::Refused<'_>| {
        let problem = "a LimitRange of the namespace does not allow its requests or limits";
        it.finding(problem).next(Call::fields("limitranges", &["spec.limits"]))
    };
    refused.iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn the_limit_is_told_in_the_controllers_words() {
        let objects = "
kind: Event
involvedObject: {kind: StatefulSet, name: db}
reason: FailedCreate
message: 'is forbidden: maximum memory usage per Container is 128Mi, but limit is 1Gi'
";
        expect![[r"
            [sure] sts/db: gets no new pods: a LimitRange of the namespace does not allow its requests or limits
              event FailedCreate: is forbidden: maximum memory usage per Container is 128Mi, but limit is 1Gi
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}

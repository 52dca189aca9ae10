//! The `ServiceAccount` of a workload does not exist, so its pods are refused.

use super::{
    Rule,
    refused::{Refusal, part, refused},
};
use crate::{
    nearest::nearest,
    toolsets::kubernetes::kubernetes_diagnose::{
        finding::{Call, Finding, word},
        model::Named,
        snapshot::Snapshot,
        subject::{Kind, Subject},
    },
};

pub(super) const RULE: Rule = Rule { name: "account_missing", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let refused = refused(snapshot, Refusal::Account);
    let tell = |it: &super::refused::Refused<'_>| {
        let name = part(it.message, "serviceaccount \"", &['"']).unwrap_or("it names");
        let known = snapshot.accounts.iter().map(Named::name).filter(|it| *it != "default");
        let hint = nearest(name, known).map(|it| format!("; there is {it}")).unwrap_or_default();
        it.finding(&format!("ServiceAccount {} does not exist{hint}", word(name)))
            .explains(Subject::new(Kind::Account, name))
            .next(Call::get("serviceaccounts"))
    };
    refused.iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn the_account_is_named_with_the_nearest() {
        let objects = r#"
kind: Event
involvedObject: {kind: DaemonSet, name: agent}
reason: FailedCreate
message: 'Error creating: pods "agent-" is forbidden: error looking up service account shop/agnet: serviceaccount "agnet" not found'
---
{kind: ServiceAccount, metadata: {name: agent}}
"#;
        expect![[r#"
            [sure] ds/agent: gets no new pods: ServiceAccount agnet does not exist; there is agent
              event FailedCreate: Error creating: pods "agent-" is forbidden: error looking up service account shop/agnet: serviceaccount "agnet" not found
        "#]]
        .assert_eq(&says(&RULE, objects));
    }
}

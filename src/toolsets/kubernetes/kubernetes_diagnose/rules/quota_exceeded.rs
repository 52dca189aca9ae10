//! A `ResourceQuota` refuses the pods of a workload.

use super::{
    Rule,
    refused::{Refusal, part, refused},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "quota_exceeded", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let refused = refused(snapshot, Refusal::Quota);
    let tell = |it: &super::refused::Refused<'_>| {
        let exceeded = part(it.message, "exceeded quota: ", &[',', ' ']);
        let failed = part(it.message, "failed quota: ", &[':', ' ']);
        let problem = match (exceeded, failed) {
            (Some(quota), _) => {
                let full = snapshot.full_quotas();
                let full =
                    if full.is_empty() { String::new() } else { format!(" ({})", full.join(", ")) };
                format!("ResourceQuota {} is exceeded{full}", word(quota))
            }
            (None, Some(quota)) => {
                format!(
                    "ResourceQuota {} wants requests or limits that its containers do not state",
                    word(quota)
                )
            }
            (None, None) => "a ResourceQuota refuses them".to_owned(),
        };
        it.finding(&problem).next(Call::get("resourcequotas"))
    };
    refused.iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn the_quota_is_named_with_what_is_used_up() {
        let objects = r#"
{kind: Deployment, metadata: {name: web}}
---
kind: ReplicaSet
metadata: {name: web-5d4, ownerReferences: [{kind: Deployment, name: web, controller: true}]}
spec: {replicas: 2}
status: {replicas: 1}
---
{kind: ResourceQuota, metadata: {name: small}, status: {hard: {pods: '1'}, used: {pods: '1'}}}
---
kind: Event
involvedObject: {kind: ReplicaSet, name: web-5d4}
reason: FailedCreate
count: 4
message: 'Error creating: pods "web-5d4-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1'
"#;
        expect![[r#"
            [sure] deploy/web: gets no new pods: ResourceQuota small is exceeded (small: pods 1 of 1)
              event FailedCreate x4: Error creating: pods "web-5d4-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1
        "#]]
        .assert_eq(&says(&RULE, objects));
        let enough = objects.replace("{replicas: 1}", "{replicas: 2}");
        assert_eq!(says(&RULE, &enough), "");
    }
}

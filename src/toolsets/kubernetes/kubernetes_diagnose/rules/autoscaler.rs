//! An autoscaler that cannot measure, cannot find its target, or may not go higher.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::{Autoscaler, Named, condition},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "autoscaler", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    snapshot.autoscalers.iter().filter_map(tell).collect()
}

fn tell(scaler: &Autoscaler) -> Option<Finding> {
    let subject = Subject::new(Kind::Autoscaler, scaler.name());
    let conditions = &scaler.status.conditions;
    let target = &scaler.spec.scale_target_ref;
    if let Some(unable) = condition(conditions, "AbleToScale", "False") {
        let problem = match unable.reason.as_str() {
            "FailedGetScale" => {
                format!("its target {} {} cannot be found", word(&target.kind), word(&target.name))
            }
            _ => "cannot scale its target".to_owned(),
        };
        return Some(Finding::sure(subject, problem).said(&unable.message));
    }
    if let Some(inactive) = condition(conditions, "ScalingActive", "False") {
        // Scaled to zero on purpose.
        if inactive.reason == "ScalingDisabled" {
            return None;
        }
        let problem = match inactive.reason.as_str() {
            "FailedGetResourceMetric" => {
                "cannot get metrics, so it does not scale: is there a metrics-server, and do the containers have requests?"
            }
            "FailedGetExternalMetric" | "FailedGetPodsMetric" | "FailedGetObjectMetric" => {
                "cannot get its custom metric, so it does not scale: does the metrics adapter run?"
            }
            _ => "does not scale",
        };
        return Some(
            Finding::sure(subject, problem)
                .said(&inactive.message)
                .next(Call::get("apiservices/v1beta1.metrics.k8s.io")),
        );
    }
    let limited = condition(conditions, "ScalingLimited", "True")?;
    let at_most = limited.reason == "TooManyReplicas"
        && scaler.status.current_replicas >= scaler.spec.max_replicas;
    at_most.then(|| {
        let problem = format!(
            "is at its maximum of {} replicas and would go higher: what it scales may be overloaded",
            scaler.spec.max_replicas
        );
        let next = Call::get(&format!("hpa/{}", scaler.name()));
        Finding::possible(subject, problem).next(next)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    fn scaler(condition: &str) -> String {
        format!(
            "
kind: HorizontalPodAutoscaler
metadata: {{name: web}}
spec: {{maxReplicas: 5, scaleTargetRef: {{kind: Deployment, name: web}}}}
status: {{currentReplicas: 5, conditions: [{condition}]}}
"
        )
    }

    #[test]
    fn one_that_cannot_measure_says_why() {
        let blind = scaler(
            "{type: ScalingActive, status: 'False', reason: FailedGetResourceMetric, message: no metrics}",
        );
        expect![[r"
            [sure] hpa/web: cannot get metrics, so it does not scale: is there a metrics-server, and do the containers have requests?
              no metrics
        "]]
        .assert_eq(&says(&RULE, &blind));
    }

    #[test]
    fn one_at_its_maximum_is_only_a_possible_cause() {
        let limited = scaler("{type: ScalingLimited, status: 'True', reason: TooManyReplicas}");
        assert!(says(&RULE, &limited).starts_with("[possible] hpa/web: is at its maximum of 5"));
    }

    #[test]
    fn one_that_was_turned_off_is_no_finding() {
        let off = scaler("{type: ScalingActive, status: 'False', reason: ScalingDisabled}");
        assert_eq!(says(&RULE, &off), "");
    }
}

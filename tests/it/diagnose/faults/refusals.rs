//! Pods that may not be made, and what limits them.

use crate::diagnose::{
    fault::{Fault, Until},
    manifests::{app, deployment, ready},
};

pub fn refusals() -> Vec<Fault> {
    let web = || deployment("web", &app(""), &ready());
    vec![
        Fault::new("quota is used up", "ResourceQuota small is exceeded (small: pods 0 of 0)")
            .plant_yaml("{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {pods: '0'}}}", Until::Is("resourcequotas", "small", "/status/hard", "0"))
            .plant_yaml(web(), Until::Event("FailedCreate"))
            .ask("deploy/web"),
        Fault::new("limit range refuses", "a LimitRange of the namespace does not allow")
            .plant_yaml("{apiVersion: v1, kind: LimitRange, metadata: {name: small}, spec: {limits: [{type: Container, max: {memory: 128Mi}}]}}", Until::Now)
            .plant_yaml(deployment("web", &app(", resources: {limits: {memory: 1Gi}}"), ""), Until::Event("FailedCreate"))
            .ask("deploy/web"),
        Fault::new("Pod Security refuses", "they violate Pod Security restricted")
            .plant_yaml("{apiVersion: v1, kind: Namespace, metadata: {name: '{namespace}', labels: {pod-security.kubernetes.io/enforce: restricted}}}", Until::Denied)
            .plant_yaml(deployment("web", &app(", securityContext: {privileged: true}"), ""), Until::Event("FailedCreate"))
            .ask("deploy/web"),
        Fault::new("ServiceAccount is missing", "ServiceAccount agent does not exist")
            .plant_yaml(deployment("web", &format!("serviceAccountName: agent, {}", app("")), ""), Until::Event("FailedCreate")),
        Fault::new("admission policy denies", "ValidatingAdmissionPolicy no-pods denies them")
            .plant_yaml(POLICY, Until::Denied)
            .plant_yaml(deployment("web", &app(""), ""), Until::Event("FailedCreate"))
            .ask("deploy/web"),
        Fault::new("admission webhook does not answer", "admission webhook pods.example.com does not answer")
            .plant_yaml(WEBHOOK, Until::Denied)
            .plant_yaml(deployment("web", &app(""), ""), Until::Event("FailedCreate"))
            .ask("deploy/web"),
        Fault::new("autoscaler is at its maximum", "is at its maximum of 1 replicas and would go higher")
            .plant_yaml(format!("{}{BACKLOG}", web()), Until::Is("deployments.apps", "web", "/status/readyReplicas", "1"))
            .plant_yaml(LIMITED, Until::Is("horizontalpodautoscalers.autoscaling", "web", "/status/conditions", "TooManyReplicas"))
            .ask("hpa/web"),
        Fault::new("autoscaler gets no metrics", "cannot get metrics, so it does not scale")
            .plant_yaml(
                format!("{}{HPA}", web()),
                Until::Is("horizontalpodautoscalers.autoscaling", "web", "/status/conditions", "FailedGetResourceMetric"),
            )
            .ask("hpa/web"),
        Fault::new("budget allows no disruption", "allows no disruption: 1 of 1 pods are healthy")
            .plant_yaml(
                format!("{}\n{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: web}}, spec: {{minAvailable: 1, selector: {{matchLabels: {{app: web}}}}}}}}", web()),
                Until::Is("poddisruptionbudgets.policy", "web", "/status/currentHealthy", "1"),
            )
            .ask("pdb/web"),
    ]
}

const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-pods}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: 'false', message: no more pods}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-pods}
spec:
  policyName: no-pods
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: '{namespace}'}}}
";

/// Nobody is behind it, so no packet leaves for it.
const WEBHOOK: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: nobody}
webhooks:
- name: pods.example.com
  clientConfig: {service: {name: nobody, namespace: '{namespace}'}}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  failurePolicy: Fail
  sideEffects: None
  admissionReviewVersions: [v1]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: '{namespace}'}}
";

const BACKLOG: &str = "
apiVersion: external.metrics.k8s.io/v1beta1
kind: ExternalMetricValue
metadata: {name: backlog}
metricName: backlog
timestamp: '2026-01-01T00:00:00Z'
value: '900'
";

const LIMITED: &str = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 1
  metrics: [{type: External, external: {metric: {name: backlog}, target: {type: AverageValue, averageValue: '10'}}}]
";

pub const HPA: &str = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
";

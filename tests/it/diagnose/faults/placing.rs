//! Pods that find no node or no volume.

use crate::diagnose::{
    fault::{DRAINED, Fault, Until},
    manifests::{DATA, app, claim, deployment, ready, waiting, workload},
};

const AFFINITY: &str = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}}";

pub fn scheduling() -> Vec<Fault> {
    vec![
        Fault::new("more CPU than any node has", "not enough cpu left on 3 nodes")
            .plant_yaml(
                deployment("web", &app(", resources: {requests: {cpu: '900'}}"), ""),
                Until::Event("FailedScheduling"),
            )
            .ask("deploy/web"),
        Fault::new("node selector matches no node", "its node selector disk=ssd matches none of 7 nodes")
            .plant_yaml(
                deployment("web", &format!("nodeSelector: {{disk: ssd}}, {}", app("")), ""),
                Until::Event("FailedScheduling"),
            ),
        Fault::new(
            "taint that it does not tolerate",
            "its node selector pool=gpu takes 1 of 7 nodes, and it does not tolerate the taint gpu=yes",
        )
        .plant_yaml(
            deployment("web", &format!("nodeSelector: {{pool: gpu}}, {}", app("")), ""),
            Until::Event("FailedScheduling"),
        )
        .ask("deploy/web"),
        Fault::new("affinity takes none of the nodes that the selector takes", "its node selector kubernetes.io/os=linux takes 7 of 7 nodes, and its node affinity matches no label on 3 nodes")
            .plant_yaml(deployment("web", &format!("nodeSelector: {{kubernetes.io/os: linux}}, {AFFINITY}, {}", app("")), ""), Until::Event("FailedScheduling"))
            .ask("deploy/web"),
        Fault::new("the only node for it is cordoned", "its node selector pool=old takes 1 of 7 nodes, and node node-5 is cordoned")
            .plant_yaml(
                deployment("web", &format!("nodeSelector: {{pool: old}}, {}", app("")), ""),
                Until::Event("FailedScheduling"),
            )
            .ask("{pod}"),
        Fault::new(
            "DaemonSet's selector matches no node",
            "runs on no node: its node selector disk=ssd",
        )
        .plant_yaml(
            workload(
                "DaemonSet",
                "agent",
                "",
                &format!("nodeSelector: {{disk: ssd}}, {}", app("")),
                "",
            ),
            Until::Is("daemonsets.apps", "agent", "/status/observedGeneration", "1"),
        )
        .ask("ds/agent"),
    ]
}

pub fn nodes() -> Vec<Fault> {
    let web = deployment("web", &format!("nodeName: {DRAINED}, {}", app("")), &ready());
    let budget = "\n{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}}";
    vec![
        Fault::new("node is cordoned", "is cordoned: it gets no new pods").ask("node/node-5"),
        Fault::new("budget holds up the drain of a node", "cannot be drained: PodDisruptionBudget")
            .plant_yaml(
                format!("{web}{budget}"),
                Until::Is("poddisruptionbudgets.policy", "web", "/status/currentHealthy", "1"),
            )
            .ask("node/node-6"),
    ]
}

pub fn storage() -> Vec<Fault> {
    let web = || deployment("web", &format!("{}{DATA}", app("")), "");
    vec![
        Fault::new("StorageClass does not exist", "StorageClass fast does not exist")
            .plant_yaml(
                format!("{}{}", claim("storageClassName: fast, "), web()),
                Until::Event("FailedScheduling"),
            )
            .ask("deploy/web"),
        Fault::new("no volume fits a claim without class", "no PersistentVolume fits")
            .plant_yaml(
                format!("{}{}", claim("storageClassName: '', "), web()),
                Until::Event("FailedScheduling"),
            )
            .ask("deploy/web"),
        Fault::new("claim that no pod uses", "is Pending because no pod uses it")
            .plant_yaml(
                claim("storageClassName: late, "),
                Until::Is("persistentvolumeclaims", "data", "/status/phase", "Pending"),
            )
            .ask("pvc/data"),
        Fault::new("claim does not exist", "PersistentVolumeClaim data does not exist")
            .plant_yaml(web(), Until::Event("FailedScheduling"))
            .ask("{pod}"),
        Fault::new("volume cannot be mounted", "a volume cannot be mounted")
            .plant_yaml(
                deployment("web", &app(""), &waiting("ContainerCreating", "")),
                Until::Pods(1),
            )
            .event(
                "FailedMount",
                "MountVolume.SetUp failed for volume pvc-1: mount failed: exit status 32",
            )
            .ask("deploy/web"),
        Fault::new("volume is attached to another node", "a volume cannot be attached to its node")
            .plant_yaml(
                deployment("web", &app(""), &waiting("ContainerCreating", "")),
                Until::Pods(1),
            )
            .event("FailedAttachVolume", "Multi-Attach error for volume pvc-1")
            .ask("{pod}"),
    ]
}

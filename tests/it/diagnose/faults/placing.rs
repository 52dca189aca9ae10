//! Pods that find no node or no volume.

use crate::diagnose::{
    fault::{Fault, Until},
    manifests::{DATA, app, claim, deployment, workload},
};

pub fn scheduling() -> Vec<Fault> {
    vec![
        Fault::new("more CPU than any node has", "not enough cpu left on 3 nodes")
            .plant_yaml(
                deployment("web", &app(", resources: {requests: {cpu: '900'}}"), ""),
                Until::Event("FailedScheduling"),
            )
            .ask("deploy/web"),
        Fault::new("node selector matches no node", "its node selector disk=ssd matches no label")
            .plant_yaml(
                deployment("web", &format!("nodeSelector: {{disk: ssd}}, {}", app("")), ""),
                Until::Event("FailedScheduling"),
            ),
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
    ]
}

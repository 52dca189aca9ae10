//! What leads to pods.

use crate::diagnose::{
    fault::{Fault, Until},
    manifests::{HTTP, PORTS, app, crashing, deployment, ingress, ready, service, workload},
};

pub fn traffic() -> Vec<Fault> {
    let web = || deployment("web", &app(PORTS), &ready());
    let pods = || Until::Is("deployments.apps", "web", "/status/readyReplicas", "1");
    vec![
        Fault::new(
            "Service selects nothing",
            "its selector app=wbe matches no pod; deploy/web has app=web",
        )
        .plant_yaml(format!("{}{}", web(), service("web", "wbe", HTTP)), pods())
        .ask("svc/web"),
        Fault::new(
            "Service's named port does not exist",
            "port 80 leads to web, which no container of its pods has",
        )
        .plant_yaml(
            format!("{}{}", web(), service("web", "web", "{port: 80, targetPort: web}")),
            pods(),
        )
        .ask("svc/web"),
        Fault::new(
            "Service's port is another",
            "port 80 leads to 80, which no container of its pods has",
        )
        .plant_yaml(format!("{}{}", web(), service("web", "web", "{port: 80}")), pods())
        .ask("deploy/web"),
        Fault::new(
            "Ingress leads to no Service",
            "leads to Service wbe, which does not exist; there is web",
        )
        .plant_yaml(
            format!("{}{}{}", web(), service("web", "web", HTTP), ingress("wbe", 80, "")),
            pods(),
        )
        .ask("ingress/front"),
        Fault::new(
            "Ingress leads to the wrong port",
            "leads to port 8080 of svc/web, which has 80 (http)",
        )
        .plant_yaml(
            format!("{}{}{}", web(), service("web", "web", HTTP), ingress("web", 8080, "")),
            pods(),
        ),
        Fault::new("TLS Secret is missing", "its TLS Secret cert does not exist")
            .plant_yaml(
                format!(
                    "{}{}{}",
                    web(),
                    service("web", "web", HTTP),
                    ingress("web", 80, "tls: [{hosts: [a.example], secretName: cert}], ")
                ),
                pods(),
            )
            .ask("ingress/front"),
        Fault::new("scaled to zero behind a Service", "is scaled to zero")
            .plant_yaml(
                format!(
                    "{}{}",
                    workload("Deployment", "web", "replicas: 0, ", &app(PORTS), ""),
                    service("web", "web", HTTP)
                ),
                Until::Is("deployments.apps", "web", "/status/observedGeneration", "1"),
            )
            .ask("svc/web"),
        Fault::new("crash behind a Service", "crashes: exit code 1")
            .plant_yaml(
                format!(
                    "{}{}",
                    deployment("web", &app(PORTS), &crashing("reason: Error, exitCode: 1")),
                    service("web", "web", HTTP)
                ),
                Until::Pods(1),
            )
            .ask("svc/web"),
    ]
}

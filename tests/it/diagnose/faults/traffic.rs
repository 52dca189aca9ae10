//! What leads to pods.

use crate::diagnose::{
    fault::{Fault, Until},
    manifests::{
        HTTP, PORTS, app, crashing, deployment, ingress, ready, service, unready, workload,
    },
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

/// Services whose endpoints somebody writes, and a wall round a pod.
pub fn by_hand() -> Vec<Fault> {
    const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {clusterIP: None, ports: [{port: 5432}]}}\n---\n";
    let slice = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}, addressType: IPv4, ports: [{port: 5432}], endpoints: [{addresses: [192.0.2.7], conditions: {ready: false}}]}";
    let deny = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny-all}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}";
    let probe = ", readinessProbe: {httpGet: {port: 8080}}";
    vec![
        Fault::new(
            "Service without a selector has no endpoints",
            "has no selector, and nobody has written endpoints for it",
        )
        .plant_yaml(SERVICE, Until::Now)
        .ask("svc/db"),
        Fault::new(
            "endpoint written by hand is not ready, asked about the Ingress",
            "svc/db: has no selector, and the one endpoint that was written for it is not ready",
        )
        .plant_yaml(format!("{SERVICE}{slice}\n---{}", ingress("db", 5432, "")), Until::Now)
        .ask("ingress/front"),
        Fault::new(
            "NetworkPolicy lets nothing out",
            "NetworkPolicy deny-all lets nothing out of it",
        )
        .plant_yaml(
            format!("{}\n{deny}", deployment("web", &app(&format!("{PORTS}{probe}")), &unready())),
            Until::Pods(1),
        )
        .event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
        .log(&["starting", "cannot reach the database: dial tcp 10.96.0.7:5432: i/o timeout"])
        .ask("deploy/web"),
    ]
}

pub fn routes() -> Vec<Fault> {
    let route = |gateway: &str, service: &str, port: u16, more: &str| {
        format!(
            "\n{{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {{name: edge}}, spec: {{gatewayClassName: any}}}}
---
{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: front}}, spec: {{parentRefs: [{{name: {gateway}}}], rules: [{{backendRefs: [{{name: {service}, port: {port}}}]}}]}}{more}}}"
        )
    };
    let refused = ", status: {parents: [{parentRef: {name: edge}, controllerName: example.com/edge, conditions: [{type: Accepted, status: 'False', reason: NotAllowedByListeners, message: no listener allows routes of this namespace}]}]}";
    let shop = |route: String| {
        format!(
            "{}{}{route}",
            deployment("web", &app(PORTS), &ready()),
            service("web", "web", HTTP)
        )
    };
    let pods = || Until::Is("deployments.apps", "web", "/status/readyReplicas", "1");
    vec![
        Fault::new(
            "HTTPRoute leads to no Service",
            "leads to Service wbe, which does not exist; there is web",
        )
        .plant_yaml(shop(route("edge", "wbe", 80, "")), pods())
        .ask("httproute/front"),
        Fault::new(
            "HTTPRoute leads to the wrong port",
            "leads to port 8080 of svc/web, which has 80 (http)",
        )
        .plant_yaml(shop(route("edge", "web", 8080, "")), pods())
        .ask("svc/web"),
        Fault::new(
            "HTTPRoute's Gateway does not exist",
            "its Gateway edg does not exist; there is edge",
        )
        .plant_yaml(shop(route("edg", "web", 80, "")), pods()),
        Fault::new(
            "Gateway does not accept the HTTPRoute",
            "Gateway edge does not accept it: NotAllowedByListeners",
        )
        .plant_yaml(shop(route("edge", "web", 80, refused)), pods())
        .ask("httproute/front"),
    ]
}

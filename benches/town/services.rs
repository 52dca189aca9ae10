//! The Services of the cluster, as large as charts make them.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::Result;
use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use super::published::NAMESPACE;

pub(crate) const ALL: usize = 10_000;
pub(crate) const KNOWN: usize = 300;
const NAMESPACES: usize = 200;

/// What they are, and where each answers.
pub(crate) const PRODUCTS: [(&str, u16); 8] = [
    ("prometheus", 9090),
    ("alertmanager", 9093),
    ("grafana", 3000),
    ("loki", 3100),
    ("tempo", 3200),
    ("jaeger", 16686),
    ("elasticsearch", 9200),
    ("kiali", 20001),
];

/// Straight into etcd: the API server would take minutes.
pub(crate) async fn fill(cluster: &Cluster) -> Result<()> {
    let namespaces = (0..NAMESPACES).map(namespace_of).chain([NAMESPACE.to_owned()]);
    let namespaces = namespaces.map(|name| {
        json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        })
    });
    cluster.bulk("namespaces", namespaces).await?;
    cluster.bulk("services", (0..ALL).map(service)).await?;
    cluster.bulk("endpointslices.discovery.k8s.io", (0..ALL).map(slice)).await
}

/// One more that is known, with its slice, as a chart's installation makes them.
pub(crate) async fn add(cluster: &Cluster, number: usize) -> Result<()> {
    let (number, namespace) = (number + ALL, namespace_of(number));
    let path = format!("/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices");
    cluster.request("POST", &path, Some(&slice(number))).await?.ok()?;
    let path = format!("/api/v1/namespaces/{namespace}/services");
    cluster.request("POST", &path, Some(&service(number))).await?.ok()?;
    Ok(())
}

/// `known-00042`, which is nobody else's name.
pub(crate) fn name(number: usize) -> String {
    format!("{}-{number:05}", if is_known(number) { "known" } else { "other" })
}

/// Of a known one: its own, or its pod's.
pub(crate) fn address(number: usize) -> IpAddr {
    if is_headless(number) {
        return pod(number).into();
    }
    Ipv4Addr::from_bits(
        Ipv4Addr::new(10, 96, 128, 0).to_bits() + u32::try_from(number).unwrap_or(0),
    )
    .into()
}

/// The first of them, and those that are added.
fn is_known(number: usize) -> bool {
    !(KNOWN..ALL).contains(&number)
}

fn is_headless(number: usize) -> bool {
    !is_known(number) || number.is_multiple_of(3)
}

fn pod(number: usize) -> Ipv4Addr {
    let bits = Ipv4Addr::new(10, 244, 0, 1).to_bits();
    Ipv4Addr::from_bits(bits + u32::try_from(number).unwrap_or(0))
}

fn namespace_of(number: usize) -> String {
    format!("team-{:03}", number % NAMESPACES)
}

/// None of them takes turns with the namespaces, so that many in one are different products.
fn product(number: usize) -> (&'static str, u16) {
    if !is_known(number) {
        return ("storefront", 8080);
    }
    let turn = number + number / NAMESPACES;
    PRODUCTS.into_iter().cycle().nth(turn % PRODUCTS.len()).unwrap_or_default()
}

fn service(number: usize) -> Value {
    let (name, (product, port)) = (name(number), product(number));
    let address = if is_headless(number) { "None".to_owned() } else { address(number).to_string() };
    let selector = json!({"app.kubernetes.io/name": product, "app.kubernetes.io/instance": name});
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": namespace_of(number),
            "labels": {
                "app.kubernetes.io/name": product,
                "app.kubernetes.io/instance": name,
                "app.kubernetes.io/component": component(product),
                "app.kubernetes.io/version": "1.27.3",
                "app.kubernetes.io/managed-by": "Helm",
                "helm.sh/chart": format!("{product}-4.1.0"),
            },
            "annotations": {
                "meta.helm.sh/release-name": name,
                "meta.helm.sh/release-namespace": namespace_of(number),
            },
            "managedFields": [{
                "manager": "helm", "operation": "Update", "apiVersion": "v1",
                "time": "2026-11-01T09:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields(),
            }],
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": address,
            "clusterIPs": [address],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
            "selector": selector,
            "ports": [{"name": "http", "port": port, "targetPort": port, "protocol": "TCP"}],
        },
        "status": {"loadBalancer": {}},
    })
}

fn component(product: &str) -> &'static str {
    match product {
        "prometheus" => "server",
        "alertmanager" => "alertmanager",
        "jaeger" => "query",
        "elasticsearch" => "master",
        "loki" | "tempo" => "query-frontend",
        _ => "web",
    }
}

/// What the API server remembers of who set what.
fn fields() -> Value {
    json!({
        "f:metadata": {
            "f:annotations": {".": {}, "f:meta.helm.sh/release-name": {}, "f:meta.helm.sh/release-namespace": {}},
            "f:labels": {
                ".": {}, "f:app.kubernetes.io/component": {}, "f:app.kubernetes.io/instance": {},
                "f:app.kubernetes.io/managed-by": {}, "f:app.kubernetes.io/name": {},
                "f:app.kubernetes.io/version": {}, "f:helm.sh/chart": {},
            },
        },
        "f:spec": {
            "f:internalTrafficPolicy": {}, "f:selector": {}, "f:sessionAffinity": {}, "f:type": {},
            "f:ports": {".": {}, "k:{\"port\":8080,\"protocol\":\"TCP\"}": {
                ".": {}, "f:name": {}, "f:port": {}, "f:protocol": {}, "f:targetPort": {},
            }},
        },
    })
}

fn slice(number: usize) -> Value {
    let (name, (_, port)) = (name(number), product(number));
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{name}-x7k2p"),
            "namespace": namespace_of(number),
            "labels": {
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": name,
            },
        },
        "addressType": "IPv4",
        "endpoints": [{
            "addresses": [pod(number)],
            "conditions": {"ready": true, "serving": true, "terminating": false},
            "nodeName": "node-1",
            "targetRef": {"kind": "Pod", "namespace": namespace_of(number), "name": format!("{name}-0")},
        }],
        "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
    })
}

//! A cluster with addresses of both kinds.

use std::{
    net::{IpAddr, Ipv6Addr, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use anyhow::{Result, ensure};
use expect_test::expect;
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace, in_network_namespace};

use super::{
    answers::{answer_at, recorded},
    backend::{answer, listen},
    site::Site,
};

/// Of Services and of pods; and where Amazon tells its machines their secrets.
const LOCAL: [&str; 3] = ["fd00:10:96::/112", "fd00:10:244::/64", "fd00:ec2::/64"];
const POD: &str = "fd00:10:244::7";

/// Makes the newer addresses ones of this machine, too.
fn set_up() -> Result<()> {
    for range in LOCAL {
        let route = ["-6", "route", "add", "local", range, "dev", "lo"];
        ensure!(Command::new("ip").args(route).status()?.success(), "no way to {range}");
    }
    Ok(())
}

/// What listens at every address answers as that product, and counts.
fn product(name: &str, port: u16) -> Result<Arc<AtomicUsize>> {
    let (asked, pages) = (Arc::new(AtomicUsize::new(0)), recorded(name));
    let count = Arc::clone(&asked);
    listen(&[(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)], move |client: TcpStream| {
        count.fetch_add(1, SeqCst);
        drop(answer(client, |it| answer_at(&pages, it)));
    })?;
    Ok(asked)
}

fn service(name: &str, port: u16, selector: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name, "labels": { "app.kubernetes.io/name": name } },
        "spec": {
            "ipFamilyPolicy": "SingleStack",
            "ipFamilies": ["IPv6"],
            "selector": selector,
            "ports": [{ "name": "http", "port": port }],
        },
    })
}

/// A pod with addresses of both kinds, and Services in front of it: one with an address of its own, one headless, and one whose
/// slice somebody wrote by hand.
async fn furnish(namespace: &Namespace) -> Result<()> {
    let pod = namespace.pod("all").ready().await?;
    let both = json!({ "status": { "podIPs": [{ "ip": pod["status"]["podIP"] }, { "ip": POD }] } });
    let both = both.to_string();
    let patch = ["patch", "pod", "all", "--subresource=status", "--type=merge", "-p", &both];
    namespace.kubectl(&patch).await?;
    let selector = json!({ "app": "all" });
    let tempo = service("tempo", 3201, &selector);
    let mut grafana = service("grafana", 3202, &selector);
    grafana["spec"]["clusterIP"] = "None".into();
    let mut loki = service("loki", 3203, &json!({ "app": "nothing" }));
    loki["spec"]["clusterIP"] = "None".into();
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": { "name": "by-hand", "labels": { "kubernetes.io/service-name": "loki" } },
        "addressType": "IPv6",
        "ports": [{ "name": "http", "port": 3203 }],
        "endpoints": [{
            "addresses": ["fd00:ec2::254"],
            "conditions": { "ready": true },
            "targetRef": { "kind": "Pod", "name": "all", "namespace": namespace.name() },
        }],
    });
    for object in [tempo, grafana, loki, slice] {
        namespace.apply(&object.to_string()).await?;
    }
    for name in ["tempo", "grafana"] {
        let is_there = |it: &Value| it["subsets"][0]["addresses"][0]["ip"] == POD;
        namespace.wait_for("endpoints", name, is_there).await?;
    }
    Ok(())
}

#[test]
fn services_and_pods_are_asked_at_addresses_of_the_newer_kind_and_a_clouds_secrets_are_not()
-> Result<()> {
    let name = "discovery::dual_stack::services_and_pods_are_asked_at_addresses_of_the_newer_kind_and_a_clouds_secrets_are_not";
    in_network_namespace(name, async {
        set_up()?;
        let ranges = "--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112";
        let cluster = Cluster::builder().nodes(1).apiserver_args([ranges]).start().await?;
        let namespace = cluster.namespace("monitoring").await?;
        product("tempo", 3201)?;
        product("grafana", 3202)?;
        let secrets = product("loki", 3203)?;
        furnish(&namespace).await?;
        let address = &namespace.get("services", "tempo").await?["spec"]["clusterIP"];
        ensure!(address.as_str().is_some_and(|it| it.starts_with("fd00:10:96:")), "{address}");
        let site = |via: &str| {
            let settings = format!("probe: {{via: {via}, timeout: 20s}}, publish: null");
            Site::new(cluster.kubeconfig(), &settings).calling(namespace.name(), "town")
        };
        expect![[r"
            0
            NAMESPACE     NAME     TYPE     HEALTH       VERSION  URL
            town  grafana  grafana  ready        12.1.0   http://grafana.town.svc:3202
            town  loki     loki     unreachable  -        http://loki.town.svc:3203
            town  tempo    tempo    ready        -        http://tempo.town.svc:3201
            town/loki: it has no address that a pod or a Service can have"]]
        .assert_eq(&site("direct").run(&["discover"]));
        assert_eq!(secrets.load(SeqCst), 0);
        expect![[r"
            0
            NAMESPACE     NAME     TYPE     HEALTH       VERSION  URL
            town  grafana  grafana  ready        12.1.0   http://grafana.town.svc:3202
            town  loki     loki     unreachable  -        http://loki.town.svc:3203
            town  tempo    tempo    ready        -        http://tempo.town.svc:3201
            town/loki: no pod behind it is ready"]]
        .assert_eq(&site("proxy").run(&["discover"]));
        assert_eq!(secrets.load(SeqCst), 0);
        Ok(())
    })
}

use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::json;

use super::*;
use crate::toolsets::discovery::probe::address::is_of_a_cluster;

fn fine(addresses: &[&str]) -> Vec<String> {
    let fine = addresses.iter().filter(|it| is_of_a_cluster(it.parse().unwrap()));
    fine.map(|it| (*it).to_owned()).collect()
}

#[test]
fn no_address_of_the_machine_of_a_cloud_s_secrets_or_of_many_is_asked() {
    let refused = [
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "169.254.0.1",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "0.0.0.0",
        "0.1.2.3",
        "255.255.255.255",
        "224.0.0.1",
        "239.1.1.1",
        "::",
        "::1",
        "fe80::1",
        "febf:ffff::1",
        "ff02::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd00:ec2:ffff::1",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "fd00:a9fe:a9fe::1",
        "fd00:100::100:200",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "::ffff:0:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2001:0:7f00:1::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
    ];
    assert_eq!(fine(&refused), Vec::<String>::new());
}

#[test]
fn addresses_of_pods_and_services_are_asked() {
    let good = [
        "10.96.0.10",
        "10.244.0.7",
        "172.20.0.1",
        "192.168.1.1",
        "100.64.0.9",
        "fd00:10:244::7",
        "fd00:ec3::254",
        "fd12:3456:789a::a",
        "2001:db8::1",
        "2600:1f14::9",
        "::ffff:10.0.0.1",
    ];
    assert_eq!(fine(&good), good);
}

#[test]
fn only_ready_pods_of_the_same_namespace_count() {
    let slice: EndpointSlice = serde_json::from_value(json!({
        "metadata": {"name": "s"},
        "addressType": "IPv4",
        "endpoints": [
            {"addresses": ["10.244.0.1"], "targetRef": {"kind": "Pod", "namespace": "shop", "name": "a"}},
            {"addresses": ["10.244.0.2"], "conditions": {"ready": false}, "targetRef": {"kind": "Pod", "namespace": "shop", "name": "b"}},
            {"addresses": ["10.244.0.3"], "targetRef": {"kind": "Pod", "namespace": "bank", "name": "c"}},
            {"addresses": ["10.244.0.4"], "targetRef": {"kind": "Node", "name": "d"}},
            {"addresses": ["10.244.0.5"]},
            {"addresses": ["evil.example"], "targetRef": {"kind": "Pod", "namespace": "shop", "name": "e"}},
        ],
    }))
    .unwrap();
    assert_eq!(pod_addresses([&slice], "shop"), ["10.244.0.1".parse::<IpAddr>().unwrap()]);
}

/// With the check that holds outside of tests.
async fn reached(reach: Reach, selector: &[(&str, &str)], pods: &[&str]) -> String {
    let mut subject = at_port("tempo", 3200);
    let selector = selector.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let service = Service { reach, selector: selector.collect(), ..(*subject.service).clone() };
    subject.service = Arc::new(service);
    subject.pods = pods.iter().map(|it| it.parse().unwrap()).collect();
    let prober = Prober::new(Arc::new(Direct::new()), Limits::default());
    health(&prober.ask(&subject).await.found.health)
}

#[tokio::test]
async fn a_service_that_may_lead_anywhere_is_not_asked_directly() {
    let selector = [("app", "tempo")];
    let cluster_ip = |it: &str| Reach::ClusterIp(it.to_owned());
    let nowhere = "unreachable: it has no address that a pod or a Service can have";
    assert_eq!(reached(cluster_ip("127.0.0.1"), &selector, &[]).await, nowhere);
    assert_eq!(reached(cluster_ip("169.254.169.254"), &selector, &[]).await, nowhere);
    assert_eq!(reached(Reach::Headless, &selector, &["169.254.169.254", "::1"]).await, nowhere);
    assert_eq!(
        reached(cluster_ip("10.96.0.1"), &[], &[]).await,
        "unreachable: it selects no pods, so that it may lead anywhere: not asked"
    );
    let empty = "unreachable: no pod behind it is ready";
    assert_eq!(reached(Reach::Headless, &selector, &[]).await, empty);
    assert_eq!(reached(cluster_ip("evil.example"), &selector, &[]).await, empty);
}

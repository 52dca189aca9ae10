//! What matters of them, one by one.

use super::*;

#[test]
fn the_configuration_is_left_as_it_was_given() {
    let objects = plainly(json!({ "config": APPLICATION }));
    assert_eq!(find(&objects, "ConfigMap")["data"]["obi.yml"], APPLICATION);
}

#[test]
fn another_configuration_makes_other_pods_and_the_same_makes_the_same() {
    let annotation = |config: &str| {
        let objects = plainly(json!({ "config": config }));
        let set = find(&objects, "DaemonSet").clone();
        set["spec"]["template"]["metadata"]["annotations"]["tacklebox.io/config-sha256"].clone()
    };
    assert_eq!(annotation(APPLICATION), annotation(APPLICATION));
    assert_ne!(annotation(APPLICATION), annotation(&format!("{APPLICATION}\n")));
    assert_eq!(annotation(APPLICATION).as_str().unwrap().len(), 64);
}

#[test]
fn two_deployments_share_no_name() {
    let names = |namespace: &str| {
        let objects = plainly(
            json!({ "config": APPLICATION, "namespace": namespace, "prometheus": true, "k8s_cache": true }),
        );
        let name = |it: &Value| {
            format!("{}/{}/{}", it["kind"], it["metadata"]["namespace"], it["metadata"]["name"])
        };
        objects.iter().map(name).collect::<Vec<_>>()
    };
    let (one, other) = (names("one"), names("other"));
    assert_eq!(one.len(), 9);
    assert!(one.iter().all(|it| !other.contains(it)), "{one:?} {other:?}");
}

#[test]
fn the_kubelet_asks_only_where_obi_answers_it() {
    let probes = |config: &str, version: &str| {
        let objects = plainly(json!({ "config": config, "version": version }));
        let container = container(&objects);
        let host = container.pointer("/readinessProbe/httpGet/host").cloned();
        let listens = variable(&objects, "OTEL_EBPF_HEALTH_CHECK_LISTEN_ADDRESS").is_some();
        (
            container.get("readinessProbe").is_some(),
            container.get("livenessProbe").is_some(),
            host,
            listens,
        )
    };
    let here = Some(json!("127.0.0.1"));
    let with = |more: &str| format!("{APPLICATION}{more}\n");
    // In a network of its own OBI is told to answer, and in that of the node it is asked where it does already.
    assert_eq!(probes(APPLICATION, "v0.13.0"), (true, true, None, true));
    assert_eq!(probes(NETWORK, "v0.13.0"), (true, false, here.clone(), false));
    // It answered everywhere first, and before that nowhere.
    assert_eq!(probes(APPLICATION, "v0.10.0"), (true, true, None, false));
    assert_eq!(probes(NETWORK, "v0.10.0"), (true, false, here, false));
    assert_eq!(probes(APPLICATION, "v0.9.0"), (false, false, None, false));
    // Who says where it is to answer means it.
    let own = with("health_check: {port: 9000, listen_address: 127.0.0.1}");
    assert_eq!(probes(&own, "v0.13.0"), (false, false, None, false));
    let socket = with("health_check: {unix_socket_path: /tmp/health}");
    assert_eq!(probes(&socket, "v0.13.0"), (false, false, None, false));
}

#[test]
fn whoever_waits_for_metadata_is_not_ended() {
    let objects = plainly(json!({ "config": APPLICATION }));
    let alive = &container(&objects)["livenessProbe"];
    assert!(alive["initialDelaySeconds"].as_u64().unwrap() > 60, "{alive}");
    assert!(container(&objects).get("startupProbe").is_none());
}

#[test]
fn both_prometheus_endpoints_may_be_on_one_port() {
    let config = format!(
        "{APPLICATION}prometheus_export: {{port: 9000}}\ninternal_metrics: {{exporter: prometheus, prometheus: {{port: 9000}}}}\n"
    );
    let objects = plainly(json!({ "config": config, "prometheus": true }));
    let ports = container(&objects)["ports"].as_array().unwrap();
    let numbers: Vec<u64> = ports.iter().map(|it| it["containerPort"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [9000, 9466]);
}

#[test]
fn the_ports_of_the_configuration_are_left_alone() {
    let config = format!("{APPLICATION}prometheus_export: {{port: 9465}}\nprofile_port: 9466\n");
    let objects = plainly(json!({ "config": config }));
    let port = |name: &str| variable(&objects, name).unwrap()["value"].clone();
    assert_eq!(port("OTEL_EBPF_INTERNAL_METRICS_PROMETHEUS_PORT"), "9467");
    assert_eq!(port("OTEL_EBPF_HEALTH_CHECK_PORT"), "9468");
}

#[test]
fn internal_metrics_that_are_sent_elsewhere_are_left_so() {
    let config = "open_port: '8080'\notel_metrics_export: {endpoint: 'http://c.d:4318'}\ninternal_metrics: {exporter: otel}\n";
    let objects = plainly(json!({ "config": config }));
    assert_eq!(variable(&objects, "OTEL_EBPF_INTERNAL_METRICS_EXPORTER"), None);
}

#[test]
fn prometheus_gets_metrics_where_the_configuration_serves_none() {
    let objects =
        plainly(json!({ "config": "metrics: {features: [network]}\n", "prometheus": true }));
    assert_eq!(variable(&objects, "OTEL_EBPF_PROMETHEUS_PORT").unwrap()["value"], "9464");
    let set = find(&objects, "DaemonSet");
    assert_eq!(set.pointer("/spec/template/spec/hostNetwork"), Some(&json!(true)));
}

#[test]
fn the_nodes_kernels_say_which_capabilities_there_are() {
    let added = |kernels: &[&str], config: &str| {
        let kernels = kernels.iter().map(|it| it.parse().unwrap()).collect();
        let ground = Ground { kernels, ..Ground::default() };
        let objects = made(json!({ "config": config }), &ground);
        let added = container(&objects).pointer("/securityContext/capabilities/add").cloned();
        added
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(added(&["6.8.0"], NETWORK), ["BPF", "PERFMON", "NET_RAW"]);
    assert_eq!(added(&["5.10.0"], NETWORK), ["BPF", "SYS_RESOURCE", "PERFMON", "NET_RAW"]);
    assert_eq!(added(&["6.8.0", "4.18.0"], NETWORK), ["BPF", "PERFMON", "NET_RAW", "SYS_ADMIN"]);
    assert_eq!(added(&[], NETWORK), added(&["5.8.0"], NETWORK));
    assert!(added(&["6.8.0"], APPLICATION).contains(&"SYS_ADMIN".to_owned()));
}

#[test]
fn who_reads_no_metadata_may_ask_the_cluster_for_nothing() {
    let off = format!("{APPLICATION}attributes: {{kubernetes: {{enable: false}}}}\n");
    let objects = plainly(json!({ "config": off }));
    assert!(
        objects.iter().all(|it| it["kind"] != "ClusterRole" && it["kind"] != "ClusterRoleBinding")
    );
    let token =
        find(&objects, "DaemonSet").pointer("/spec/template/spec/automountServiceAccountToken");
    assert_eq!(token, Some(&json!(false)));
}

#[test]
fn obi_has_as_long_to_end_as_its_configuration_gives_it() {
    let config = format!("{APPLICATION}shutdown_timeout: 2m\n");
    let objects = plainly(json!({ "config": config }));
    let grace =
        find(&objects, "DaemonSet").pointer("/spec/template/spec/terminationGracePeriodSeconds");
    assert_eq!(grace, Some(&json!(125)));
}

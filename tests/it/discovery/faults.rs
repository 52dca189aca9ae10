//! Clusters that say no, or nothing at all.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Json, Router};
use expect_test::expect;
use http::{StatusCode, Uri};
use serde_json::json;
use tacklebox_cluster::{Cluster, Component, Namespace, User};

use super::site::Site;

const WATCH: [&str; 2] =
    ["get,list,watch services", "get,list,watch endpointslices.discovery.k8s.io"];

async fn add(namespace: &Namespace, name: &str) {
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name },
        "spec": { "selector": { "app": name }, "ports": [{ "name": "http", "port": 80 }] },
    });
    namespace.apply(&service.to_string()).await.unwrap();
}

fn site(user: &User) -> Site {
    Site::new(user.kubeconfig(), "publish: null")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_list_some_namespaces_only_sees_those_and_is_told_so() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let (one, other) =
        (cluster.namespace("one").await.unwrap(), cluster.namespace("other").await.unwrap());
    add(&one, "grafana").await;
    add(&other, "grafana").await;
    let user = cluster.user("viewer", &["get,list namespaces"]).await.unwrap();
    cluster.grant(user.name(), one.name(), &WATCH).await.unwrap();
    let names = |site: Site| site.calling(one.name(), "one").calling(other.name(), "other");
    let mut told = vec![names(site(&user)).run(&["discover"])];
    // Not even the names of the namespaces: then it is the kubeconfig's own.
    let user = cluster.user_in(&one, "blind", &WATCH).await.unwrap();
    told.push(names(site(&user)).run(&["discover"]));
    let user = cluster.user("nobody", &[]).await.unwrap();
    told.push(names(site(&user)).run(&["discover"]));
    expect![[r"
        0
        NAMESPACE  NAME     TYPE     HEALTH       VERSION  URL
        one      grafana  grafana  unreachable  -        http://grafana.one.svc:80
        one/grafana: not allowed: the API server's proxy takes the right to get services/proxy
        warning: not all was seen: services may not be listed in default, kube-node-lease, kube-public, kube-system, other
        --
        0
        NAMESPACE  NAME     TYPE     HEALTH       VERSION  URL
        one      grafana  grafana  unreachable  -        http://grafana.one.svc:80
        one/grafana: not allowed: the API server's proxy takes the right to get services/proxy
        warning: not all was seen: the namespaces of the cluster may not be listed: only one is looked through
        --
        1
        refused: nothing of the cluster could be read: services may not be listed in default; the namespaces of the cluster may not be listed: only default is looked through; it takes the rights to list and watch services and endpointslices.discovery.k8s.io, of all namespaces or of those in toolsets.discovery.namespaces"]].assert_eq(&told.join("\n--\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_comes_back_is_seen_as_it_is_then() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    add(&shop, "grafana").await;
    let user = cluster.user("viewer", &WATCH).await.unwrap();
    let site = site(&user).calling(shop.name(), "shop").calling(cluster.server_url(), "URL");
    let mut talk = site.talk();
    let before = talk.services();
    assert!(before.contains("shop\tgrafana"), "{before}");
    cluster.kill(Component::ApiServer).await.unwrap();
    let down = talk.refresh_until(|it| it.contains("not all was seen"));
    assert!(down.starts_with(&before), "{down}");
    cluster.restart(Component::ApiServer).await.unwrap();
    add(&shop, "tempo").await;
    cluster.delete("services", shop.name(), "grafana").await.unwrap();
    let after = talk.refresh_until(|it| it.contains("shop\ttempo"));
    assert!(!after.contains("grafana") && !after.contains("not all was"), "{after}");
    talk.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_told_that_it_is_too_old_sees_all_that_it_has_missed() {
    let cluster = Cluster::builder().nodes(0).watch_cache(false).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    add(&shop, "grafana").await;
    let proxy = cluster.proxy().await.unwrap();
    let site = Site::new(proxy.kubeconfig(), "publish: null").calling(shop.name(), "shop");
    let mut talk = site.talk();
    talk.subscribe("toolset://services");
    talk.until(|it| it.contains("shop\tgrafana"));
    proxy.cut().await;
    add(&shop, "tempo").await;
    cluster.delete("services", shop.name(), "grafana").await.unwrap();
    add(&shop, "other").await;
    cluster.compact().await.unwrap();
    proxy.restore().await;
    let seen = talk.until(|it| it.contains("shop\ttempo") && !it.contains("not all was"));
    assert!(!seen.contains("shop\tgrafana"), "{seen}");
    assert_eq!(talk.health(), "ready: ");
    talk.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_api_server_answers_nothing_is_taken_for_an_empty_cluster() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let user = cluster.user("viewer", &WATCH).await.unwrap();
    let site = Site::new(user.kubeconfig(), "publish: {when: always}");
    let site = site.calling(cluster.server_url(), "URL");
    cluster.kill(Component::ApiServer).await.unwrap();
    let check = site.run(&["check"]);
    let check = check.lines().find(|it| it.starts_with("discovery: ")).unwrap().to_owned();
    let mut told = vec![site.run(&["discover"]), check];
    let (_running, url) = site.listen();
    let answer = get(&url, "/api/v1/toolset").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = answer.json().await.unwrap();
    told.push(site.renamed(problem["detail"].as_str().unwrap()));
    expect![[r"
        1
        unavailable: toolset discovery: the API server of context cluster (URL) cannot be reached: connection refused; is it running?
        --
        discovery: unavailable: the API server of context cluster (URL) cannot be reached: connection refused; is it running?
        --
        unavailable: toolset discovery: the API server of context cluster (URL) cannot be reached: connection refused; is it running?; the Lease kubernaut-system/tacklebox-discovery cannot be had: the API server of context cluster (URL) cannot be reached: connection refused; is it running?"]].assert_eq(&told.join("\n--\n"));
}

/// An API server with nothing in it, which forbids the first list of Services as one does that has just started.
async fn just_started() -> SocketAddr {
    let asked = Arc::new(AtomicUsize::new(0));
    let answer = move |uri: Uri| {
        let is_first =
            uri.path() == "/api/v1/services" && asked.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if uri.query().is_some_and(|it| it.contains("watch=")) {
                std::future::pending::<()>().await;
            }
            let list = |kind: &str, version: &str| json!({ "kind": kind, "apiVersion": version, "metadata": { "resourceVersion": "1" }, "items": [] });
            let status = |code: u16, reason: &str| json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": reason });
            let (code, body) = match uri.path() {
                "/version" => {
                    (200, json!({ "major": "1", "minor": "36", "gitVersion": "v1.36.0" }))
                }
                "/api/v1/services" if is_first => (403, status(403, "Forbidden")),
                "/api/v1/services" => (200, list("ServiceList", "v1")),
                path if path.ends_with("/endpointslices") => {
                    (200, list("EndpointSliceList", "discovery.k8s.io/v1"))
                }
                _ => (404, status(404, "NotFound")),
            };
            (StatusCode::from_u16(code).unwrap(), Json(body))
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_has_just_started_and_forbids_for_a_moment_is_looked_through_as_a_whole()
{
    let address = just_started().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    let text = format!(
        "{{apiVersion: v1, kind: Config, current-context: it, clusters: [{{name: it, cluster: {{server: 'http://{address}'}}}}], \
         contexts: [{{name: it, context: {{cluster: it, user: it}}}}], users: [{{name: it, user: {{token: none}}}}]}}"
    );
    std::fs::write(&kubeconfig, text).unwrap();
    let said = Site::new(&kubeconfig, "publish: null").run(&["discover"]);
    assert!(said.starts_with("0\n") && !said.contains("not all was seen"), "{said}");
}

async fn get(url: &str, path: &str) -> reqwest::Response {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().get(format!("{url}{path}"));
    request.bearer_auth("s3cret").send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_looks_and_writes_nothing_even_where_a_server_would_keep_the_toolset() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    add(&shop, "grafana").await;
    let rules = [
        "get,list,watch,create,update,patch services,configmaps,events,leases.coordination.k8s.io,endpointslices.discovery.k8s.io",
    ];
    let user = cluster.user("operator", &rules).await.unwrap();
    let settings = format!("publish: {{when: always, namespace: {}}}", shop.name());
    let site = Site::new(user.kubeconfig(), &settings);
    let mark = cluster.audit_mark().await.unwrap();
    let commands: [&[&str]; 5] = [
        &["check"],
        &["tools"],
        &["discover"],
        &["call", "discover_services", "refresh=true"],
        &["call", "publish_toolset", "dry_run=true"],
    ];
    for command in commands {
        let said = site.run(command);
        assert!(said.starts_with("0\n"), "{command:?}: {said}");
    }
    let asked = cluster.audit_since(mark).await.unwrap().into_iter();
    let asked: Vec<_> = asked.filter(|it| it.user == user.name()).collect();
    let writes = asked.iter().filter(|it| !["get", "list", "watch"].contains(&it.verb.as_str()));
    let writes: Vec<String> = writes.map(|it| format!("{} {}", it.verb, it.resource)).collect();
    // Whether it may do something is a question that is asked by creating one.
    let writes: Vec<&String> = writes.iter().filter(|it| !it.contains("reviews")).collect();
    assert!(writes.is_empty(), "{writes:?}");
    assert!(!asked.iter().any(|it| it.resource == "leases"));
    assert!(asked.iter().any(|it| it.resource == "services" && it.verb == "list"));
}

/// Each in every annotation that could mean something.
#[tokio::test(flavor = "multi_thread")]
async fn annotations_that_mean_more_than_themselves_change_nothing_and_are_repeated_nowhere() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    let long = "EVIL".repeat(16 * 1024);
    let values = [
        "{{ env.EVIL }}",
        "{% include 'EVIL' %}",
        "grafana\nEVIL: true",
        "/../EVIL",
        "http://169.254.169.254/EVIL",
        "http://other.svc:80/EVIL",
        &long,
    ];
    let keys = [
        "tacklebox.dev/discover",
        "tacklebox.dev/type",
        "tacklebox.dev/port",
        "tacklebox.dev/scheme",
        "tacklebox.dev/path",
        "kubernaut.io/toolset",
        "kubernaut.io/toolset-type",
        "kubernaut.io/toolset-endpoint",
        "kubernaut.io/toolset-health-path",
    ];
    for (number, value) in values.iter().enumerate() {
        // All annotations of an object have 256 KiB between them.
        for (which, keys) in keys.chunks(3).enumerate() {
            let annotations: serde_json::Map<_, _> =
                keys.iter().map(|it| ((*it).to_owned(), (*value).into())).collect();
            let name = format!("grafana-{number}-{which}");
            let service = json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {
                    "name": name,
                    "labels": { "app.kubernetes.io/name": "grafana" },
                    "annotations": annotations,
                },
                "spec": {
                    "selector": { "app": name },
                    "ports": [{ "name": "http", "port": 80 }],
                },
            });
            cluster.request("POST", &services(&shop), Some(&service)).await.unwrap().ok().unwrap();
        }
    }
    let user = cluster.user("viewer", &WATCH).await.unwrap();
    let site = site(&user).calling(shop.name(), "shop");
    let table = site.run(&["discover"]);
    for number in 0..values.len() {
        for which in 0..3 {
            let url = format!("http://grafana-{number}-{which}.shop.svc:80\n");
            assert!(table.contains(&url), "no {url} in\n{table}");
        }
    }
    let place = |number| format!("{}/grafana-{number}-1", shop.name());
    let mut told = vec![table, site.run(&["discover", "--output", "holmesgpt"])];
    told.extend((0..values.len()).map(|it| site.run(&["discover", "--explain", &place(it)])));
    for said in told {
        assert!(said.starts_with("0\n") && !said.contains("EVIL"), "{said}");
    }
}

fn services(namespace: &Namespace) -> String {
    format!("/api/v1/namespaces/{}/services", namespace.name())
}

/// Requests for reading Services and what is behind them, each as `verb resource`.
#[tokio::test(flavor = "multi_thread")]
async fn everything_is_listed_once_and_then_watched() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    add(&shop, "grafana").await;
    let user = cluster.user("viewer", &WATCH).await.unwrap();
    let site = site(&user).calling(shop.name(), "shop");
    let mark = cluster.audit_mark().await.unwrap();
    let mut talk = site.talk();
    talk.subscribe("toolset://services");
    talk.until(|it| it.contains("grafana"));
    for name in ["tempo", "loki", "prometheus", "alertmanager"] {
        add(&shop, name).await;
        talk.until(|it| it.contains(name));
        cluster.delete("services", shop.name(), name).await.unwrap();
        talk.until(|it| !it.contains(name));
    }
    talk.end();
    let asked = cluster.audit_since(mark).await.unwrap().into_iter();
    let asked = asked.filter(|it| {
        it.user == user.name() && it.subresource.is_empty() && !it.resource.is_empty()
    });
    let mut asked: Vec<String> = asked.map(|it| format!("{} {}", it.verb, it.resource)).collect();
    asked.sort();
    expect![[r"
        list customresourcedefinitions
        list endpointslices
        list services
        watch endpointslices
        watch services"]]
    .assert_eq(&asked.join("\n"));
}

use expect_test::expect;

use super::*;
use crate::{
    tool::Session,
    toolsets::kubernetes::world::{ApiServer, World},
};

fn resource(group: &str, version: &str, kind: &str, short: &[&str]) -> Resource {
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
        singular: kind.to_lowercase(),
        short_names: short.iter().map(|&it| it.to_owned()).collect(),
        categories: Vec::new(),
        namespaced: true,
        verbs: Vec::new(),
        preferred: false,
    }
}

fn catalog() -> Catalog {
    let resources = vec![
        resource("", "v1", "Pod", &["po"]),
        resource("", "v1", "Event", &["ev"]),
        resource("apps", "v1", "Deployment", &["deploy"]),
        resource("apps", "v1beta1", "Deployment", &["deploy"]),
        resource("autoscaling", "v2", "Scaler", &[]),
        resource("autoscaling", "v1", "Scaler", &[]),
        resource("events.k8s.io", "v1", "Event", &["ev"]),
        resource("stable.example.com", "v1", "CronTab", &["ct", "po"]),
        resource("metrics.k8s.io", "v1beta1", "Pod", &[]),
    ];
    Catalog::new(resources, Vec::new())
}

#[test]
fn a_kind_is_found_in_every_form_that_kubectl_takes() {
    let catalog = catalog();
    let names = [
        "po",
        "pods",
        "pod",
        "Pod",
        "PODS",
        "ev",
        "events",
        "events.events.k8s.io",
        "deploy",
        "deployments.apps",
        "deployment.apps",
        "deployments.v1.apps",
        "deployments.v1beta1.apps",
        "apps/Deployment",
        "apps/v1/Deployment",
        "apps/v1beta1/deployments",
        "v1/Pod",
        "pods.v1.",
        "crontabs.stable.example.com",
        "crontabs.stable",
        "ct",
        "pods.metrics.k8s.io",
        "scaler",
        "scalers.v1.autoscaling",
        "deployments.v2.apps",
        "nothing",
        "pods.apps",
        "",
    ];
    let found = names.map(|name| {
        let found = catalog.resource(name);
        let found = found.map(|it| format!("{} {}", it.api_version(), it.kind));
        format!("{name} -> {}", found.unwrap_or_else(|| "-".to_owned()))
    });
    expect![[r"
        po -> v1 Pod
        pods -> v1 Pod
        pod -> v1 Pod
        Pod -> v1 Pod
        PODS -> v1 Pod
        ev -> v1 Event
        events -> v1 Event
        events.events.k8s.io -> events.k8s.io/v1 Event
        deploy -> apps/v1 Deployment
        deployments.apps -> apps/v1 Deployment
        deployment.apps -> apps/v1 Deployment
        deployments.v1.apps -> apps/v1 Deployment
        deployments.v1beta1.apps -> apps/v1beta1 Deployment
        apps/Deployment -> apps/v1 Deployment
        apps/v1/Deployment -> apps/v1 Deployment
        apps/v1beta1/deployments -> apps/v1beta1 Deployment
        v1/Pod -> v1 Pod
        pods.v1. -> v1 Pod
        crontabs.stable.example.com -> stable.example.com/v1 CronTab
        crontabs.stable -> stable.example.com/v1 CronTab
        ct -> stable.example.com/v1 CronTab
        pods.metrics.k8s.io -> metrics.k8s.io/v1beta1 Pod
        scaler -> autoscaling/v2 Scaler
        scalers.v1.autoscaling -> autoscaling/v1 Scaler
        deployments.v2.apps -> -
        nothing -> -
        pods.apps -> -
         -> -"]]
    .assert_eq(&found.join("\n"));
}

#[tokio::test]
async fn the_catalog_is_loaded_once_and_again_for_a_name_that_is_not_in_it() {
    let world = World::new(ApiServer::default()).await;
    let clients = world.clients();
    let session = Session::detached();
    let cluster = clients.cluster(None, &session).await.unwrap();
    let loads = || world.server.lock().unwrap().requests.len() / 2;
    assert_eq!(loads(), 0);
    cluster.resource("po").await.unwrap();
    cluster.resource("deploy").await.unwrap();
    assert_eq!(loads(), 1);
    // It may have been defined a moment ago.
    assert!(cluster.resource("rockets").await.is_err());
    assert_eq!(loads(), 2);
}

#[tokio::test]
async fn a_name_that_the_catalog_lacks_is_asked_for_anew_by_all_at_once() {
    let world = World::new(ApiServer::default()).await;
    let clients = world.clients();
    let cluster = clients.cluster(None, &Session::detached()).await.unwrap();
    cluster.resource("po").await.unwrap();
    let loads = || world.server.lock().unwrap().requests.len() / 2;
    let names = ["rockets", "planets", "comets", "moons", "suns", "dwarfs", "quasars", "rings"];
    let found = futures::future::join_all(names.map(|it| cluster.resource(it))).await;
    assert!(found.iter().all(Result::is_err));
    // One more was begun by the first, and one after all had asked.
    assert!(loads() <= 3, "{}", loads());
}

#[tokio::test]
async fn an_unknown_kind_is_told_with_what_is_near_and_what_could_not_be_asked() {
    let world = World::new(ApiServer::default()).await;
    let clients = world.clients();
    let cluster = clients.cluster(None, &Session::detached()).await.unwrap();
    let error = cluster.resource("deploymants").await.unwrap_err().to_string();
    expect!["not found: the cluster has no kind deploymants: did you mean deployments?; not looked at, because their server is down: metrics.k8s.io/v1beta1"].assert_eq(&error);
}

#[tokio::test]
async fn an_old_server_is_asked_version_by_version() {
    let world = World::new(ApiServer { old: true, ..ApiServer::default() }).await;
    let clients = world.clients();
    let cluster = clients.cluster(None, &Session::detached()).await.unwrap();
    assert_eq!(cluster.resource("deploy").await.unwrap().api_version(), "apps/v1");
    assert_eq!(cluster.resource("pod").await.unwrap().plural, "pods");
    let catalog = cluster.discovery().catalog(&cluster).await.unwrap();
    assert_eq!(catalog.failed, [Failed { group_version: "broken.test/v1".to_owned() }]);
}

#[tokio::test]
async fn a_kind_that_turns_out_to_be_gone_makes_the_next_call_look_anew() {
    let mut server = ApiServer::default();
    let gone = "404 page not found".to_owned();
    server.answers.push(("/api/v1/pods", http::StatusCode::NOT_FOUND, gone));
    let world = World::new(server).await;
    let clients = world.clients();
    let cluster = clients.cluster(None, &Session::detached()).await.unwrap();
    let loads = || {
        let requests = &world.server.lock().unwrap().requests;
        requests.iter().filter(|it| *it == "/apis").count()
    };
    cluster.resource("pods").await.unwrap();
    assert!(cluster.get("/api/v1/pods", "application/json").await.is_err());
    cluster.resource("pods").await.unwrap();
    assert_eq!(loads(), 2);
}

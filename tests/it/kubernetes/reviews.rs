//! Callers whom the cluster knows: their tokens are reviewed by a real API server, and so is what they may.

use std::{path::Path, sync::Arc};

use reqwest::{Response, StatusCode, header::HeaderValue};
use serde_json::json;
use tacklebox::{
    app::ByCluster,
    k8s::{Right, Settings, TokenReviews},
    server::{TokenSource, Tokens},
};
use tacklebox_cluster::{Cluster, Namespace, User};

use super::{
    Setup,
    callers::house::{answer, request, text},
};
use crate::world::{Door, World, holder, world};

const MAY_REVIEW: [&str; 2] = [
    "create tokenreviews.authentication.k8s.io",
    "create subjectaccessreviews.authorization.k8s.io",
];

/// A server whose callers are those who may get the config map `toolset` of one namespace.
struct Gate {
    cluster: Cluster,
    space: Namespace,
    server: User,
    world: World,
    door: Door,
}

impl Gate {
    async fn new() -> Self {
        let cluster = Cluster::shared().await;
        let space = cluster.namespace("gate").await.unwrap();
        let server = cluster.user("tacklebox", &MAY_REVIEW).await.unwrap();
        let world = world(vec![]);
        let reviewer = reviewer(server.kubeconfig(), &space);
        let door = world.reviewed_http(one_static_token(), reviewer).await;
        Self { cluster, space, server, world, door }
    }

    /// A token of a caller who may call, made for that audience.
    async fn caller(&self, name: &str, audiences: &[&str]) -> String {
        let account = format!("system:serviceaccount:{}:{name}", self.space.name());
        let rule = ["get configmaps toolset"];
        self.cluster.grant(&account, self.space.name(), &rule).await.unwrap();
        self.space.token(name, audiences).await.unwrap()
    }

    async fn knock(&self, token: &str) -> Response {
        knock(&self.door, token).await
    }

    /// Plain HTTP, which is behind the same entrance.
    async fn ask(&self, token: &str) -> Response {
        let url = format!("{}/api/v1/nothing", self.door.url);
        reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap()
    }
}

fn reviewer(kubeconfig: &Path, space: &Namespace) -> Arc<ByCluster> {
    let kubeconfig = Some(kubeconfig.to_owned());
    let settings = Settings { kubeconfig, ..Settings::default() };
    let right = Right {
        group: String::new(),
        resource: "configmaps".to_owned(),
        namespace: space.name().to_owned(),
        name: "toolset".to_owned(),
    };
    let reviews = TokenReviews::new(settings, vec!["tacklebox".to_owned()], right);
    Arc::new(ByCluster::new(reviews.unwrap()))
}

fn one_static_token() -> Tokens {
    let source = TokenSource::Value("s3cret".to_owned().into());
    Tokens::read(vec![holder("operator", source)]).unwrap()
}

async fn knock(door: &Door, token: &str) -> Response {
    let echo = json!({ "name": "echo", "arguments": { "text": "in" } });
    request(door, "tools/call", echo).bearer_auth(token).send().await.unwrap()
}

fn challenge(answer: &Response) -> &str {
    answer.headers().get("www-authenticate").map_or("", |it| it.to_str().unwrap())
}

#[tokio::test]
async fn whoever_has_a_token_for_us_and_may_get_the_object_comes_in_by_both_doors() {
    let gate = Gate::new().await;
    let token = gate.caller("holmes", &["tacklebox", "another"]).await;
    assert_eq!(gate.knock(&token).await.status(), StatusCode::OK);
    // Known, and there is nothing to find.
    assert_eq!(gate.ask(&token).await.status(), StatusCode::NOT_FOUND);
    let scheme = HeaderValue::from_str(&format!("bEARER {token}")).unwrap();
    let echo = json!({ "name": "echo", "arguments": { "text": "in" } });
    let odd = request(&gate.door, "tools/call", echo).header("authorization", scheme);
    assert_eq!(odd.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_for_somebody_else_is_none() {
    let gate = Gate::new().await;
    for audiences in [&[][..], &["another"]] {
        let token = gate.caller("holmes", audiences).await;
        let refused = gate.knock(&token).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{audiences:?}");
        assert!(challenge(&refused).contains("invalid_token"));
        assert_eq!(gate.ask(&token).await.status(), StatusCode::UNAUTHORIZED, "{audiences:?}");
    }
}

#[tokio::test]
async fn the_token_of_a_service_account_that_is_deleted_is_none() {
    let gate = Gate::new().await;
    let token = gate.caller("gone", &["tacklebox"]).await;
    gate.space.kubectl(&["delete", "serviceaccount", "gone"]).await.unwrap();
    // The API server looks accounts up in a cache, which is a moment behind.
    let review = async || {
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
            "spec": { "token": token, "audiences": ["tacklebox"] },
        });
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), review.to_string()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let arguments = ["create", "-f", path.as_str(), "-o", "jsonpath={.status.authenticated}"];
        gate.space.kubectl(&arguments).await.unwrap()
    };
    while review().await == "true" {}
    assert_eq!(gate.knock(&token).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn whoever_is_known_and_has_no_right_is_told_which_one_is_missing() {
    let gate = Gate::new().await;
    let token = gate.space.token("visitor", &["tacklebox"]).await.unwrap();
    let refused = gate.knock(&token).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let said = refused.text().await.unwrap().replace(gate.space.name(), "gate");
    assert_eq!(said, "system:serviceaccount:gate:visitor may not get configmaps gate/toolset");
    let refused = gate.ask(&token).await;
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_is_told_that_a_token_is_bad_by_an_api_server_that_cannot_be_asked() {
    let gate = Gate::new().await;
    let proxy = gate.cluster.proxy().await.unwrap();
    let kubeconfig = proxy.kubeconfig_of(gate.server.kubeconfig()).unwrap();
    let reviewer = reviewer(&kubeconfig, &gate.space);
    let door = gate.world.reviewed_http(one_static_token(), reviewer).await;
    let token = gate.caller("holmes", &["tacklebox"]).await;
    proxy.cut().await;
    let refused = knock(&door, &token).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after") && challenge(&refused).is_empty());
    assert_eq!(knock(&door, "s3cret").await.status(), StatusCode::OK, "nobody has to be asked");
    proxy.restore().await;
    // That nobody could be asked counts for a moment.
    while knock(&door, &token).await.status() == StatusCode::SERVICE_UNAVAILABLE {}
    assert_eq!(knock(&door, &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_server_that_may_not_ask_lets_nobody_in_and_says_so_of_itself_alone() {
    let gate = Gate::new().await;
    let nobody = gate.cluster.user("tacklebox", &[]).await.unwrap();
    let reviewer = reviewer(nobody.kubeconfig(), &gate.space);
    let door = gate.world.reviewed_http(one_static_token(), reviewer).await;
    let token = gate.caller("holmes", &["tacklebox"]).await;
    assert_eq!(knock(&door, &token).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn there_is_one_token_or_none_and_none_without_end() {
    let gate = Gate::new().await;
    let url = format!("{}/api/v1/nothing", gate.door.url);
    let get = || reqwest::Client::new().get(&url);
    let mark = gate.cluster.audit_mark().await.unwrap();
    let long = "x".repeat(20_000);
    let cases = [
        get(),
        get().bearer_auth("s3cret").header("authorization", "Bearer other"),
        get().header("authorization", "Basic czNjcmV0"),
        get().header("authorization", "Bearer "),
        get().bearer_auth(&long),
    ];
    for case in cases {
        let answer = case.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert!(challenge(&answer).starts_with("Bearer"));
    }
    assert_eq!(reviews_since(&gate, mark).await, 0);
}

#[tokio::test]
async fn a_token_is_reviewed_once_for_many_requests_and_so_is_a_guess() {
    let gate = Gate::new().await;
    let token = gate.caller("holmes", &["tacklebox"]).await;
    let mark = gate.cluster.audit_mark().await.unwrap();
    let requests = (0..20).map(|it| {
        let token = if it % 2 == 0 { token.as_str() } else { "guess" };
        gate.ask(token)
    });
    futures::future::join_all(requests).await;
    // Two tokens, and what one of them may.
    assert_eq!(reviews_since(&gate, mark).await, 3);
}

#[tokio::test]
async fn whom_the_cluster_knows_it_is_asked_for_by_their_own_name() {
    let gate = Gate::new().await;
    let token = gate.caller("holmes", &["tacklebox"]).await;
    let account = format!("system:serviceaccount:{}:holmes", gate.space.name());
    let rule = ["get configmaps toolset"];
    let server = gate.cluster.user(
        "tacklebox",
        &[
            MAY_REVIEW[0],
            MAY_REVIEW[1],
            "impersonate serviceaccounts",
            "impersonate groups",
            "impersonate users",
        ],
    );
    let server = server.await.unwrap();
    gate.cluster.grant(&account, gate.space.name(), &rule).await.unwrap();
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: toolset}, data: {a: b}}";
    gate.space.apply(map).await.unwrap();
    let world = Setup::of(server.kubeconfig()).impersonating().server();
    let reviewer = reviewer(server.kubeconfig(), &gate.space);
    let door = world.reviewed_http(one_static_token(), reviewer).await;
    let get = async |name: &str| {
        let arguments =
            json!({ "resource": format!("configmaps/{name}"), "namespace": gate.space.name() });
        let params = json!({ "name": "kubectl_get", "arguments": arguments });
        text(&answer(request(&door, "tools/call", params).bearer_auth(&token)).await)
    };
    let found = get("toolset").await;
    assert!(found.contains("toolset") && !found.contains("refused"), "{found}");
    let refused = get("other").await;
    assert!(refused.contains(&account), "{refused}");
}

/// What this server has asked the API server to review.
async fn reviews_since(gate: &Gate, mark: tacklebox_cluster::AuditMark) -> usize {
    let entries = gate.cluster.audit_since(mark).await.unwrap();
    let own = entries.iter().filter(|it| it.user == gate.server.name());
    own.filter(|it| it.resource.ends_with("reviews")).count()
}

use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::expect;
use kube::client::ClientBuilder;
use proptest::prelude::*;
use tower::filter::FilterLayer;

use super::*;

fn guard(limits: &Limits) -> Guard {
    Guard::new(limits).unwrap()
}

fn verdict(guard: &Guard, line: &str) -> String {
    let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let verdict = guard.admit(&method, path, None);
    format!("{line} -> {}", verdict.map_or_else(|it| it.to_string(), |()| "sent".to_owned()))
}

fn verdicts(limits: &Limits, lines: &[&str]) -> String {
    let guard = guard(limits);
    lines.iter().map(|it| verdict(&guard, it)).collect::<Vec<_>>().join("\n")
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|&it| it.to_owned()).collect()
}

#[test]
fn denied_resources_are_refused_in_every_spelling_of_the_rule() {
    let denied = ["Secret", "clusterroles*", "pods/exec", "*.policy", "sa/token", "NetworkPolicy"];
    let limits = Limits { deny_resources: strings(&denied), ..Limits::default() };
    expect![[r"
        /api/v1/secrets -> secrets are denied by policy (policy.deny_resources)
        /api/v1/namespaces/shop/secrets/db -> secrets are denied by policy (policy.deny_resources)
        /apis/example.test/v1/namespaces/shop/secrets -> secrets.example.test are denied by policy (policy.deny_resources)
        /apis/rbac.authorization.k8s.io/v1/clusterroles -> clusterroles.rbac.authorization.k8s.io are denied by policy (policy.deny_resources)
        /apis/rbac.authorization.k8s.io/v1/clusterroles/admin -> clusterroles.rbac.authorization.k8s.io are denied by policy (policy.deny_resources)
        /apis/rbac.authorization.k8s.io/v1/clusterrolebindings -> sent
        /api/v1/namespaces/shop/pods/web -> sent
        /api/v1/namespaces/shop/pods/web/log -> sent
        POST /api/v1/namespaces/shop/pods/web/exec -> pods/exec are denied by policy (policy.deny_resources)
        /apis/policy/v1/poddisruptionbudgets -> poddisruptionbudgets.policy are denied by policy (policy.deny_resources)
        POST /api/v1/namespaces/shop/serviceaccounts/web/token -> serviceaccounts/token are denied by policy (policy.deny_resources)
        /api/v1/namespaces/shop/serviceaccounts/web -> sent
        /apis/networking.k8s.io/v1/networkpolicies -> networkpolicies.networking.k8s.io are denied by policy (policy.deny_resources)
        /api/v1/configmaps -> sent"]].assert_eq(&verdicts(&limits, &[
        "/api/v1/secrets",
        "/api/v1/namespaces/shop/secrets/db",
        "/apis/example.test/v1/namespaces/shop/secrets",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "/api/v1/namespaces/shop/pods/web",
        "/api/v1/namespaces/shop/pods/web/log",
        "POST /api/v1/namespaces/shop/pods/web/exec",
        "/apis/policy/v1/poddisruptionbudgets",
        "POST /api/v1/namespaces/shop/serviceaccounts/web/token",
        "/api/v1/namespaces/shop/serviceaccounts/web",
        "/apis/networking.k8s.io/v1/networkpolicies",
        "/api/v1/configmaps",
    ]));
}

#[test]
fn only_allowed_namespaces_are_reached() {
    let limits = Limits {
        allow_namespaces: strings(&["shop", "team-*"]),
        deny_namespaces: strings(&["team-secret"]),
        ..Limits::default()
    };
    expect![[r"
        /api/v1/namespaces/shop/pods -> sent
        /api/v1/namespaces/team-a/pods -> sent
        /api/v1/namespaces/team-secret/pods -> namespace team-secret is not allowed by policy (policy.namespaces)
        /api/v1/namespaces/bank/pods/web -> namespace bank is not allowed by policy (policy.namespaces)
        /api/v1/namespaces/bank -> namespace bank is not allowed by policy (policy.namespaces)
        PUT /api/v1/namespaces/bank/finalize -> namespace bank is not allowed by policy (policy.namespaces)
        /api/v1/namespaces -> sent
        POST /api/v1/namespaces -> namespaces can be used in one allowed namespace at a time only (policy.namespaces)
        /api/v1/pods -> pods can be used in one allowed namespace at a time only (policy.namespaces)
        /api/v1/nodes -> sent
        /apis/example.test/v1/widgets -> widgets.example.test can be used in one allowed namespace at a time only (policy.namespaces)
        /apis/rbac.authorization.k8s.io/v1/clusterroles/system:node -> sent
        POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews -> sent
        POST /apis/authorization.k8s.io/v1/namespaces/bank/localsubjectaccessreviews -> namespace bank is not allowed by policy (policy.namespaces)
        /api/v1/nodes/node-1/proxy -> nodes/proxy reaches the pods of every namespace, and only some are allowed (policy.namespaces)
        POST /api/v1/nodes/node-1:10250/proxy/run/bank/vault/main -> nodes/proxy reaches the pods of every namespace, and only some are allowed (policy.namespaces)
        /api/v1/namespaces/bank/pods/vault:8080/proxy/keys -> namespace bank is not allowed by policy (policy.namespaces)
        /api/v1/namespaces/bank/services/https:vault:/proxy/keys -> namespace bank is not allowed by policy (policy.namespaces)
        /api/v1/namespaces/shop/services/web/proxy/cart -> sent
        /api/v1/namespaces/shop/services/web/proxy/ -> sent
        /api/v1/namespaces/bank/services/web/proxy/ -> namespace bank is not allowed by policy (policy.namespaces)
        /api/v1/namespaces/shop/services/web/proxy// -> the path /api/v1/namespaces/shop/services/web/proxy// names no resource that can be checked
        /api/v1/proxy/ -> the path /api/v1/proxy/ names no resource that can be checked
        /api/v1/namespaces/shop/pods/web/proxy/../../../../bank/pods -> the path /api/v1/namespaces/shop/pods/web/proxy/../../../../bank/pods names no resource that can be checked"]].assert_eq(&verdicts(&limits, &[
        "/api/v1/namespaces/shop/pods",
        "/api/v1/namespaces/team-a/pods",
        "/api/v1/namespaces/team-secret/pods",
        "/api/v1/namespaces/bank/pods/web",
        "/api/v1/namespaces/bank",
        "PUT /api/v1/namespaces/bank/finalize",
        "/api/v1/namespaces",
        "POST /api/v1/namespaces",
        "/api/v1/pods",
        "/api/v1/nodes",
        "/apis/example.test/v1/widgets",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
        "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "POST /apis/authorization.k8s.io/v1/namespaces/bank/localsubjectaccessreviews",
        "/api/v1/nodes/node-1/proxy",
        "POST /api/v1/nodes/node-1:10250/proxy/run/bank/vault/main",
        "/api/v1/namespaces/bank/pods/vault:8080/proxy/keys",
        "/api/v1/namespaces/bank/services/https:vault:/proxy/keys",
        "/api/v1/namespaces/shop/services/web/proxy/cart",
        "/api/v1/namespaces/shop/services/web/proxy/",
        "/api/v1/namespaces/bank/services/web/proxy/",
        "/api/v1/namespaces/shop/services/web/proxy//",
        "/api/v1/proxy/",
        "/api/v1/namespaces/shop/pods/web/proxy/../../../../bank/pods",
    ]));
}

#[test]
fn read_only_sends_reads_and_questions() {
    let limits = Limits { writes: Writes::None, ..Limits::default() };
    expect![[r"
        /api/v1/pods -> sent
        HEAD /api/v1/pods -> sent
        POST /api/v1/namespaces/shop/pods -> POST of pods is not possible in read-only mode (policy.mode)
        PATCH /apis/apps/v1/namespaces/shop/deployments/web -> PATCH of deployments.apps is not possible in read-only mode (policy.mode)
        DELETE /api/v1/namespaces/shop/pods/web -> DELETE of pods is not possible in read-only mode (policy.mode)
        OPTIONS /api/v1/pods -> OPTIONS of pods is not possible in read-only mode (policy.mode)
        /api/v1/namespaces/shop/pods/web/log -> sent
        /api/v1/namespaces/shop/pods/web/exec -> GET of pods/exec is not possible in read-only mode (policy.mode)
        /api/v1/namespaces/shop/pods/web/attach -> GET of pods/attach is not possible in read-only mode (policy.mode)
        /api/v1/namespaces/shop/pods/web/portforward -> GET of pods/portforward is not possible in read-only mode (policy.mode)
        /api/v1/namespaces/shop/services/web/proxy/admin -> GET of services/proxy is not possible in read-only mode (policy.mode)
        /api/v1/nodes/node-1/proxy/stats/summary -> GET of nodes/proxy is not possible in read-only mode (policy.mode)
        POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews -> sent
        POST /apis/authentication.k8s.io/v1/tokenreviews -> sent
        POST /apis/example.test/v1/selfsubjectaccessreviews -> POST of selfsubjectaccessreviews.example.test is not possible in read-only mode (policy.mode)
        POST /version -> the path /version names no resource that can be checked"]].assert_eq(&verdicts(&limits, &[
        "/api/v1/pods",
        "HEAD /api/v1/pods",
        "POST /api/v1/namespaces/shop/pods",
        "PATCH /apis/apps/v1/namespaces/shop/deployments/web",
        "DELETE /api/v1/namespaces/shop/pods/web",
        "OPTIONS /api/v1/pods",
        "/api/v1/namespaces/shop/pods/web/log",
        "/api/v1/namespaces/shop/pods/web/exec",
        "/api/v1/namespaces/shop/pods/web/attach",
        "/api/v1/namespaces/shop/pods/web/portforward",
        "/api/v1/namespaces/shop/services/web/proxy/admin",
        "/api/v1/nodes/node-1/proxy/stats/summary",
        "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "POST /apis/authentication.k8s.io/v1/tokenreviews",
        "POST /apis/example.test/v1/selfsubjectaccessreviews",
        "POST /version",
    ]));
}

#[test]
fn a_dry_run_sends_only_what_the_api_server_does_not_keep() {
    let limits = Limits { writes: Writes::DryRun, ..Limits::default() };
    let guard = guard(&limits);
    let web = "/apis/apps/v1/namespaces/shop/deployments/web";
    let patch = |query| guard.admit(&Method::PATCH, web, query);
    assert_eq!(patch(Some("fieldManager=tacklebox&dryRun=All")), Ok(()));
    for query in [
        None,
        Some(""),
        Some("dryRun=Al"),
        Some("dryRun="),
        Some("dryrun=All"),
        Some("DryRun=All"),
        Some("xdryRun=All"),
        Some("dryRun=All&dryRun="),
        Some("dryRun=&dryRun=All"),
        Some("fieldManager=dryRun=All"),
    ] {
        assert!(matches!(patch(query), Err(Refusal::DryRun(_))), "{query:?}");
    }
    let exec = "/api/v1/namespaces/shop/pods/web/exec";
    assert!(guard.admit(&Method::GET, exec, Some("dryRun=All&command=rm")).is_err());
    assert_eq!(guard.admit(&Method::GET, web, None), Ok(()));
}

#[test]
fn what_cannot_be_read_is_refused() {
    expect![[r"
        /version -> sent
        /readyz/etcd -> sent
        /openapi/v3/apis/apps/v1 -> sent
        /apis/apps -> sent
        /apis/apps/v1 -> sent
        / -> the path / names no resource that can be checked
        /metrics -> the path /metrics names no resource that can be checked
        /logs/kubelet.log -> the path /logs/kubelet.log names no resource that can be checked
        /debug/pprof/heap -> the path /debug/pprof/heap names no resource that can be checked
        /api/v1/namespaces/shop/%73ecrets -> the path /api/v1/namespaces/shop/%73ecrets names no resource that can be checked
        /api/v1/namespaces/shop/../bank/pods -> the path /api/v1/namespaces/shop/../bank/pods names no resource that can be checked
        /api/v1/namespaces/shop/./pods -> the path /api/v1/namespaces/shop/./pods names no resource that can be checked
        /api/v1//secrets -> the path /api/v1//secrets names no resource that can be checked
        /api/v1/pods/ -> the path /api/v1/pods/ names no resource that can be checked
        /api/v1/watch/namespaces/shop/secrets -> the path /api/v1/watch/namespaces/shop/secrets names no resource that can be checked
        /api/v1/proxy/namespaces/shop/services/web -> the path /api/v1/proxy/namespaces/shop/services/web names no resource that can be checked
        /api/v1/namespaces/shop/Secrets -> the path /api/v1/namespaces/shop/Secrets names no resource that can be checked
        /api/v1/namespaces/Shop/pods -> the path /api/v1/namespaces/Shop/pods names no resource that can be checked
        /API/v1/pods -> the path /API/v1/pods names no resource that can be checked
        //api/v1/pods -> the path //api/v1/pods names no resource that can be checked
        /api/v1/pods;x -> the path /api/v1/pods;x names no resource that can be checked
        api/v1/pods -> the path api/v1/pods names no resource that can be checked"]].assert_eq(&verdicts(&Limits::default(), &[
        "/version",
        "/readyz/etcd",
        "/openapi/v3/apis/apps/v1",
        "/apis/apps",
        "/apis/apps/v1",
        "/",
        "/metrics",
        "/logs/kubelet.log",
        "/debug/pprof/heap",
        "/api/v1/namespaces/shop/%73ecrets",
        "/api/v1/namespaces/shop/../bank/pods",
        "/api/v1/namespaces/shop/./pods",
        "/api/v1//secrets",
        "/api/v1/pods/",
        "/api/v1/watch/namespaces/shop/secrets",
        "/api/v1/proxy/namespaces/shop/services/web",
        "/api/v1/namespaces/shop/Secrets",
        "/api/v1/namespaces/Shop/pods",
        "/API/v1/pods",
        "//api/v1/pods",
        "/api/v1/pods;x",
        "api/v1/pods",
    ]));
}

#[test]
fn discovery_tells_which_custom_resources_have_no_namespace() {
    let guard = guard(&Limits { allow_namespaces: strings(&["shop"]), ..Limits::default() });
    let path = "/apis/example.test/v1/planets";
    assert!(guard.admit(&Method::GET, path, None).is_err());
    guard.scopes().learn(vec![("example.test".to_owned(), "planets".to_owned())]);
    assert_eq!(guard.admit(&Method::GET, path, None), Ok(()));
    assert!(guard.admit(&Method::GET, "/api/v1/pods", None).is_err());
}

#[test]
fn the_core_group_has_a_name() {
    let guard = guard(&Limits { deny_resources: strings(&["secrets.core"]), ..Limits::default() });
    assert!(guard.denies("", "secrets", None));
    assert!(!guard.denies("example.test", "secrets", None));
}

#[test]
fn a_rule_that_no_resource_fits_is_told() {
    let denied = ["secretz", "secrets", "pods/exec", "*.example.test", "pods.apps"];
    let guard = guard(&Limits { deny_resources: strings(&denied), ..Limits::default() });
    let served = [("", "secrets"), ("", "pods"), ("apps", "deployments")];
    assert_eq!(guard.without_effect(&served), ["secretz", "*.example.test", "pods.apps"]);
}

#[test]
fn a_bad_pattern_is_named() {
    let limits = Limits { deny_resources: strings(&["pods/[ab"]), ..Limits::default() };
    assert_eq!(Guard::new(&limits).unwrap_err().pattern, "[ab");
    let limits = Limits { deny_resources: strings(&["/exec"]), ..Limits::default() };
    assert_eq!(
        Guard::new(&limits).unwrap_err().to_string(),
        r#"bad pattern "/exec": it names no resource"#
    );
    let told = |pattern: &str| {
        let limits = Limits { deny_resources: strings(&[pattern]), ..Limits::default() };
        Guard::new(&limits).unwrap_err().to_string()
    };
    for pattern in ["v1/secrets", "apps/v1/secrets"] {
        assert_eq!(
            told(pattern),
            format!(
                "bad pattern {pattern:?}: write it without a version: secrets, or secrets.GROUP"
            )
        );
    }
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the client under test is built round an API server of our own"
)]
async fn a_denied_resource_never_reaches_the_api_server() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let api_server = axum::Router::new().fallback(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { http::StatusCode::IM_A_TEAPOT }
    });
    let guard = guard(&Limits { deny_resources: strings(&["secrets"]), ..Limits::default() });
    let client = ClientBuilder::new(api_server.into_service::<Body>(), "default")
        .with_layer(&FilterLayer::new(guard))
        .build();
    let secrets: kube::Api<k8s_openapi::api::core::v1::Secret> =
        kube::Api::namespaced(client.clone(), "shop");
    let refused = secrets.get("token").await.unwrap_err();
    let kube::Error::Service(source) = refused else { panic!("{refused}") };
    assert_eq!(source.downcast_ref(), Some(&Refusal::Resource("secrets".to_owned())));
    assert_eq!(asked.load(Ordering::SeqCst), 0);

    let pods: kube::Api<k8s_openapi::api::core::v1::Pod> = kube::Api::namespaced(client, "shop");
    assert!(pods.get("web").await.is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However a path is decorated, a denied resource in it is not let through.
    #[test]
    fn no_path_to_a_denied_resource_is_let_through(
        prefix in "(/api/v1|/apis/[a-z.]{1,9}/v1|//api/v1|/api/v1/watch|/api/./v1|/api/x|/API/v1|/api/v1/proxy)",
        scope in "(|/namespaces/[a-z]{1,5}|/namespaces/[a-zA-Z%.]{1,5})",
        tail in "(|/[a-z0-9.:-]{1,9}|/[a-z]{1,5}/status|/)",
    ) {
        let guard = guard(&Limits { deny_resources: strings(&["secrets"]), ..Limits::default() });
        let path = format!("{prefix}{scope}/secrets{tail}");
        prop_assert!(guard.admit(&Method::GET, &path, None).is_err(), "{}", path);
    }
}

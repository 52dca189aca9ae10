//! Who may do what, answered by the API server's own authorizer.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tacklebox::{
    k8s::{Limits, Writes},
    policy::ReadOnly,
};
use tacklebox_cluster::Cluster;

use super::{Setup, agent};

const CHECK: &str = "kubectl_auth_check";

async fn says(agent: &mut super::Agent, arguments: Value, expected: Expect) {
    expected.assert_eq(&agent.call(CHECK, arguments).await);
}

#[tokio::test]
async fn a_yes_names_the_binding_and_a_no_says_that_nothing_grants_it() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    let viewer = cluster.user_in(&shop, "viewer", &["get,list pods,pods/log"]).await.unwrap();
    let mut agent = agent(viewer.kubeconfig())
        .await
        .calling(viewer.name(), "viewer")
        .calling(shop.name(), "shop");
    let namespace = shop.name();
    let answer = agent
        .call(CHECK, json!({ "verb": "get", "resource": "po/web", "namespace": namespace }))
        .await;
    assert!(
        answer.starts_with(
            "yes: viewer may get pods web in namespace shop; RBAC: allowed by RoleBinding"
        ),
        "{answer}"
    );
    says(
        &mut agent,
        json!({ "verb": "delete", "resource": "pods", "namespace": namespace }),
        expect!["no: viewer may not delete pods in namespace shop: nothing grants it"],
    )
    .await;
    says(
        &mut agent,
        json!({ "verb": "get", "resource": "pods/exec", "namespace": namespace }),
        expect!["no: viewer may not get pods/exec in namespace shop: nothing grants it"],
    )
    .await;
    says(
        &mut agent,
        json!({ "verb": "list", "resource": "pods", "all_namespaces": true }),
        expect!["no: viewer may not list pods in every namespace: nothing grants it"],
    )
    .await;
    says(
        &mut agent,
        json!({ "verb": "get", "resource": "/metrics" }),
        expect!["no: viewer may not get /metrics: nothing grants it"],
    )
    .await;
    says(
        &mut agent,
        json!({ "namespace": namespace }),
        expect![[r"
            viewer may in namespace shop:
            get,list: pods pods/log
            of no use here: kubectl_apply, kubectl_cordon, kubectl_cp, kubectl_delete, kubectl_drain, kubectl_events, kubectl_exec, kubectl_label, kubectl_patch, kubectl_run_job, kubectl_scale, kubectl_top"]],
    )
    .await;
    says(
        &mut agent,
        json!({ "namespace": "default" }),
        expect![[r"
            viewer may do nothing in namespace default that not everybody may
            of no use here: kubectl_apply, kubectl_cordon, kubectl_cp, kubectl_delete, kubectl_drain, kubectl_events, kubectl_exec, kubectl_label, kubectl_logs, kubectl_patch, kubectl_run_job, kubectl_scale, kubectl_top"]],
    )
    .await;
    says(
        &mut agent,
        json!({ "verb": "get", "resource": "pods", "as": "sa/default", "namespace": namespace }),
        expect!["refused: user viewer (context cluster) may not create subjectaccessreviews.authorization.k8s.io cluster-wide; ask for that right (RBAC)"],
    )
    .await;
}

#[tokio::test]
async fn an_admin_asks_for_others() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    shop.apply(
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: readers},\
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view},\
          subjects: [{kind: ServiceAccount, name: reader}]}",
    )
    .await
    .unwrap();
    let mut agent = agent(cluster.kubeconfig()).await.calling(shop.name(), "shop");
    let of = |verb: &str, subject: &str| json!({ "verb": verb, "resource": "deploy", "as": subject, "namespace": shop.name() });
    says(&mut agent, of("list", "sa/reader"), expect![[r#"
        yes: system:serviceaccount:shop:reader may list deployments.apps in namespace shop; RBAC: allowed by RoleBinding "readers/shop" of ClusterRole "view" to ServiceAccount "reader/shop"
        there is no ServiceAccount reader in namespace shop"#]]).await;
    says(&mut agent, of("delete", "sa/reader"), expect![[r"
        no: system:serviceaccount:shop:reader may not delete deployments.apps in namespace shop: nothing grants it
        there is no ServiceAccount reader in namespace shop"]]).await;
    says(
        &mut agent,
        of("list", "jane"),
        expect!["no: jane may not list deployments.apps in namespace shop: nothing grants it"],
    )
    .await;
    says(
        &mut agent,
        json!({ "namespace": shop.name() }),
        expect![[r"
            admin may in namespace shop:
            *: *.* path *"]],
    )
    .await;
}

#[tokio::test]
async fn half_a_question_and_slips_are_told() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    for (arguments, expected) in [
        (
            json!({ "verb": "get" }),
            expect![[r"
            invalid arguments:
            - `verb` and `resource` belong together; leave out both for all that you may do"]],
        ),
        (
            json!({ "verb": "lst", "resource": "pods" }),
            expect![[r"
            invalid arguments:
            - `verb`: there is no verb lst: did you mean `list`?"]],
        ),
        (
            json!({ "verb": "get", "resource": "pdos" }),
            expect!["not found: the cluster has no kind pdos: did you mean pods?"],
        ),
        (
            json!({ "as": "jane", "groups": ["a"], "all_namespaces": true }),
            expect![[r"
            invalid arguments:
            - `as` needs `verb` and `resource`: an API server lists rights for whoever asks only
            - rights are listed for one namespace at a time: give `namespace`"]],
        ),
    ] {
        says(&mut agent, arguments, expected).await;
    }
}

/// Neither the yes of RBAC nor the name of a binding comes from where this server may not look.
#[tokio::test]
async fn policies_bound_what_is_asked_and_what_is_answered() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    let limits = Limits {
        allow_namespaces: vec![shop.name().to_owned()],
        deny_resources: vec!["secrets".to_owned(), "pods/exec".to_owned()],
        writes: Writes::None,
        ..Limits::default()
    };
    let setup = Setup::of(cluster.kubeconfig()).limits(limits).policy(ReadOnly);
    let mut agent = setup.agent().await.calling(shop.name(), "shop");
    let of = |verb: &str, resource: &str, namespace: &str| json!({ "verb": verb, "resource": resource, "namespace": namespace });
    let closed = agent.call(CHECK, of("get", "pods", "kube-system")).await;
    assert_eq!(
        closed,
        "refused: namespace kube-system is not allowed by policy (policy.namespaces); allowed: shop"
    );
    let closed = agent.call(CHECK, json!({ "namespace": "kube-system" })).await;
    assert!(closed.starts_with("refused: namespace kube-system"), "{closed}");
    for (resource, denied) in [("secrets", true), ("pods/exec", true), ("pods", false)] {
        let answer = agent.call(CHECK, of("get", resource, shop.name())).await;
        assert!(answer.starts_with("yes: "), "{answer}");
        assert_eq!(answer.contains("but not through this server"), denied, "{resource}: {answer}");
    }
    let all = agent.call(CHECK, of("*", "*", shop.name())).await;
    let denied = "but not through this server: secrets, pods/exec are denied by policy (policy.deny_resources)";
    assert_eq!(all.lines().nth(1), Some(denied), "{all}");
    let everywhere = json!({ "verb": "list", "resource": "pods", "all_namespaces": true });
    assert!(agent.call(CHECK, everywhere).await.contains("but not through this server"));
}

#[tokio::test]
async fn whoever_is_asked_about_and_does_not_exist_is_told() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    let may_ask = &["create subjectaccessreviews.authorization.k8s.io"];
    let blind = cluster.user("blind", may_ask).await.unwrap();
    let mut blind = agent(blind.kubeconfig()).await.calling(shop.name(), "shop");
    let mut agent = agent(cluster.kubeconfig()).await.calling(shop.name(), "shop");
    let of = |subject: &str| json!({ "verb": "list", "resource": "deploy", "as": subject, "namespace": shop.name() });
    says(&mut agent, of("sa/limitde"), expect![[r"
        no: system:serviceaccount:shop:limitde may not list deployments.apps in namespace shop: nothing grants it
        there is no ServiceAccount limitde in namespace shop"]]).await;
    says(&mut agent, of("sa/default"), expect!["no: system:serviceaccount:shop:default may not list deployments.apps in namespace shop: nothing grants it"]).await;
    says(&mut agent, of("sa/kube-system/limitde"), expect![[r"
        no: system:serviceaccount:kube-system:limitde may not list deployments.apps in namespace shop: nothing grants it
        there is no ServiceAccount limitde in namespace kube-system"]]).await;
    says(&mut agent, of("sa/kube-system/default"), expect!["no: system:serviceaccount:kube-system:default may not list deployments.apps in namespace shop: nothing grants it"]).await;
    says(
        &mut agent,
        of("jane"),
        expect!["no: jane may not list deployments.apps in namespace shop: nothing grants it"],
    )
    .await;
    says(&mut blind, of("sa/limitde"), expect!["no: system:serviceaccount:shop:limitde may not list deployments.apps in namespace shop: nothing grants it"]).await;
}

#[tokio::test]
async fn everything_can_be_asked_for_at_once_and_a_slip_in_a_subresource_is_told() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    let viewer = cluster.user_in(&shop, "viewer", &["get,list pods,pods/log"]).await.unwrap();
    let mut viewed = agent(viewer.kubeconfig())
        .await
        .calling(viewer.name(), "viewer")
        .calling(shop.name(), "shop");
    let mut agent = agent(cluster.kubeconfig()).await.calling(shop.name(), "shop");
    let of = |verb: &str, resource: &str| json!({ "verb": verb, "resource": resource, "namespace": shop.name() });
    let all = agent.call(CHECK, of("*", "*")).await;
    assert!(all.starts_with("yes: admin may * *.* in namespace shop"), "{all}");
    let all = agent.call(CHECK, of("list", "*.apps")).await;
    assert!(all.starts_with("yes: admin may list *.apps in namespace shop"), "{all}");
    says(
        &mut viewed,
        of("*", "*"),
        expect!["no: viewer may not * *.* in namespace shop: nothing grants it"],
    )
    .await;
    let mut second_line = async |resource: &str| {
        let answer = viewed.call(CHECK, of("get", resource)).await;
        assert!(answer.starts_with("yes: viewer may get pods "), "{answer}");
        answer.lines().nth(1).map(str::to_owned)
    };
    let hint = "asked of the object named exce; did you mean pods/exec?".to_owned();
    assert_eq!(second_line("pods/exce").await, Some(hint));
    assert_eq!(second_line("pods/web-1").await, None);
}

//! Who is not known asks nothing, and a server that may not ask for others says what it needs.

use expect_test::expect;
use serde_json::json;
use tacklebox::{
    k8s::Limits,
    server::{Holder, TokenSource, Tokens},
};
use tacklebox_cluster::{Cluster, User};

use super::house::{self, House, text};
use crate::{
    kubernetes::{Files, Setup},
    world::{http_settings, nobody},
};

async fn in_the_rights_of(server: User) -> House {
    let cluster = Cluster::shared().await;
    let (shop, bank) = (cluster.namespace("shop").await, cluster.namespace("bank").await);
    House::open(cluster, shop.unwrap(), bank.unwrap(), server, Limits::default()).await
}

#[tokio::test]
async fn whoever_is_not_known_is_refused_and_nothing_is_asked_for_them() {
    let cluster = Cluster::shared().await;
    let server = cluster.user("tacklebox", &["impersonate users", "impersonate groups"]).await;
    let server = server.unwrap();
    let setup = || Setup::of(server.kubeconfig()).impersonating();
    let mut local = setup().agent().await;
    let open = setup().server();
    let door = open.http(nobody(), http_settings()).await;
    let (pods, address) =
        (json!({ "resource": "pods" }), json!({ "uri": "k8s://cluster/namespaces" }));
    let mut seen = vec![local.get(pods.clone()).await];
    for (tool, arguments) in [("kubectl_get", pods), ("kubernetes_contexts", json!({}))] {
        let call = json!({ "name": tool, "arguments": arguments });
        seen.push(text(&house::answer(house::request(&door, "tools/call", call)).await));
    }
    seen.push(text(&house::answer(house::request(&door, "resources/read", address.clone())).await));
    let subscribed = local.client.request("resources/subscribe", address).await;
    seen.push(text(&subscribed));
    seen.dedup();
    expect!["refused: this server asks a cluster in the name of whoever calls (toolsets.kubernetes.identity: impersonate), and it is not known who you are: call over HTTP, with one of the bearer tokens of server.tokens"].assert_eq(&seen.join("\n"));
    let context = json!({
        "ref": { "type": "ref/resource", "uri": "k8s://{context}/namespaces" },
        "argument": { "name": "context", "value": "" },
    });
    let proposed = local.client.request("completion/complete", context).await;
    assert_eq!(proposed["result"]["completion"]["values"], json!([]));
    let asked = cluster.audit().await.unwrap();
    let asked = asked.iter().filter(|it| it.user == server.name() && it.uri != "/version");
    assert_eq!(asked.count(), 0);
}

#[tokio::test]
async fn a_server_that_may_not_impersonate_says_who_needs_which_right() {
    let cluster = Cluster::shared().await;
    let house = in_the_rights_of(cluster.user("tacklebox", &[]).await.unwrap()).await;
    let pods = || json!({ "resource": "pods", "all_namespaces": true });
    let ann = house.caller("ann");
    let grant = async |rule: String| {
        house.cluster.grant(house.server.name(), None, &[&rule]).await.unwrap();
    };
    let mut seen = vec![house.call("ann", "kubectl_get", pods()).await];
    grant(format!("impersonate users {}", ann.name)).await;
    seen.push(house.call("ann", "kubectl_get", pods()).await);
    grant("impersonate groups".to_owned()).await;
    seen.push(house.call("ann", "kubectl_get", pods()).await);
    // What there is is known by now, and Ben still may not be impersonated.
    for (tool, arguments) in [
        ("kubectl_get", pods()),
        ("kubectl_describe", json!({ "resource": "pod/cart", "namespace": house.shop.name() })),
        ("kubernetes_diagnose", json!({ "namespace": house.shop.name() })),
        ("kubernetes_wait", json!({ "resource": "pod/cart", "namespace": house.shop.name() })),
    ] {
        seen.push(house.call("ben", tool, arguments).await);
    }
    // Whatever the tool; and two paths are asked at once, of which either may be refused first.
    let mut seen: Vec<String> = seen.iter().map(|it| it.replace("/apis", "/api")).collect();
    seen.dedup();
    expect![[r#"
        refused: tacklebox (context cluster) may not ask in the name of ann in anns: whoever runs this server has to grant it the verb impersonate on that user and on these groups (RBAC; docs/operating.md). The API server says: forbidden: User "tacklebox" cannot impersonate-on:user-info:get path "/api"
        refused: user ann (context cluster) may not list pods cluster-wide; ask for that right (RBAC)
        refused: tacklebox (context cluster) may not ask in the name of ben in bens: whoever runs this server has to grant it the verb impersonate on that user and on these groups (RBAC; docs/operating.md). The API server says: users "ben" is forbidden: User "tacklebox" cannot impersonate resource "users" in API group "" at the cluster scope"#]].assert_eq(&seen.join("\n"));
}

/// The roles that docs/operating.md proposes, for Ann and her group.
fn documented_roles(house: &House) -> Vec<String> {
    let docs = include_str!("../../../../docs/operating.md");
    let blocks = docs.split("<!-- role -->\n```yaml\n").skip(1);
    let roles = blocks.map(|it| it.split("```").next().unwrap());
    let ann = house.caller("ann");
    let named = |it: &str| it.replace("alice", &ann.name).replace("team-a", &ann.group);
    let role = |it| named(it).replace("{name: tacklebox}", &format!("{{name: {}}}", ann.name));
    roles.map(role).collect()
}

/// One bounds it by names, the other to looking as well: then a caller's own right to change something is of no use.
#[tokio::test]
async fn each_role_in_the_documentation_is_enough_and_not_more_than_it_says() {
    let cluster = Cluster::shared().await;
    for index in 0..2 {
        let house = in_the_rights_of(cluster.user("tacklebox", &[]).await.unwrap()).await;
        let (ann, shop) = (house.caller("ann").name, house.shop.name());
        cluster.grant(&ann, shop, &["* *.*"]).await.unwrap();
        house.shop.pod("cart").node("node-1").ready().await.unwrap();
        house.shop.execs("cart").await.unwrap();
        cluster.apply(&documented_roles(&house)[index]).await.unwrap();
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": { "name": ann },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ann },
            "subjects": [{ "kind": "User", "name": house.server.name() }],
        });
        cluster.apply(&binding.to_string()).await.unwrap();
        let pods = || json!({ "resource": "pods", "namespace": shop, "columns": ["name"] });
        let seen = async || {
            let answer = house.call("ann", "kubectl_get", pods()).await;
            (answer == "NAME\ncart").then_some(())
        };
        house::found(seen).await;
        let pod = json!({ "resource": "pod/cart", "namespace": shop });
        let right = json!({ "verb": "get", "resource": "pods", "namespace": shop });
        for (tool, arguments, beginning) in [
            ("kubernetes_wait", pod, "pod/cart: Ready=True after"),
            ("kubectl_auth_check", right, "yes: ann (impersonated, groups anns) may get pods in"),
            ("kubernetes_diagnose", json!({ "namespace": shop }), "namespace shop: "),
        ] {
            let answer = house.call("ann", tool, arguments).await;
            assert!(answer.starts_with(beginning), "role {index}, {tool}: {answer}");
            assert!(!answer.contains("forbidden"), "role {index}, {tool}: {answer}");
        }
        let label = json!({ "resource": "pod/cart", "namespace": shop, "labels": { "a": "b" } });
        let program = json!({ "resource": "cart", "namespace": shop, "command": ["true"] });
        for (tool, arguments) in [("kubectl_label", label), ("kubectl_exec", program)] {
            let answer = house.call("ann", tool, arguments).await;
            let is_refused = answer.contains("may not ask in the name of ann");
            assert_eq!(is_refused, index == 1, "role {index}, {tool}: {answer}");
        }
        let refused = house.call("ben", "kubectl_version", json!({})).await;
        assert!(refused.contains("may not ask in the name of ben"), "role {index}: {refused}");
    }
}

/// Servers from 1.36 on can be let impersonate for some verbs only.
#[tokio::test]
async fn a_server_that_may_impersonate_for_reading_alone_reads() {
    let cluster = Cluster::shared().await;
    let house = in_the_rights_of(cluster.user("tacklebox", &[]).await.unwrap()).await;
    let on = "impersonate-on:user-info:get,impersonate-on:user-info:list";
    let ann = house.caller("ann").name;
    house.cluster.grant(&ann, house.shop.name(), &["list pods"]).await.unwrap();
    let rules = [
        format!("{on} pods"),
        format!("{on} /*"),
        format!("impersonate:user-info users.authentication.k8s.io {ann}"),
        "impersonate:user-info groups.authentication.k8s.io".to_owned(),
    ];
    for rule in &rules {
        house.cluster.grant(house.server.name(), None, &[rule]).await.unwrap();
    }
    let of = |resource: &str| json!({ "resource": resource, "namespace": house.shop.name() });
    let seen = [
        house.call("ann", "kubectl_get", of("pods")).await,
        house.call("ann", "kubectl_get", of("secrets")).await,
    ];
    expect![[r#"
        no pods in namespace shop
        refused: tacklebox (context cluster) may not ask in the name of ann in anns: whoever runs this server has to grant it the verb impersonate on that user and on these groups (RBAC; docs/operating.md). The API server says: secrets is forbidden: User "tacklebox" cannot impersonate-on:user-info:list resource "secrets" in API group "" in the namespace "shop""#]].assert_eq(&seen.join("\n"));
}

#[tokio::test]
async fn a_kubeconfig_that_impersonates_somebody_itself_is_told() {
    let cluster = Cluster::shared().await;
    let files = Files::new();
    let written = std::fs::read_to_string(cluster.kubeconfig()).unwrap();
    let mut kubeconfig: serde_json::Value = serde_saphyr::from_str(&written).unwrap();
    kubeconfig["users"][0]["user"]["as"] = json!("jane");
    let path = files.write("config", &kubeconfig.to_string());
    let ann = Holder {
        name: "ann".to_owned(),
        groups: Vec::new(),
        source: TokenSource::Value("token".to_owned().into()),
    };
    let world = Setup::of(&path).impersonating().server();
    let door = world.http(Tokens::read(vec![ann]).unwrap(), http_settings()).await;
    let call = json!({ "name": "kubectl_get", "arguments": { "resource": "pods" } });
    let call = house::request(&door, "tools/call", call).bearer_auth("token");
    let told = text(&house::answer(call).await);
    let mut local = Setup::of(&path).impersonating().agent().await;
    // Waits for the first probe.
    local.tool_names().await;
    let seen = [local.health().await, told];
    expect![[r"
        unavailable: context cluster: its user impersonates jane (as), and this server would impersonate whoever calls (toolsets.kubernetes.identity: impersonate): take `as` out of the kubeconfig, or set identity: server
        unavailable: toolset kubernetes: context cluster: its user impersonates jane (as), and this server would impersonate whoever calls (toolsets.kubernetes.identity: impersonate): take `as` out of the kubeconfig, or set identity: server"]].assert_eq(&seen.join("\n"));
}

//! What a person picks: the words are there, and below them what the tools say now.

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox::policy::Names;
use tacklebox_cluster::{Cluster, Namespace};

use super::{Agent, Setup, agent};

async fn shop() -> Namespace {
    Cluster::shared().await.namespace("shop").await.unwrap()
}

async fn pick(agent: &mut Agent, name: &str, blanks: Value) -> String {
    let params = json!({ "name": name, "arguments": blanks });
    let answer = agent.client.request("prompts/get", params).await;
    let text = answer["result"]["messages"][0]["content"]["text"].as_str();
    let text = text.unwrap_or_else(|| answer["error"]["message"].as_str().unwrap());
    agent.renamed(text)
}

#[tokio::test]
async fn every_prompt_says_what_it_is_for_and_what_it_needs() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let listed = agent.client.request("prompts/list", json!({})).await;
    let prompts = listed["result"]["prompts"].as_array().unwrap();
    let line = |it: &Value| {
        let arguments = it["arguments"].as_array().unwrap().iter();
        let arguments = arguments.map(|it| {
            let mark = if it["required"] == true { "!" } else { "" };
            format!("{}{mark}", it["name"].as_str().unwrap())
        });
        let arguments = arguments.collect::<Vec<_>>().join(", ");
        format!("{} ({arguments}): {}", it["name"].as_str().unwrap(), it["description"])
    };
    expect![[r#"
        cluster_health (context): "How the nodes, workloads and pods of a cluster are, and what warns."
        diagnose (resource!, namespace, context): "Why a workload, Service, Ingress, volume claim or node does not work."
        explain_incident (namespace, since, context): "What happened in a namespace, in its order and with its cause, from events."
        review_rbac (service_account!, namespace!, context): "What a ServiceAccount may do, through which bindings, and what of it is too much."
        setup-obi-kubernetes (clusterType, namespace): "Instrument the workloads of a cluster with OBI, step by step."
        troubleshoot-obi-kubernetes (workload, namespace): "Find out why OBI in a cluster shows nothing, or not what it should.""#]].assert_eq(&prompts.iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn a_diagnosis_begins_with_the_findings() {
    let shop = shop().await;
    shop.pod("cart").crash_looping().await.unwrap();
    let mut agent = agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop");
    let blanks = json!({ "resource": "pod/cart", "namespace": shop.name() });
    let text = pick(&mut agent, "diagnose", blanks).await;
    let (words, facts) = text.split_once("\n\n").unwrap();
    assert!(words.starts_with("Find out why pod/cart in namespace shop does not work"), "{words}");
    let call = r#"kubernetes_diagnose {"namespace":"shop","resource":"pod/cart"}:"#;
    assert!(facts.starts_with(&format!("{call}\npod/cart in shop: 1 finding ")), "{facts}");
    assert!(facts.contains("1. [sure] "), "{facts}");
}

#[tokio::test]
async fn a_cluster_is_judged_by_its_nodes_workloads_pods_and_warnings() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let text = pick(&mut agent, "cluster_health", json!({})).await;
    let calls = text.lines().filter(|it| it.starts_with("kubectl_") && it.ends_with("}:"));
    let tools: Vec<&str> = calls.map(|it| it.split(' ').next().unwrap()).collect();
    assert_eq!(tools, ["kubectl_get", "kubectl_get", "kubectl_get", "kubectl_events"]);
    for shown in ["node-1", "deployments.apps", "pods: "] {
        assert!(text.contains(shown), "no {shown} in {text}");
    }
}

#[tokio::test]
async fn a_part_of_a_list_does_not_look_whole_in_a_prompt() {
    let shop = shop().await;
    for number in 0..25 {
        shop.pod(&format!("web-{number}")).ready().await.unwrap();
    }
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    let blanks = json!({ "service_account": "default", "namespace": shop.name() });
    let text = pick(&mut agent, "review_rbac", blanks).await;
    assert!(text.contains("showing 20 of at least 21; "), "{text}");
}

#[tokio::test]
async fn a_review_shows_the_bindings_of_the_account_and_its_far_reaching_rights() {
    let shop = shop().await;
    let rights = format!(
        "
apiVersion: v1
kind: ServiceAccount
metadata: {{name: bot}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: bot-edits}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}}
subjects: [{{kind: ServiceAccount, name: bot, namespace: {0}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: somebody-elses}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}
subjects: [{{kind: ServiceAccount, name: robot, namespace: {0}}}]
",
        shop.name()
    );
    shop.apply(&rights).await.unwrap();
    let mut agent = agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop");
    let blanks = json!({ "service_account": "bot", "namespace": shop.name() });
    let text = pick(&mut agent, "review_rbac", blanks).await;
    assert!(text.contains("bot-edits\tClusterRole/edit"), "{text}");
    assert!(!text.contains("somebody-elses"), "{text}");
    let answers = text.split("kubectl_auth_check ").skip(1).map(|it| {
        let (call, answer) = it.split_once(":\n").unwrap();
        let call: Value = serde_json::from_str(call).unwrap();
        let answer = answer.lines().next().unwrap_or_default();
        format!(
            "{} {}: {answer}",
            call["verb"].as_str().unwrap(),
            call["resource"].as_str().unwrap()
        )
    });
    expect![[r#"
        list secrets: yes: system:serviceaccount:shop:bot may list secrets in namespace shop; RBAC: allowed by RoleBinding "bot-edits/shop" of ClusterRole "edit" to ServiceAccount "bot/shop"
        create pods: yes: system:serviceaccount:shop:bot may create pods in namespace shop; RBAC: allowed by RoleBinding "bot-edits/shop" of ClusterRole "edit" to ServiceAccount "bot/shop"
        create pods/exec: yes: system:serviceaccount:shop:bot may create pods/exec in namespace shop; RBAC: allowed by RoleBinding "bot-edits/shop" of ClusterRole "edit" to ServiceAccount "bot/shop"
        create serviceaccounts/token: yes: system:serviceaccount:shop:bot may create serviceaccounts/token in namespace shop; RBAC: allowed by RoleBinding "bot-edits/shop" of ClusterRole "edit" to ServiceAccount "bot/shop"
        create rolebindings: no: system:serviceaccount:shop:bot may not create rolebindings.rbac.authorization.k8s.io in namespace shop: nothing grants it
        bind roles: no: system:serviceaccount:shop:bot may not bind roles.rbac.authorization.k8s.io in namespace shop: nothing grants it
        escalate roles: no: system:serviceaccount:shop:bot may not escalate roles.rbac.authorization.k8s.io in namespace shop: nothing grants it
        impersonate serviceaccounts: yes: system:serviceaccount:shop:bot may impersonate serviceaccounts in namespace shop; RBAC: allowed by RoleBinding "bot-edits/shop" of ClusterRole "edit" to ServiceAccount "bot/shop"
        list secrets: no: system:serviceaccount:shop:bot may not list secrets in every namespace: nothing grants it
        create pods: no: system:serviceaccount:shop:bot may not create pods in every namespace: nothing grants it
        create clusterrolebindings: no: system:serviceaccount:shop:bot may not create clusterrolebindings.rbac.authorization.k8s.io: nothing grants it
        escalate clusterroles: no: system:serviceaccount:shop:bot may not escalate clusterroles.rbac.authorization.k8s.io: nothing grants it
        get nodes/proxy: no: system:serviceaccount:shop:bot may not get nodes/proxy: nothing grants it"#]].assert_eq(&answers.collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn an_incident_begins_with_its_events() {
    let shop = shop().await;
    shop.pod("cart").crash_looping().await.unwrap();
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "cart.1"}, "type": "Warning", "reason": "BackOff",
        "message": "Back-off restarting failed container", "count": 3,
        "involvedObject": {"kind": "Pod", "name": "cart", "namespace": shop.name()},
        "lastTimestamp": jiff::Timestamp::now().to_string(),
    });
    shop.apply(&event.to_string()).await.unwrap();
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    let blanks = json!({ "namespace": shop.name(), "since": "30m" });
    let text = pick(&mut agent, "explain_incident", blanks).await;
    assert!(text.contains("Back-off restarting failed container"), "{text}");
}

#[tokio::test]
async fn a_blank_that_is_wrong_is_told() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let told = pick(&mut agent, "diagnose", json!({ "name": "web", "contxt": "cluster" })).await;
    expect![[r"
        invalid arguments:
        - `resource` is missing: Such as deployment/web, service/web or node/n1
        - unknown argument `contxt`: did you mean `context`?
        - unknown argument `name`: known are resource, namespace, context"]]
    .assert_eq(&told);
    let told = pick(&mut agent, "explain_incident", json!({ "since": "10x" })).await;
    expect![[r#"
        invalid arguments:
        - `since`: "10x" is no time: write 10m, 2d, 14:00 or 2026-11-25T14:00:00Z"#]]
    .assert_eq(&told);
    let blanks = json!({ "service_account": "a,b", "namespace": "x" });
    expect![[r"
        invalid arguments:
        - `service_account`: one, and not several"]]
    .assert_eq(&pick(&mut agent, "review_rbac", blanks).await);
    let nowhere = json!({ "resource": "pod/web", "namespace": "nowhere" });
    expect!["not found: no namespace nowhere"]
        .assert_eq(&pick(&mut agent, "diagnose", nowhere).await);
}

#[tokio::test]
async fn a_call_that_is_refused_is_told_in_its_place() {
    let shop = shop().await;
    let user = shop.cluster().user_in(&shop, "outsider", &["get,list pods,events"]).await.unwrap();
    let mut agent = agent(user.kubeconfig()).await.calling(shop.name(), "shop");
    let blanks = json!({ "namespace": shop.name(), "service_account": "default" });
    let text = pick(&mut agent, "review_rbac", blanks).await;
    let call = r#"kubectl_get {"namespace":"shop","resource":"serviceaccounts","name":"default"}:"#;
    let told = text.split_once(call).unwrap().1.lines().nth(1).unwrap();
    assert!(told.starts_with("refused: user "), "{told}");
}

#[tokio::test]
async fn an_account_that_is_not_there_is_not_reviewed_as_if_it_were() {
    let shop = shop().await;
    let mut agent = agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop");
    let blanks = json!({ "namespace": shop.name(), "service_account": "defualt" });
    let text = pick(&mut agent, "review_rbac", blanks).await;
    let told = "not found: no serviceaccounts defualt in namespace shop; near: default";
    assert!(text.contains(told), "{text}");
}

#[tokio::test]
async fn a_prompt_is_not_offered_without_the_tools_that_it_calls() {
    let denied = Names::new(&["*".to_owned()], &["kubectl_events".to_owned()]).unwrap();
    let setup = Setup::of(Cluster::shared().await.kubeconfig()).policy(denied);
    let mut agent = setup.agent().await;
    let listed = agent.client.request("prompts/list", json!({})).await;
    let prompts = listed["result"]["prompts"].as_array().unwrap().iter();
    let names: Vec<&str> = prompts.map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["diagnose", "review_rbac", "setup-obi-kubernetes", "troubleshoot-obi-kubernetes"]
    );
    let told = pick(&mut agent, "explain_incident", json!({})).await;
    assert_eq!(told, "refused: kubectl_events is in policy.tools.deny");
}

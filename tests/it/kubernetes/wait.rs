//! Waiting on a real control plane: for what comes, for what cannot come, and through a lost watch.

use std::{sync::Once, time::Duration};

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox::k8s::Limits;
use tacklebox::policy::Deadline;
use tacklebox_cluster::{Cluster, Component, Namespace, State};
use tokio::runtime::Handle;

use super::{Files, Impostor, PlainDoor, Setup, agent, requests_of};

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  progressDeadlineSeconds: 600
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'registry.example/web:1.2'}]}
";

async fn shop() -> Namespace {
    Cluster::shared().await.namespace("shop").await.unwrap()
}

async fn patient(shop: &Namespace) -> super::Agent {
    let setup = Setup::of(shop.cluster().kubeconfig()).call_timeout(Duration::from_mins(2));
    setup.agent().await.calling(shop.name(), "shop")
}

/// A call whose progress is told.
fn heard(arguments: &Value) -> Value {
    json!({ "name": "kubernetes_wait", "arguments": arguments, "_meta": {"progressToken": "p"} })
}

fn is_progress(message: &Value) -> bool {
    message["method"] == "notifications/progress"
}

fn ready() -> Value {
    json!({"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]})
}

/// Without the seconds, which differ from run to run.
fn timeless(answer: &str) -> String {
    let words = answer.split(' ').collect::<Vec<_>>();
    let timed = |at: usize| {
        words.get(at + 1).is_some_and(|it| it.starts_with('s')) && words[at].parse::<u64>().is_ok()
    };
    let kept = words.iter().enumerate().map(|(at, word)| if timed(at) { "N" } else { *word });
    kept.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_rollout_is_waited_for_until_its_last_replica_is_available() {
    let shop = shop().await;
    shop.apply(WEB).await.unwrap();
    let mut agent = patient(&shop).await;
    let answer = agent
        .call("kubernetes_wait", json!({ "resource": "deploy/web", "namespace": shop.name() }))
        .await;
    expect!["deployment/web: rolled out after N s (2 of 2 replicas are available)"]
        .assert_eq(&timeless(&answer));
}

#[tokio::test]
async fn what_comes_later_is_seen_when_it_comes() {
    let shop = shop().await;
    shop.pod("web").not_ready().await.unwrap();
    let mut agent = patient(&shop).await;
    let wait = |goal: &str| json!({ "resource": "pod/web", "namespace": shop.name(), "for": goal });
    let call = agent.send("kubernetes_wait", wait("condition=Ready")).await;
    shop.cluster().patch_status("pods", shop.name(), "web", &ready()).await.unwrap();
    let answer = agent.client.receive_until(|it| it["id"] == call).await;
    assert!(
        answer["result"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("pod/web: Ready=True after"),
        "{answer}"
    );

    let call = agent.send("kubernetes_wait", wait("delete")).await;
    shop.cluster().delete("pods", shop.name(), "web").await.unwrap();
    let answer = agent.client.receive_until(|it| it["id"] == call).await;
    assert!(
        answer["result"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("pod/web: deleted after"),
        "{answer}"
    );

    let call = agent.send("kubernetes_wait", wait("create")).await;
    shop.pod("web").ready().await.unwrap();
    let answer = agent.client.receive_until(|it| it["id"] == call).await;
    assert!(
        answer["result"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("pod/web: created after"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_can_no_longer_come_true_ends_at_once_and_says_why() {
    let shop = shop().await;
    shop.pod("job").failed(3).await.unwrap();
    let stuck = WEB.replace("progressDeadlineSeconds: 600", "progressDeadlineSeconds: 1").replace(
        "metadata: {labels: {app: web}}",
        "metadata: {labels: {app: web}, annotations: {tacklebox.test/status: STATUS}}",
    );
    let status = State::NotReady.annotation([("main", "registry.example/web:1.2")]);
    shop.apply(&stuck.replace("STATUS", &serde_json::to_string(&status).unwrap())).await.unwrap();
    let mut agent = patient(&shop).await;
    let wait = |resource: &str, goal: &str| json!({ "resource": resource, "namespace": shop.name(), "for": goal });
    let pod = agent.call("kubernetes_wait", wait("pod/job", "condition=Ready")).await;
    expect!["failed: pod/job can no longer be Ready=True: the pod is Failed: main ended with exit code 3 (Error)"].assert_eq(&pod);
    let rollout = agent.call("kubernetes_wait", wait("deploy/web", "rollout")).await;
    assert!(
        rollout.starts_with("failed: deployment/web can no longer be rolled out: Progressing=False, ProgressDeadlineExceeded")
            && rollout.contains("(0 of 2 updated replicas are available)"),
        "{rollout}"
    );

    shop.pod("web").not_ready().await.unwrap();
    let ready = json!({ "resource": "pod/web", "namespace": shop.name() });
    let call = agent.send("kubernetes_wait", ready).await;
    shop.cluster().delete("pods", shop.name(), "web").await.unwrap();
    let answer = agent.client.receive_until(|it| it["id"] == call).await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(text, "failed: pod/web can no longer be Ready=True: it was deleted");
}

#[tokio::test]
async fn an_end_that_the_operator_set_is_told_from_one_that_was_asked_for() {
    let shop = shop().await;
    shop.pod("web").not_ready().await.unwrap();
    let mut agent = patient(&shop).await;
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name(), "timeout": 1 });
    let asked = agent.call("kubernetes_wait", arguments.clone()).await;
    let usual = Duration::from_mins(1);
    let waiting = globset::Glob::new("kubernetes_*").unwrap().compile_matcher();
    let limits = Deadline::new(usual, vec![(waiting, Duration::from_secs(2))]);
    let setup = Setup::of(shop.cluster().kubeconfig()).policy(limits);
    let mut hasty = setup.agent().await;
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name() });
    let cut = hasty.call("kubernetes_wait", arguments).await;
    expect![[r"
        failed: pod/web: not Ready=True after N s; seen last: Ready=False; call again to go on waiting
        failed: pod/web: not Ready=True after N s, which is as long as a call may take here (policy.timeouts: kubernetes_wait); seen last: Ready=False; call again to go on waiting"]].assert_eq(&format!("{}\n{}", timeless(&asked), timeless(&cut)));
}

#[tokio::test]
async fn who_may_only_get_is_answered_too() {
    let shop = shop().await;
    shop.pod("web").ready().await.unwrap();
    let getter = shop.cluster().user_in(&shop, "getter", &["get pods"]).await.unwrap();
    let mut agent = agent(getter.kubeconfig()).await;
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name() });
    let answer = agent.call("kubernetes_wait", arguments).await;
    assert!(answer.starts_with("pod/web: Ready=True after"), "{answer}");
    let nobody = shop.cluster().user_in(&shop, "nobody", &["list services"]).await.unwrap();
    let mut agent = super::agent(nobody.kubeconfig())
        .await
        .calling(nobody.name(), "jane")
        .calling(shop.name(), "shop");
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name() });
    expect!["refused: user jane (context cluster) may not get pods in namespace shop; try another namespace, or ask for that right (RBAC)"].assert_eq(&agent.call("kubernetes_wait", arguments).await);
}

/// One list and one watch: nobody asks again and again.
#[tokio::test]
async fn waiting_is_one_list_and_one_watch() {
    let shop = shop().await;
    let cluster = shop.cluster();
    shop.pod("web").not_ready().await.unwrap();
    let user = cluster.user_in(&shop, "waiter", &["get,list,watch pods"]).await.unwrap();
    let mut agent = agent(user.kubeconfig()).await;
    let mark = cluster.audit_mark().await.unwrap();
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name(), "timeout": 3 });
    let answer = agent.call("kubernetes_wait", arguments).await;
    assert!(answer.starts_with("failed: pod/web: not Ready=True after"), "{answer}");
    let requests = requests_of(cluster, &user, mark).await;
    let verbs: Vec<&str> =
        requests.iter().filter(|it| it.resource == "pods").map(|it| it.verb.as_str()).collect();
    assert!(
        verbs.starts_with(&["list"]) && verbs.iter().filter(|it| **it == "list").count() == 1,
        "{verbs:?}"
    );
}

/// The watch is lost, and what it would have shown happens meanwhile.
#[tokio::test]
async fn a_restart_of_the_api_server_is_waited_through() {
    let cluster = Cluster::builder().nodes(1).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    shop.pod("web").not_ready().await.unwrap();
    let mut agent = patient(&shop).await;
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name(), "timeout": 100 });
    let call = agent.client.send("tools/call", heard(&arguments)).await;
    agent.client.receive_until(is_progress).await;
    cluster.restart(Component::ApiServer).await.unwrap();
    cluster.patch_status("pods", shop.name(), "web", &ready()).await.unwrap();
    let answer = agent.client.receive_until(|it| it["id"] == call).await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("pod/web: Ready=True after"), "{text}");
}

#[tokio::test]
async fn whoever_waits_hears_what_is_missing_meanwhile() {
    let shop = shop().await;
    shop.pod("web").not_ready().await.unwrap();
    let mut agent = patient(&shop).await;
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name(), "timeout": 60 });
    let call = agent.client.send("tools/call", heard(&arguments)).await;
    let told = agent.client.receive_until(is_progress).await;
    assert_eq!(told["params"]["progressToken"], "p");
    assert!(told["params"]["message"].as_str().unwrap().starts_with("Ready=False"), "{told}");
    shop.cluster().delete("pods", shop.name(), "web").await.unwrap();
    agent.client.receive_until(|it| it["id"] == call).await;
}

/// A namespace that is not allowed is not told from one that is not there.
#[tokio::test]
async fn no_waiting_tells_of_a_namespace_that_is_not_allowed() {
    let (shop, bank) = (shop().await, Cluster::shared().await.namespace("bank").await.unwrap());
    let limits = Limits { allow_namespaces: vec![shop.name().to_owned()], ..Limits::default() };
    let mut agent = Setup::of(shop.cluster().kubeconfig()).limits(limits).agent().await;
    let mut wait = async |name: &str| {
        let arguments =
            json!({ "resource": "namespace", "name": name, "for": "create", "timeout": 1 });
        agent.call("kubernetes_wait", arguments).await.replace(name, "NAME")
    };
    assert_eq!(wait(bank.name()).await, wait("none-of-that-name").await);
    assert!(wait(shop.name()).await.starts_with("namespace/NAME: created after"));
}

/// What the object was read from is forgotten before it can be watched.
#[tokio::test]
async fn a_version_that_has_expired_before_it_can_be_watched_is_read_anew() {
    let cluster = Cluster::builder().nodes(1).watch_cache(false).start().await.unwrap();
    let shop = cluster.namespace("shop").await.unwrap();
    shop.pod("web").not_ready().await.unwrap();
    let door = PlainDoor::to(&cluster);
    let (watches, mut watched) = tokio::sync::mpsc::unbounded_channel();
    let (runtime, first, forgetful) = (Handle::current(), Once::new(), shop.clone());
    let impostor = Impostor::interfering(door.address, "watch=1", move |request| {
        first.call_once(|| runtime.block_on(forget(&forgetful)));
        let path = request.split(' ').nth(1).unwrap();
        watches.send(path.to_owned()).unwrap();
    });
    let files = Files::new();
    let config = files.kubeconfig(&json!({ "server": impostor.url("http") }), &json!({}));
    let setup = Setup::of(&config).call_timeout(Duration::from_mins(2));
    let mut agent = setup.agent().await;
    let arguments = json!({ "resource": "pod/web", "namespace": shop.name(), "timeout": 100 });
    let call = agent.send("kubernetes_wait", arguments).await;
    let lost = watched.recv().await.unwrap();
    let said = cluster.request("GET", &lost, None).await.unwrap().json();
    assert_eq!((&said["type"], &said["object"]["code"]), (&json!("ERROR"), &json!(410)), "{said}");
    // It watches again, and from where it read anew.
    assert_ne!(watched.recv().await.unwrap(), lost);
    cluster.patch_status("pods", shop.name(), "web", &ready()).await.unwrap();
    let answer = agent.client.receive_until(|it| it["id"] == call).await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("pod/web: Ready=True after"), "{text}");
}

/// Something is written twice, and all that was before the second time is compacted.
async fn forget(shop: &Namespace) {
    for name in ["later", "latest"] {
        let config = format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}");
        shop.apply(&config).await.unwrap();
    }
    shop.cluster().compact().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_compared_is_told_at_once() {
    let shop = shop().await;
    shop.apply("{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: correct-horse}}")
        .await
        .unwrap();
    let mut agent = patient(&shop).await;
    let arguments = json!({ "resource": "secret/db", "namespace": shop.name(), "timeout": 60,
        "for": "jsonpath={.data.password}=Y29ycmVjdC1ob3JzZQ==" });
    let answer = agent.call("kubernetes_wait", arguments).await;
    let (told, _fingerprint) = answer.split_once('#').unwrap();
    expect![[r"
        invalid arguments:
        - `for`: what is there is redacted, and redacted values are not compared; seen last: [redacted 13 chars "]]
    .assert_eq(told);
}

#[tokio::test]
async fn when_time_is_up_for_a_rollout_the_next_call_is_named() {
    let shop = shop().await;
    // Nobody brings such a pod up.
    let stuck = WEB.replace("containers:", "nodeSelector: {none: such}, containers:");
    shop.apply(&stuck).await.unwrap();
    let is_counted = |it: &Value| it["status"]["updatedReplicas"] == 2;
    shop.wait_for("deployments.apps", "web", is_counted).await.unwrap();
    let mut agent = patient(&shop).await;
    let arguments = json!({ "resource": "deploy/web", "namespace": shop.name(), "timeout": 1 });
    let answer = agent.call("kubernetes_wait", arguments).await;
    expect![[r#"failed: deployment/web: not rolled out after N s; seen last: 0 of 2 updated replicas are available; call again to go on waiting, or kubernetes_diagnose {"resource":"deployment/web","namespace":"shop"} to know why"#]].assert_eq(&timeless(&answer));
}

use expect_test::expect;
use serde_json::json;

use super::{
    world::{ApiServer, World, kubeconfig},
    *,
};

async fn health(settings: Settings, world: &World) -> String {
    let health = Kubernetes::new(settings).unwrap().health().await;
    let reason = health.reason().unwrap_or_default().replace(&world.url, "URL");
    let directory = world.directory.path().to_string_lossy();
    format!("{}: {}", health.word(), reason.replace(&*directory, "DIR"))
}

/// A port that nobody listens at, and that nobody else can take meanwhile.
fn closed_port() -> (tokio::net::TcpSocket, String) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

#[tokio::test]
async fn health_is_what_the_default_context_says() {
    let world = World::new(ApiServer::default()).await;
    let mut table = vec![health(world.settings(), &world).await];

    let missing = Settings { kubeconfig: Some(world.path("none")), ..Settings::default() };
    table.push(health(missing, &world).await);

    let (_closed, dead) = closed_port();
    world.write("config", &kubeconfig(&dead));
    table.push(health(world.settings(), &world).await.replace(&dead, "URL"));

    world.write(
        "config",
        &kubeconfig(&dead)
            .replace("contexts: [", "contexts: [{name: other, context: {cluster: c}}, "),
    );
    table.push(health(world.settings(), &world).await.replace(&dead, "URL"));
    expect![[r"
        ready: 
        unavailable: the kubeconfig DIR/none does not exist (toolsets.kubernetes.kubeconfig)
        unavailable: the API server of context test (URL) cannot be reached: connection refused; is it running?
        degraded: the default context does not work: the API server of context test (URL) cannot be reached: connection refused; is it running?; `context` can be other"]].assert_eq(&table.join("\n"));
}

#[tokio::test]
async fn making_a_toolset_asks_nobody_for_anything() {
    let world = World::new(ApiServer::default()).await;
    let kubernetes = Kubernetes::new(world.settings()).unwrap();
    assert!(!kubernetes.tools().is_empty());
    assert!(world.server.lock().unwrap().requests.is_empty());
}

#[tokio::test]
async fn kubectl_version_says_who_answers_and_as_whom() {
    let world = World::new(ApiServer::default()).await;
    let answer = world.call("kubectl_version", json!({})).await.replace(&world.url, "URL");
    let answer = answer.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    expect!["Kubernetes v1.36.3 (linux/amd64) at URL; context test as jane, namespace shop; Tacklebox VERSION"].assert_eq(&answer);
}

#[tokio::test]
async fn kubectl_version_of_a_server_that_is_down_is_unavailable() {
    let world = World::new(ApiServer::default()).await;
    let (_closed, dead) = closed_port();
    world.write("config", &kubeconfig(&dead));
    let answer = world.call("kubectl_version", json!({})).await.replace(&dead, "URL");
    expect!["unavailable: the API server of context test (URL) cannot be reached: connection refused; is it running?"].assert_eq(&answer);
}

#[tokio::test]
async fn kubectl_api_resources_is_a_line_a_group_version() {
    let world = World::new(ApiServer::default()).await;
    let all = world.call("kubectl_api_resources", json!({})).await;
    expect![[r"
        plural(short names, irregular kinds); * = without namespace
        v1: pods(po) secrets namespaces(ns)* nodes(no)*
        apps/v1: deployments(deploy) replicasets(rs)
        example.test/v1: widgets(wd) pods
        not known, because their server is down: metrics.k8s.io/v1beta1"]]
    .assert_eq(&all);

    let some = [
        json!({"group": "core", "namespaced": false}),
        json!({"grep": "widget"}),
        json!({"verb": "patch"}),
        json!({"grep": "["}),
    ];
    let mut answers = Vec::new();
    for arguments in some {
        answers.push(world.call("kubectl_api_resources", arguments).await);
    }
    expect![[r"
        plural(short names, irregular kinds); * = without namespace
        v1: namespaces(ns)* nodes(no)*
        not known, because their server is down: metrics.k8s.io/v1beta1
        --
        plural(short names, irregular kinds); * = without namespace
        example.test/v1: widgets(wd)
        not known, because their server is down: metrics.k8s.io/v1beta1
        --
        the cluster serves nothing that fits; there is no verb patch
        not known, because their server is down: metrics.k8s.io/v1beta1
        --
        invalid arguments:
        - `grep`: not a regular expression: unclosed character class"]]
    .assert_eq(&answers.join("\n--\n"));
}

/// One context is no choice; but somebody may have added another since the tools were listed.
#[tokio::test]
async fn a_single_context_is_not_offered_and_understood_still() {
    let offers = |world: &World| {
        let tools = Kubernetes::new(world.settings()).unwrap().tools();
        let offers = |it: &&BoundTool| it.definition().input["properties"].get("context").is_some();
        tools.iter().filter(|it| it.definition().name == "kubectl_version").any(|it| offers(&it))
    };
    let world = World::new(ApiServer::default()).await;
    assert!(!offers(&world));
    let answer = world.call("kubectl_version", json!({"context": "test"})).await;
    assert!(answer.contains("context test"), "{answer}");
    let second = "- {name: other, context: {cluster: c, user: jane}}";
    let one = "contexts: [{name: test, context: {cluster: c, user: jane, namespace: shop}}]";
    let both =
        format!("contexts:\n- {{name: test, context: {{cluster: c, user: jane}}}}\n{second}");
    world.write("config", &kubeconfig(&world.url).replace(one, &both));
    assert!(offers(&world));
}

/// A model reads every definition with every request, and nothing but these words tells it what to give.
#[test]
fn definitions_are_short_and_describe_every_argument() {
    let tools = Kubernetes::new(Settings::default()).unwrap().tools();
    let mut lengths = Vec::new();
    for tool in &tools {
        let definition = tool.definition();
        let text = json!({"name": definition.name, "description": definition.description, "inputSchema": definition.input});
        lengths.push(text.to_string().len());
        let schemas = definition.output.iter().chain([&definition.input]);
        let fields = schemas.filter_map(|it| it.get("properties")?.as_object()).flatten();
        for (field, schema) in fields {
            assert!(schema["description"].is_string(), "{}: {field}", definition.name);
        }
    }
    let average = lengths.iter().sum::<usize>() / lengths.len();
    assert!(average <= 770 && lengths.iter().all(|it| *it <= 1_620), "bytes: {lengths:?}");
}

use expect_test::expect;

use super::*;
use crate::{
    k8s::Environment,
    toolsets::kubernetes::world::{ApiServer, World, kubeconfig, no_cluster},
};

async fn world() -> World {
    World::new(ApiServer::default()).await
}

/// The error, with the changing parts of this test run taken out.
async fn told(world: &World, settings: Settings, context: Option<&str>) -> String {
    let clients = Clients::new(settings).unwrap();
    let text = no_cluster(&clients, context).await;
    text.replace(&*world.directory.path().to_string_lossy(), "DIR").replace(&world.url, "URL")
}

#[tokio::test]
async fn a_file_that_is_not_there_is_no_reason_to_fail_before_it_is_needed() {
    let world = world().await;
    let settings = Settings { kubeconfig: Some(world.path("none")), ..Settings::default() };
    expect!["unavailable: the kubeconfig DIR/none does not exist (toolsets.kubernetes.kubeconfig)"]
        .assert_eq(&told(&world, settings, None).await);
}

#[tokio::test]
async fn nothing_at_all_says_where_it_looked_and_what_to_set() {
    let world = world().await;
    let mut settings = Settings::default();
    let nowhere = told(&world, settings.clone(), None).await;
    settings.environment.home = Some(world.path("home"));
    let home = told(&world, settings.clone(), None).await;
    settings.environment.kubeconfig = vec![world.path("a"), world.path("b")];
    let listed = told(&world, settings, None).await;
    expect![[r"
        unavailable: no kubeconfig found: KUBECONFIG and HOME are not set; set toolsets.kubernetes.kubeconfig or KUBECONFIG
        unavailable: no kubeconfig found: DIR/home/.kube/config does not exist; set toolsets.kubernetes.kubeconfig or KUBECONFIG
        unavailable: no kubeconfig found: none of DIR/a, DIR/b exists; set toolsets.kubernetes.kubeconfig or KUBECONFIG"]].assert_eq(&[nowhere, home, listed].join("\n"));
}

#[tokio::test]
async fn broken_files_are_told_with_the_line_and_never_quoted() {
    let world = world().await;
    let mut told_all = Vec::new();
    for text in [
        "apiVersion: v1\nusers:\n- name: a\n  user: {token: s3cr3t\n",
        "apiVersion: v1\nusers: s3cr3t\n",
        "contexts:\n- nome: s3cr3t\n",
        "s3cr3t",
    ] {
        world.write("config", text);
        told_all.push(told(&world, world.settings(), None).await);
    }
    let told_all = told_all.join("\n");
    assert!(!told_all.contains("s3cr3t"));
    expect![[r"
        unavailable: the kubeconfig DIR/config, line 4, column 9: this is not the YAML of a kubeconfig
        unavailable: the kubeconfig DIR/config, line 2, column 8: this is not the YAML of a kubeconfig
        unavailable: the kubeconfig DIR/config, line 2, column 3: this is not the YAML of a kubeconfig
        unavailable: the kubeconfig DIR/config, line 1, column 1: this is not the YAML of a kubeconfig"]].assert_eq(&told_all);
}

#[tokio::test]
async fn contexts_are_checked_by_name_and_by_permission() {
    let world = world().await;
    let more = "\
        contexts: [{name: production, context: {cluster: c, user: jane}}, {name: staging, context: {cluster: gone, user: jane}}, {name: odd, context: {cluster: c, user: nobody}}]\n";
    world.write("more", &format!("apiVersion: v1\nkind: Config\ncurrent-context: staging\n{more}"));
    let listed = vec![world.path("config"), world.path("more")];
    let environment = Environment { kubeconfig: listed, ..Environment::default() };
    let settings = Settings { environment, ..Settings::default() };
    let only = Settings { contexts: vec!["prod*".to_owned()], ..settings.clone() };
    let none = Settings { contexts: vec!["x".to_owned()], ..settings.clone() };
    let table = [
        told(&world, settings.clone(), None).await,
        told(&world, settings.clone(), Some("production")).await,
        told(&world, settings.clone(), Some("prodution")).await,
        told(&world, settings.clone(), Some("staging")).await,
        told(&world, settings, Some("odd")).await,
        told(&world, only.clone(), None).await,
        told(&world, only, Some("staging")).await,
        told(&world, none, Some("test")).await,
    ];
    expect![[r#"
        test
        production
        invalid arguments:
        - there is no context prodution: did you mean production? known are test, production, staging, odd
        unavailable: context staging: its cluster "gone" is not in the kubeconfig
        unavailable: context odd: its user "nobody" is not in the kubeconfig
        refused: context test is not allowed (toolsets.kubernetes.contexts); allowed are production
        refused: context staging is not allowed (toolsets.kubernetes.contexts); allowed are production
        refused: context test is not allowed (toolsets.kubernetes.contexts); allowed are none"#]].assert_eq(&table.join("\n"));
}

#[tokio::test]
async fn a_kubeconfig_without_a_current_context_asks_for_one() {
    let world = world().await;
    world.write("config", &kubeconfig(&world.url).replace("current-context: test\n", ""));
    expect!["unavailable: the kubeconfig has no current-context; name one as `context`: test"]
        .assert_eq(&told(&world, world.settings(), None).await);
    assert_eq!(told(&world, world.settings(), Some("test")).await, "test");
}

#[tokio::test]
async fn a_changed_file_gives_new_clients_and_old_calls_keep_theirs() {
    let world = world().await;
    let clients = world.clients();
    let session = Session::detached();
    let before = clients.cluster(None, &session).await.unwrap();
    let same = clients.cluster(None, &session).await.unwrap();
    assert!(before.shares_its_client_with(&same));
    world.write("config", &kubeconfig(&world.url).replace("namespace: shop", "namespace: another"));
    let after = clients.cluster(None, &session).await.unwrap();
    assert_eq!(before.identity.namespace, "shop");
    assert_eq!(after.identity.namespace, "another");
    assert!(before.resource("pods").await.is_ok());
}

#[tokio::test]
async fn all_who_wait_for_a_client_get_the_same_one() {
    let world = world().await;
    let clients = world.clients();
    let session = Session::detached();
    let calls = (0..16).map(|_| clients.cluster(None, &session));
    let all = futures::future::try_join_all(calls).await.unwrap();
    assert!(all.iter().all(|it| it.shares_its_client_with(&all[0])));
}

#[tokio::test]
async fn refused_credentials_are_read_anew_at_the_next_call() {
    let mut server = ApiServer::default();
    server.answers.push(("/version", http::StatusCode::UNAUTHORIZED, "{}".to_owned()));
    let world = World::new(server).await;
    let clients = world.clients();
    let session = Session::detached();
    let before = clients.cluster(None, &session).await.unwrap();
    assert!(before.get("/version", "*/*").await.is_err());
    let after = clients.cluster(None, &session).await.unwrap();
    assert!(!before.shares_its_client_with(&after));
}

#[cfg(unix)]
#[tokio::test]
async fn a_credential_plugin_that_fails_is_the_error_of_the_call() {
    let world = world().await;
    let plugin = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: ['-c', 'echo please log in >&2; exit 1']}";
    world.write("config", &kubeconfig(&world.url).replace("token: s3cr3t", plugin));
    expect!["unavailable: context test: the credential plugin `/bin/sh` failed (exit status: 1): please log in"].assert_eq(&told(&world, world.settings(), None).await);
}

#[cfg(unix)]
#[tokio::test]
async fn a_credential_plugin_that_hangs_ends_with_the_deadline_of_the_call() {
    let world = world().await;
    let plugin = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: ['-c', 'exec sleep 9']}";
    world.write("config", &kubeconfig(&world.url).replace("token: s3cr3t", plugin));
    let clients = world.clients();
    let soon = std::time::Instant::now() + std::time::Duration::from_millis(400);
    let outcome = clients.cluster(None, &Session::detached().until(soon)).await;
    expect!["unavailable: context test: the credentials did not come in time: does a credential plugin wait for somebody to log in?"].assert_eq(&outcome.err().unwrap().to_string());
}

#[tokio::test]
async fn the_user_agent_names_the_program_and_the_token_goes_to_the_server_only() {
    let (seen, mut headers) = tokio::sync::mpsc::unbounded_channel();
    let router = axum::Router::new().fallback(move |headers: http::HeaderMap| async move {
        drop(seen.send(headers));
        "{}"
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let world = world().await;
    world.write("config", &kubeconfig(&url));
    let clients = world.clients();
    let cluster = clients.cluster(None, &Session::detached()).await.unwrap();
    cluster.get("/version", "application/json").await.unwrap();
    let headers = headers.recv().await.unwrap();
    let agent = concat!("tacklebox/", env!("CARGO_PKG_VERSION"));
    assert_eq!(headers["user-agent"], agent);
    assert_eq!(headers["authorization"], "Bearer s3cr3t");
    assert!(!headers.contains_key("accept-encoding"), "loopback is not worth compressing for");
}

/// By the raw client as well, which tools have for streams.
#[tokio::test]
async fn a_server_that_impersonates_asks_for_itself_only_whether_the_cluster_is_there() {
    let world = world().await;
    let clients = Clients::new(Settings { impersonates: true, ..world.settings() }).unwrap();
    let session = Session::detached();
    let own = clients.own_cluster(None, &session).await.unwrap();
    assert!(own.get("/version", "*/*").await.is_ok());
    assert!(own.get("/api/v1/namespaces/shop/pods", "*/*").await.is_err());
    let request = http::Request::get("/api/v1/namespaces/shop/pods").body(Vec::new()).unwrap();
    let raw = own.client().request_text(request).await.unwrap_err();
    assert!(raw.to_string().contains("in nobody's name"), "{raw}");
    assert!(clients.cluster(None, &session).await.is_err());
    let ann = Session::of(Caller::authenticated("ann", &[]));
    let anns = clients.cluster(None, &ann).await.unwrap();
    assert!(anns.get("/api/v1/namespaces/shop/pods", "*/*").await.is_ok());
    assert_eq!(world.requests(), ["/version", "/api/v1/namespaces/shop/pods"]);
}

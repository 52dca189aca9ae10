//! What can stand, or not stand, where an API server is expected.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use super::{Agent, Authority, Files, Impostor, Setup, agent, pods};

async fn complains(server: Value, user: Value, expected: Expect) {
    let files = Files::new();
    let path = files.kubeconfig(&server, &user);
    let url = server["server"].as_str().unwrap();
    expected.assert_eq(&files.agent(&path).await.calling(url, "URL").get(pods()).await);
}

async fn of_impostor(url: String, expected: Expect) {
    complains(json!({ "server": url }), json!({}), expected).await;
}

/// The shared cluster, with whatever is to be different.
fn real(cluster: &Cluster) -> Value {
    json!({
        "server": cluster.server_url(),
        "certificate-authority-data": BASE64_STANDARD.encode(cluster.ca()),
    })
}

#[tokio::test]
async fn a_port_at_which_nobody_listens_is_a_refused_connection() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("https://{}", socket.local_addr().unwrap());
    of_impostor(url, expect!["unavailable: toolset kubernetes: the API server of context test (URL) cannot be reached: connection refused; is it running?"]).await;
}

#[tokio::test]
async fn a_web_page_is_not_taken_for_an_api_server() {
    let page = "<!DOCTYPE html><html><title>Log in</title></html>";
    let cases = [
        (
            "200 OK",
            expect![
                "unavailable: toolset kubernetes: URL (context test) answers with an HTML page: is it the API server, or a proxy's login page?"
            ],
        ),
        (
            "403 Forbidden",
            expect![
                "unavailable: toolset kubernetes: URL (context test) answers with an HTML page (HTTP 403): is it the API server, or a proxy's login page?"
            ],
        ),
    ];
    for (status, expected) in cases {
        let impostor = Impostor::answering(status, "text/html", page);
        of_impostor(impostor.url("http"), expected).await;
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_is_told_as_that() {
    of_impostor(Impostor::hanging_up().url("http"), expect!["unavailable: toolset kubernetes: the API server of context test (URL) closed the connection without an answer"]).await;
}

#[tokio::test]
async fn a_few_dead_connections_cost_nothing() {
    let server = Impostor::answering("200 OK", "text/html", "<!DOCTYPE html>");
    let impostor = Impostor::hanging_up_first(4, &server);
    of_impostor(impostor.url("http"), expect!["unavailable: toolset kubernetes: URL (context test) answers with an HTML page: is it the API server, or a proxy's login page?"]).await;
}

#[tokio::test]
async fn a_server_without_tls_is_told_when_the_kubeconfig_says_https() {
    let impostor = Impostor::answering("400 Bad Request", "text/plain", "no");
    of_impostor(impostor.url("https"), expect!["unavailable: toolset kubernetes: the API server of context test (URL) cannot be reached: it does not speak TLS at that port"]).await;
}

#[tokio::test]
async fn a_server_with_tls_is_told_when_the_kubeconfig_says_http() {
    let cluster = Cluster::shared().await;
    let url = cluster.server_url().replace("https://", "http://");
    of_impostor(url, expect!["unavailable: toolset kubernetes: the API server of context test (URL) cannot be reached: it wants https, and the kubeconfig says http"]).await;
}

#[tokio::test]
async fn an_expired_certificate_of_the_server_is_told_as_the_servers() {
    let authority = Authority::new();
    let impostor = Impostor::with_certificate(&authority.expired("127.0.0.1"));
    let server = json!({
        "server": impostor.url("https"),
        "certificate-authority-data": BASE64_STANDARD.encode(authority.pem()),
    });
    complains(server, json!({}), expect!["unavailable: toolset kubernetes: the API server of context test (URL) cannot be reached: its certificate has expired"]).await;
}

#[tokio::test]
async fn a_server_that_another_authority_signed_is_not_trusted() {
    let mut server = real(&Cluster::shared().await);
    server["certificate-authority-data"] = json!(BASE64_STANDARD.encode(Authority::new().pem()));
    complains(server, json!({}), expect!["unavailable: toolset kubernetes: the API server of context test (URL) cannot be reached: its certificate is signed by a CA that the kubeconfig does not trust (certificate-authority)"]).await;
}

#[tokio::test]
async fn an_expired_client_certificate_is_told_with_its_end() {
    let expired = Authority::new().expired("jane");
    let user = json!({
        "client-certificate-data": BASE64_STANDARD.encode(expired.certificate),
        "client-key-data": BASE64_STANDARD.encode(expired.key),
    });
    complains(real(&Cluster::shared().await), user, expect!["unavailable: toolset kubernetes: the client certificate of user jane in context test has expired at 2020-01-01T00:00:00Z (401): renew it; it is read anew at the next call"]).await;
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_told_with_its_user_and_what_to_do() {
    let user = json!({ "token": "nonsense" });
    complains(real(&Cluster::shared().await), user, expect!["unavailable: toolset kubernetes: the credentials of user jane in context test are expired or not valid (401): renew them (log in again); they are read anew at the next call"]).await;
}

/// Takes the connection and says nothing: health itself says who is silent.
#[tokio::test]
async fn a_server_that_is_silent_from_the_start_is_named_by_health() {
    let files = Files::new();
    let url = Impostor::silent().url("http");
    let path = files.kubeconfig(&json!({ "server": url }), &json!({}));
    let mut agent = files.agent(&path).await.calling(&url, "URL");
    let silent = "the API server of context test (URL) did not answer in time: it, or something on the way, is overloaded or hangs; ask for less, or try again later";
    assert_eq!(agent.get(pods()).await, format!("unavailable: toolset kubernetes: {silent}"));
    assert_eq!(agent.health().await, format!("unavailable: {silent}"));
}

/// An agent that has had an answer, so that the toolset is there, before the network goes bad.
async fn settled(kubeconfig: &std::path::Path, url: &str, limit: Duration) -> Agent {
    let mut agent = Setup::of(kubeconfig).call_timeout(limit).agent().await.calling(url, "URL");
    assert!(agent.get(json!({ "resource": "nodes", "output": "name" })).await.contains("node/"));
    agent
}

const SILENT: &str = "unavailable: the API server of context cluster (URL) did not answer in time: it, or something on the way, is overloaded or hangs; ask for less, or try again later";

#[tokio::test]
async fn a_server_that_stops_answering_ends_the_call_by_its_deadline_and_is_named() {
    let proxy = Cluster::shared().await.proxy().await.unwrap();
    let mut agent = settled(proxy.kubeconfig(), proxy.url(), Duration::from_secs(2)).await;
    proxy.freeze().await;
    for (tool, arguments) in
        [("kubectl_get", json!({ "resource": "nodes" })), ("kubectl_version", json!({}))]
    {
        assert_eq!(agent.call(tool, arguments).await, SILENT);
    }
}

#[tokio::test]
async fn a_server_that_is_slow_is_waited_for_until_the_deadline_and_no_longer() {
    let proxy = Cluster::shared().await.proxy().await.unwrap();
    let mut agent = settled(proxy.kubeconfig(), proxy.url(), Duration::from_secs(5)).await;
    let nodes = json!({ "resource": "nodes", "output": "name" });
    proxy.slow(Duration::from_millis(50)).await;
    assert!(agent.get(nodes.clone()).await.contains("node/node-1"));
    proxy.slow(Duration::from_mins(1)).await;
    assert_eq!(agent.get(nodes).await, SILENT);
}

#[tokio::test]
async fn a_call_that_hangs_holds_up_no_other() {
    let cluster = Cluster::shared().await;
    let proxy = cluster.proxy().await.unwrap();
    let files = Files::new();
    let both = [("good", cluster.kubeconfig()), ("bad", proxy.kubeconfig())];
    let both = tacklebox_cluster::merge_kubeconfigs(&both).unwrap();
    let mut agent = agent(&files.write("config", &both)).await;
    proxy.freeze().await;
    let nodes = |context: &str| json!({ "resource": "nodes", "context": context });
    let hanging = agent.send("kubectl_get", nodes("bad")).await;
    let good = agent.send("kubectl_get", nodes("good")).await;
    let first = agent.client.receive_until(|it| it["id"] == good || it["id"] == hanging).await;
    assert_eq!(first["id"], good, "{first}");
}

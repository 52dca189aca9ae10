//! MCP over streamable HTTP: who may come in, what is refused, and how the server leaves.

mod listening;
mod rest;
mod rounds;
mod sessions;

use std::{net::SocketAddr, sync::Arc};

use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::Audit,
    server::{Http, HttpSettings, TokenSource, Tokens},
};

use crate::world::{
    Door, Log, Playground, holder, http_settings, initialize, modern, nobody, with_toolsets, world,
};

async fn door(tokens: Tokens, settings: HttpSettings) -> Door {
    world(vec![]).http(tokens, settings).await
}

/// A client without TLS: the door is on the loopback address.
fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn request(url: &str) -> reqwest::RequestBuilder {
    http()
        .post(format!("{url}/mcp"))
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
}

fn message(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

async fn open(url: &str) -> Response {
    request(url).body(message("initialize", &initialize())).send().await.unwrap()
}

/// A request of the newer era, which needs no session.
fn newer(url: &str, method: &str, params: Value) -> reqwest::RequestBuilder {
    newest(url, method, &modern(params))
}

/// The same with params that say already who asks.
fn newest(url: &str, method: &str, params: &Value) -> reqwest::RequestBuilder {
    let name = params["name"].as_str().unwrap_or_default().to_owned();
    request(url)
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method)
        .header("mcp-name", name)
        .body(message(method, params))
}

async fn say(url: &str, text: &str) -> String {
    let params = json!({ "name": "echo", "arguments": { "text": text } });
    newer(url, "tools/call", params).send().await.unwrap().text().await.unwrap()
}

fn token_file(directory: &tempfile::TempDir, token: &str) -> std::path::PathBuf {
    let path = directory.path().join("token");
    std::fs::write(&path, token).unwrap();
    path
}

fn one_token(path: std::path::PathBuf) -> Tokens {
    Tokens::read(vec![holder("ci", TokenSource::File(path))]).unwrap()
}

#[tokio::test]
async fn both_eras_are_served_on_one_endpoint() {
    let door = door(nobody(), http_settings()).await;
    let opened = open(&door.url).await;
    assert_eq!(opened.status(), StatusCode::OK);
    assert!(opened.headers().contains_key("mcp-session-id"));
    assert!(say(&door.url, "hello").await.contains("hello"));
}

#[tokio::test]
async fn a_foreign_host_and_a_foreign_origin_are_refused() {
    let door = door(nobody(), http_settings()).await;
    for (header, value) in [("host", "evil.example"), ("origin", "http://evil.example")] {
        let request = request(&door.url).header(header, value);
        let answer = request.body(message("initialize", &initialize())).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{header}");
    }
}

#[tokio::test]
async fn hosts_and_origins_that_the_operator_names_are_let_in() {
    let settings = HttpSettings {
        allowed_hosts: vec!["tools.example".to_owned()],
        allowed_origins: vec!["https://page.example:443".to_owned()],
        ..http_settings()
    };
    let door = door(nobody(), settings).await;
    for (header, value) in [("host", "tools.example"), ("origin", "https://page.example")] {
        let request = request(&door.url).header(header, value);
        let answer = request.body(message("initialize", &initialize())).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{header}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_gets_the_error_that_json_rpc_has_for_it() {
    let door = door(nobody(), http_settings()).await;
    let answer = request(&door.url).body("hello?").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], -32700);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let door = door(nobody(), http_settings()).await;
    let text = "x".repeat(http_settings().max_body + 1);
    let params = json!({ "name": "echo", "arguments": { "text": text } });
    let answer = newer(&door.url, "tools/call", params).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn one_session_too_many_is_turned_away_and_newer_clients_are_not() {
    let door = door(nobody(), HttpSettings { max_sessions: 1, ..http_settings() }).await;
    assert_eq!(open(&door.url).await.status(), StatusCode::OK);
    let refused = open(&door.url).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(say(&door.url, "no session needed").await.contains("no session needed"));
}

#[tokio::test]
async fn a_session_that_claims_to_need_none_is_counted_all_the_same() {
    let door = door(nobody(), HttpSettings { max_sessions: 1, ..http_settings() }).await;
    assert_eq!(open(&door.url).await.status(), StatusCode::OK);
    for method in ["initialize", "tools/call"] {
        let claim = request(&door.url)
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", "echo");
        let answer = claim.body(message("initialize", &initialize())).send().await.unwrap();
        assert!(!answer.headers().contains_key("mcp-session-id"), "{method}");
    }
}

#[tokio::test]
async fn without_a_known_token_nobody_gets_in() {
    let directory = tempfile::tempdir().unwrap();
    let tokens = one_token(token_file(&directory, "s3cret\n"));
    let door = door(tokens, http_settings()).await;
    let challenge = |headers: &HeaderMap| headers["www-authenticate"].to_str().unwrap().to_owned();

    let none = open(&door.url).await;
    assert_eq!(none.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(challenge(none.headers()), r#"Bearer realm="tacklebox""#);

    let params = message("initialize", &initialize());
    let wrong = request(&door.url).bearer_auth("guess").body(params.clone()).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert!(challenge(wrong.headers()).contains("invalid_token"));

    let right = request(&door.url).bearer_auth("s3cret").body(params).send().await.unwrap();
    assert_eq!(right.status(), StatusCode::OK);
}

#[tokio::test]
async fn whoever_is_turned_away_leaves_a_line_with_the_address_and_without_the_token() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let world = world(vec![Box::new(audit)]);
    let tokens = one_token(token_file(&directory, "s3cret"));
    let door = world.http(tokens, http_settings()).await;
    open(&door.url).await;
    request(&door.url).bearer_auth("guess").body("{}").send().await.unwrap();
    world.registry.shutdown().await;
    let lines = log.lines();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line["method"], "http");
        assert_eq!((&line["caller"], &line["name"]), (&json!("unknown"), &json!("127.0.0.1")));
        assert_eq!((&line["decision"], &line["outcome"]), (&json!("refused"), &json!("refused")));
        assert!(!line.to_string().contains("guess"));
    }
}

#[tokio::test]
async fn probes_need_no_token() {
    let directory = tempfile::tempdir().unwrap();
    let door = door(one_token(token_file(&directory, "s3cret")), http_settings()).await;
    for path in ["healthz", "health", "readyz", "ready"] {
        let answer = http().get(format!("{}/{path}", door.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn no_client_is_sent_to_a_server_that_has_not_seen_yet_what_it_serves() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let door =
        with_toolsets(vec![Arc::new(playground)], vec![]).http(nobody(), http_settings()).await;
    let probe = async |path: &str| {
        let answer = http().get(format!("{}/{path}", door.url)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    signs.set_starting(true);
    let starting = r#"{"status":"starting","toolsets":{"playground":"starting"}}"#.to_owned();
    assert_eq!(probe("readyz").await, (StatusCode::SERVICE_UNAVAILABLE, starting));
    assert_eq!(probe("healthz").await.0, StatusCode::OK);
    signs.set_starting(false);
    assert_eq!(probe("readyz").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_token_that_changed_on_disk_is_the_one_that_counts() {
    let directory = tempfile::tempdir().unwrap();
    let path = token_file(&directory, "old");
    let tokens = one_token(path.clone());
    let door = door(tokens.clone(), http_settings()).await;
    let status = async |token: &str| {
        let request = request(&door.url).bearer_auth(token);
        request.body(message("initialize", &initialize())).send().await.unwrap().status()
    };
    assert_eq!(status("old").await, StatusCode::OK);

    std::fs::write(&path, "new").unwrap();
    tokens.reload().unwrap();
    assert_eq!(status("old").await, StatusCode::UNAUTHORIZED);
    assert_eq!(status("new").await, StatusCode::OK);

    std::fs::write(&path, " \n").unwrap();
    assert_eq!(tokens.reload().unwrap_err().to_string(), "the token of ci is empty");
    for token in ["new", ""] {
        assert_eq!(status(token).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn an_address_that_others_can_reach_needs_tokens_or_a_word_from_the_operator() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let bind = |tokens, settings| Http::new(world(vec![]).mcp, tokens, settings);
    let refused = bind(nobody(), http_settings()).bind(everywhere).await.unwrap_err();
    assert!(refused.to_string().contains("set server.tokens"), "{refused}");

    let open = HttpSettings { allow_unauthenticated: true, ..http_settings() };
    assert!(bind(nobody(), open).bind(everywhere).await.is_ok());
    let directory = tempfile::tempdir().unwrap();
    let tokens = one_token(token_file(&directory, "s3cret"));
    assert!(bind(tokens, http_settings()).bind(everywhere).await.is_ok());
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let door = door(nobody(), http_settings()).await;
    let address: SocketAddr = door.url.trim_start_matches("http://").parse().unwrap();
    let taken = Http::new(world(vec![]).mcp, nobody(), http_settings()).bind(address).await;
    assert!(taken.unwrap_err().to_string().starts_with(&format!("cannot listen on {address}: ")));
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams_and_cuts_off_what_never_answers() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let world = with_toolsets(vec![Arc::new(playground)], vec![]);
    let door = world.http(nobody(), http_settings()).await;
    let filter = json!({ "notifications": { "toolsListChanged": true } });
    let listening = newer(&door.url, "subscriptions/listen", filter).send().await.unwrap();
    let waiting = newer(&door.url, "tools/call", json!({ "name": "wait", "arguments": {} }));
    let waiting = tokio::spawn(waiting.send());
    signs.waiting(1).await;

    door.stop.cancel();
    let heard = listening.text().await.unwrap();
    assert!(heard.contains(r#""resultType":"complete""#), "no last word: {heard}");
    door.served.await.unwrap().unwrap();
    signs.waiting(0).await;
    waiting.abort();
}

#[tokio::test]
async fn a_server_that_stops_is_no_longer_ready() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let world = with_toolsets(vec![Arc::new(playground)], vec![]);
    let settings =
        HttpSettings { shutdown_grace: std::time::Duration::from_mins(1), ..http_settings() };
    let door = world.http(nobody(), settings).await;
    let waiting = newer(&door.url, "tools/call", json!({ "name": "wait", "arguments": {} }));
    let waiting = tokio::spawn(waiting.send());
    signs.waiting(1).await;
    door.stop.cancel();
    let answer = http().get(format!("{}/readyz", door.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    waiting.abort();
    door.served.await.unwrap().unwrap();
}

/// In both eras: a call that ends in time is answered, not only allowed to end.
#[tokio::test]
async fn an_answer_to_a_call_that_was_under_way_arrives_before_the_server_ends() {
    for era in ["2025-11-25", "2026-07-28"] {
        let playground = Playground::default();
        let signs = Arc::clone(&playground.signs);
        let world = with_toolsets(vec![Arc::new(playground)], vec![]);
        let grace = std::time::Duration::from_mins(1);
        let settings = HttpSettings { shutdown_grace: grace, ..http_settings() };
        let door = world.http(nobody(), settings).await;
        let wait = json!({ "name": "wait", "arguments": {} });
        let call = if era == "2026-07-28" {
            newer(&door.url, "tools/call", wait)
        } else {
            let opened = open(&door.url).await;
            let session = opened.headers()["mcp-session-id"].to_str().unwrap().to_owned();
            request(&door.url).header("mcp-session-id", session).body(message("tools/call", &wait))
        };
        let answer = tokio::spawn(async { call.send().await.unwrap().text().await });
        signs.waiting(1).await;
        door.stop.cancel();
        signs.release();
        door.served.await.unwrap().unwrap();
        let answer = answer.await.unwrap().unwrap();
        assert!(answer.contains("released"), "{era}: {answer:?}");
    }
}

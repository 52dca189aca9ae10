//! Plain HTTP beside MCP: what programs get that speak no MCP, and how they are told what is wrong.

mod desk;
mod openapi;
mod policies;

use std::sync::Arc;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tacklebox::{policy::Policy, server::Rate, toolsets::Toolset};

use self::desk::Desk;
use super::{http, one_token, token_file};
use crate::world::{Door, Playground, World, http_settings, nobody, with_toolsets};

fn world_of(desk: Desk, policies: Vec<Box<dyn Policy>>) -> World {
    with_toolsets(vec![Arc::new(desk) as Arc<dyn Toolset>], policies)
}

async fn desk() -> Door {
    world_of(Desk::default(), vec![]).http(nobody(), http_settings()).await
}

fn get(door: &Door, path: &str) -> RequestBuilder {
    http().get(format!("{}{path}", door.url))
}

fn post(door: &Door, path: &str) -> RequestBuilder {
    http().post(format!("{}{path}", door.url))
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |it| it.to_str().unwrap())
}

/// The status, the kind and the detail of a problem, which has all that RFC 9457 asks for.
async fn problem(request: RequestBuilder) -> (u16, String, String) {
    let answer = request.send().await.unwrap();
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    let (status, id) = (answer.status().as_u16(), header(&answer, "x-request-id").to_owned());
    let body: Value = answer.json().await.unwrap();
    assert_eq!((&body["status"], &body["request_id"]), (&json!(status), &json!(id)));
    assert!(body["title"].is_string() && body["instance"].as_str().unwrap().starts_with("/api"));
    let kind = body["type"].as_str().unwrap().strip_prefix("urn:tacklebox:problem:").unwrap();
    (status, kind.to_owned(), body["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_document_comes_in_the_form_that_the_client_likes_best() {
    let door = desk().await;
    let cases = [
        (None, "application/json", r#"{"numbers":[1,2,3]}"#),
        (Some("application/yaml"), "application/yaml", "numbers: [1, 2, 3]\n"),
        (
            Some("text/html, application/yaml;q=0.2, */*;q=0.1"),
            "application/yaml",
            "numbers: [1, 2, 3]\n",
        ),
        (Some("*/*"), "application/json", r#"{"numbers":[1,2,3]}"#),
    ];
    for (accept, media_type, body) in cases {
        let request = get(&door, "/api/v1/numbers");
        let request = accept.into_iter().fold(request, |it, accept| it.header("accept", accept));
        let answer = request.send().await.unwrap();
        assert_eq!(header(&answer, "content-type"), media_type, "{accept:?}");
        assert_eq!(
            (header(&answer, "vary"), header(&answer, "cache-control")),
            ("accept", "no-cache")
        );
        assert_eq!(answer.text().await.unwrap(), body, "{accept:?}");
    }
    let (status, kind, detail) =
        problem(get(&door, "/api/v1/numbers").header("accept", "text/html")).await;
    assert_eq!((status, kind.as_str()), (406, "not-acceptable"));
    assert_eq!(detail, "the answer can be had as application/json or as application/yaml");
}

#[tokio::test]
async fn a_client_that_has_a_document_already_gets_none() {
    let door = desk().await;
    let numbers = || get(&door, "/api/v1/numbers");
    let tag = header(&numbers().send().await.unwrap(), "etag").to_owned();
    assert!(tag.len() == 34 && tag.starts_with('"'), "{tag}");
    for said in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let answer = numbers().header("if-none-match", &said).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{said}");
        assert_eq!(header(&answer, "etag"), tag);
        assert_eq!(answer.text().await.unwrap(), "");
    }
    let others = [
        get(&door, "/api/v1/numbers?most=2").header("if-none-match", &tag),
        numbers().header("accept", "application/yaml").header("if-none-match", &tag),
    ];
    for other in others {
        let answer = other.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_ne!(header(&answer, "etag"), tag, "another document has another tag");
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_the_body_and_a_slash_at_the_end_is_no_matter() {
    let door = desk().await;
    let head = http().head(format!("{}/api/v1/numbers/", door.url)).send().await.unwrap();
    assert_eq!((head.status(), header(&head, "content-length")), (StatusCode::OK, "19"));
    assert_eq!(head.text().await.unwrap(), "");
    assert_eq!(status(get(&door, "/api/v1/numbers/")).await, StatusCode::OK);
}

#[tokio::test]
async fn what_stands_behind_the_question_mark_is_read_as_it_is_described_and_all_problems_are_told()
{
    let door = desk().await;
    let answer = get(&door, "/api/v1/numbers?most=6&even=true&order=down").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), r#"{"numbers":[6,4,2]}"#);
    let answer = get(&door, "/api/v1/numbers?most=x&order=dwn&evn=true").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        body["problems"],
        json!([
            "`most`: \"x\" is not of type \"integer\"",
            "`order`: \"dwn\" is none of up, down: did you mean down?",
            "unknown argument `evn`: did you mean `even`?",
        ])
    );
    for query in ["most=1&most=2", "most=%ff"] {
        let (status, ..) = problem(get(&door, &format!("/api/v1/numbers?{query}"))).await;
        assert_eq!(status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_variable_of_a_path_is_one_segment_and_what_is_written_out_goes_before_it() {
    let door = desk().await;
    for (path, name) in [("one", "one"), ("a%2Fb", "a/b")] {
        let answer = get(&door, &format!("/api/v1/numbers/{path}")).send().await.unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap()["name"], name);
    }
    let (status, kind, detail) = problem(get(&door, "/api/v1/numbers/two")).await;
    assert_eq!((status, kind.as_str()), (404, "not-found"));
    assert_eq!(detail, "not found: there is no number two");
    let sum = get(&door, "/api/v1/numbers/sum").send().await.unwrap();
    assert_eq!((sum.status().as_u16(), header(&sum, "allow")), (405, "POST"));
}

#[tokio::test]
async fn a_body_is_json_by_its_header_and_by_its_content_and_not_too_long() {
    let door = desk().await;
    let sum = || post(&door, "/api/v1/numbers/sum");
    let answer = sum().json(&json!({ "numbers": [1, 2] })).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert!(!answer.headers().contains_key("etag"));
    assert_eq!(answer.text().await.unwrap(), r#"{"sum":3}"#);

    let json = || sum().header("content-type", "application/json; charset=utf-8");
    let long = "x".repeat(http_settings().max_body + 1);
    let cases = [
        (sum(), 415, "Content-Type: application/json"),
        (sum().header("content-type", "text/plain").body("{}"), 415, "Content-Type"),
        (json().body("{\n  \"numbers\": ["), 400, "EOF while parsing a list at line 2 column 14"),
        (json().body(""), 400, "the body is not JSON"),
        (json().body(r#"{"numbers":["1"],"more":1}"#), 400, "- `numbers.0`: \"1\" is not of type"),
        (json().body("[]"), 400, "is not of type \"object\""),
        (json().body(long), 413, "server.max_body"),
    ];
    for (request, expected, says) in cases {
        let (status, _, detail) = problem(request).await;
        assert_eq!(status, expected, "{detail}");
        assert!(detail.contains(says), "{detail}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_done_to_it_are_told_apart() {
    let door = desk().await;
    for path in ["/api", "/api/v1", "/api/v1/nothing", "/api/v2/numbers", "/api/v1//numbers"] {
        assert_eq!(problem(get(&door, path)).await.0, 404, "{path}");
    }
    for (path, allow) in
        [("numbers", "GET, HEAD"), ("numbers/sum", "POST"), ("openapi.json", "GET, HEAD")]
    {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let request = http().request(method, format!("{}/api/v1/{path}", door.url));
            let answer = request.send().await.unwrap();
            assert_eq!((answer.status().as_u16(), header(&answer, "allow")), (405, allow));
        }
    }
}

#[tokio::test]
async fn without_an_endpoint_there_is_nothing_to_find() {
    let world = with_toolsets(vec![Arc::new(Playground::default())], vec![]);
    let door = world.http(nobody(), http_settings()).await;
    for path in ["/api/v1/openapi.json", "/api/v1/numbers"] {
        assert_eq!(problem(get(&door, path)).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_a_name_and_the_clients_own_if_it_is_fit_for_a_log() {
    let door = desk().await;
    for path in ["/api/v1/numbers", "/api/v1/nothing"] {
        let named = async |id: &str| {
            let answer = get(&door, path).header("x-request-id", id).send().await.unwrap();
            header(&answer, "x-request-id").to_owned()
        };
        assert_eq!(named("build-7_a.2").await, "build-7_a.2");
        let long = "x".repeat(65);
        for unfit in ["", "two words", "a;b", long.as_str()] {
            let id = named(unfit).await;
            assert!(id != unfit && id.len() == 32, "{id}");
        }
    }
}

#[tokio::test]
async fn a_foreign_host_and_a_foreign_origin_are_refused_here_too() {
    let door = desk().await;
    for (name, value) in [("host", "evil.example"), ("origin", "http://evil.example")] {
        let (status, kind, _) = problem(get(&door, "/api/v1/numbers").header(name, value)).await;
        assert_eq!((status, kind.as_str()), (403, "refused"), "{name}");
    }
}

#[tokio::test]
async fn the_same_tokens_open_this_door() {
    let directory = tempfile::tempdir().unwrap();
    let tokens = one_token(token_file(&directory, "s3cret"));
    let door = world_of(Desk { fails: true, ..Desk::default() }, vec![]);
    let door = door.http(tokens, http_settings()).await;
    for request in
        [get(&door, "/api/v1/numbers"), get(&door, "/api/v1/nothing").bearer_auth("guess")]
    {
        let challenge = request.try_clone().unwrap().send().await.unwrap();
        assert!(header(&challenge, "www-authenticate").starts_with("Bearer realm=\"tacklebox\""));
        let (status, kind, _) = problem(request).await;
        assert_eq!((status, kind.as_str()), (401, "unauthorized"));
    }
    let request = get(&door, "/api/v1/trouble/whoami").bearer_auth("s3cret");
    let answer = request.header("user-agent", "holmes/1").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), r#"{"name":"ci","client":"holmes/1"}"#);
}

#[tokio::test]
async fn a_caller_who_asks_too_often_is_told_when_to_ask_again() {
    let rate = Rate { every: std::time::Duration::from_hours(1), burst: 2 };
    let settings = tacklebox::server::HttpSettings { rate, ..http_settings() };
    let door = world_of(Desk::default(), vec![]).http(nobody(), settings).await;
    for left in ["1", "0"] {
        let answer = get(&door, "/api/v1/numbers").send().await.unwrap();
        assert_eq!((answer.status(), header(&answer, "ratelimit-limit")), (StatusCode::OK, "2"));
        assert_eq!(header(&answer, "ratelimit-remaining"), left);
        assert_eq!(header(&answer, "x-ratelimit-remaining"), left);
        assert!(header(&answer, "ratelimit-reset").parse::<u64>().unwrap() > 3_000);
    }
    let refused = get(&door, "/api/v1/numbers").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(header(&refused, "retry-after").parse::<u64>().unwrap() > 3_000);
    assert_eq!(problem(get(&door, "/api/v1/openapi.json")).await.1, "busy");
}

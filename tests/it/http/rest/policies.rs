//! No rule can be gone round by asking over plain HTTP instead.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::{Audit, Deadline, Names, Policy, Stack},
    registry::{Registry, Rhythm},
    toolsets::Health,
};

use super::{Desk, StatusCode, get, header, problem, status, world_of};
use crate::world::{Log, http_settings, nobody, style};

fn failing() -> Desk {
    Desk { fails: true, ..Desk::default() }
}

#[tokio::test]
async fn every_error_has_its_status() {
    let deadline = Deadline::new(Duration::from_millis(20), vec![]);
    let policies: Vec<Box<dyn Policy>> = vec![Box::new(deadline)];
    let door = world_of(failing(), policies).http(nobody(), http_settings()).await;
    let cases = [
        ("refused", 403, "refused"),
        ("conflict", 409, "conflict"),
        ("unavailable", 503, "unavailable"),
        ("busy", 429, "busy"),
        ("never", 504, "timed-out"),
        ("failed", 500, "failed"),
        ("panic", 500, "failed"),
    ];
    for (path, code, kind) in cases {
        let request = || get(&door, &format!("/api/v1/trouble/{path}"));
        let answer = request().send().await.unwrap();
        let waits = header(&answer, "retry-after");
        assert_eq!(waits.is_empty(), !matches!(code, 503 | 429), "{path}");
        let (status, told, _) = problem(request()).await;
        assert_eq!((status, told.as_str()), (code, kind), "{path}");
    }
    let later = get(&door, "/api/v1/trouble/later").send().await.unwrap();
    assert_eq!((later.status().as_u16(), header(&later, "retry-after")), (503, "2"));
}

#[tokio::test]
async fn a_backend_that_is_down_is_503_and_not_a_path_that_is_gone() {
    let health = Health::Unavailable("the cluster is away".to_owned());
    let door = world_of(Desk { health, ..Desk::default() }, vec![]);
    let door = door.http(nobody(), http_settings()).await;
    let (status, _, detail) = problem(get(&door, "/api/v1/numbers")).await;
    assert_eq!(status, 503);
    assert_eq!(detail, "unavailable: toolset desk: the cluster is away");
    assert_eq!(super::status(get(&door, "/api/v1/openapi.json")).await, StatusCode::OK);
}

#[tokio::test]
async fn what_is_refused_of_a_tool_is_refused_of_the_endpoints_that_answer_with_it() {
    let names = Names::new(&["*".to_owned()], &["echo".to_owned()]).unwrap();
    let door = world_of(failing(), vec![Box::new(names)]).http(nobody(), http_settings()).await;
    let (code, kind, _) = problem(get(&door, "/api/v1/behind/echo")).await;
    assert_eq!((code, kind.as_str()), (403, "refused"));
    let described = get(&door, "/api/v1/openapi.json").send().await.unwrap().text().await.unwrap();
    assert!(!described.contains("/behind/echo") && described.contains("/numbers"));
    assert_eq!(status(get(&door, "/api/v1/numbers")).await, StatusCode::OK);
}

#[tokio::test]
async fn nothing_is_changed_over_plain_http() {
    let door = world_of(failing(), vec![]).http(nobody(), http_settings()).await;
    let (code, _, detail) = problem(get(&door, "/api/v1/behind/paint")).await;
    assert_eq!((code, detail.as_str()), (403, "refused: paint changes things"));
}

#[tokio::test]
async fn every_request_leaves_a_line_in_the_record() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let world = world_of(failing(), vec![Box::new(audit)]);
    let door = world.http(nobody(), http_settings()).await;
    for path in ["numbers/one", "trouble/failed", "nothing"] {
        get(&door, &format!("/api/v1/{path}")).send().await.unwrap();
    }
    world.registry.shutdown().await;
    let told = |line: &Value| {
        ["method", "name", "outcome"].map(|it| line[it].as_str().unwrap().to_owned()).join(" ")
    };
    let lines = log.lines();
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        [
            "GET /api/v1/numbers/{name} ok",
            "GET /api/v1/trouble/{kind} failed",
            "http /api/v1/nothing not_found",
        ]
    );
    assert_eq!(lines[0]["target"], json!({ "name": "one" }));
}

#[tokio::test]
async fn a_request_goes_by_one_name_in_its_answer_and_in_the_record() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let world = world_of(Desk::default(), vec![Box::new(audit)]);
    let folder = tempfile::tempdir().unwrap();
    let tokens = super::one_token(super::token_file(&folder, "s3cret"));
    let door = world.http(tokens, http_settings()).await;
    let mut names = Vec::new();
    for (path, token) in [("numbers/one", "s3cret"), ("nothing", "s3cret"), ("numbers", "guess")] {
        let request = || get(&door, &format!("/api/v1/{path}")).bearer_auth(token);
        for request in [request().header("x-request-id", format!("order-{path}")), request()] {
            let answer = request.send().await.unwrap();
            names.push(header(&answer, "x-request-id").to_owned());
        }
    }
    world.registry.shutdown().await;
    let recorded: Vec<_> =
        log.lines().iter().map(|it| it["request_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(recorded, names);
    assert_eq!(names[4], "order-numbers");
}

#[tokio::test]
async fn secrets_are_hidden_and_the_names_of_variables_that_hold_them_are_not() {
    let door = super::desk().await;
    let answer = get(&door, "/api/v1/numbers/one").send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    assert!(body["password"].as_str().unwrap().starts_with("[redacted 18 chars"), "{body}");
    assert_eq!(body["api_key"], "{{ env.GRAFANA_API_KEY }}");
}

#[tokio::test]
async fn two_toolsets_that_answer_at_one_path_are_a_mistake_that_names_both() {
    let desks = ["one", "two"].map(|name| Arc::new(Desk { name, ..Desk::default() }) as _);
    let made = Registry::new(desks.into(), Stack::new(vec![], style()), Rhythm::default());
    assert_eq!(
        made.err().unwrap().to_string(),
        "endpoint GET /api/v1/numbers is declared twice, by toolset one and by toolset two"
    );
}

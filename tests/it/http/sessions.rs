//! A session of the older era belongs to whoever opened it, and ends with the right to it.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use tacklebox::server::{Holder, HttpSettings, TokenSource, Tokens};
use tempfile::TempDir;

use super::{http, message, newer};
use crate::world::{Door, Playground, holder, http_settings, initialize, with_toolsets, world};

/// Ann and Bob, each with a token of the same name as its holder.
struct House {
    folder: TempDir,
    tokens: Tokens,
    door: Door,
}

impl House {
    async fn with(settings: HttpSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::read(holders(&folder, &["ann", "bob"])).unwrap();
        let door = world(vec![]).http(tokens.clone(), settings).await;
        Self { folder, tokens, door }
    }

    async fn new() -> Self {
        Self::with(http_settings()).await
    }

    /// Gives the id of a session that is open.
    async fn open(&self, token: &str) -> String {
        let opened = initialization(&self.door, token).send().await.unwrap();
        assert_eq!(opened.status(), StatusCode::OK);
        opened.headers()["mcp-session-id"].to_str().unwrap().to_owned()
    }

    async fn visit(&self, method: Method, token: &str, session: &str) -> Response {
        let body = match method {
            Method::POST => message("tools/list", &json!({})),
            _ => String::new(),
        };
        older(&self.door, method, token, session).body(body).send().await.unwrap()
    }
}

fn holders(folder: &TempDir, names: &[&str]) -> Vec<Holder> {
    let with_token = |name: &&str| {
        let path = folder.path().join(name);
        std::fs::write(&path, name).unwrap();
        holder(name, TokenSource::File(path))
    };
    names.iter().map(with_token).collect()
}

fn older(door: &Door, method: Method, token: &str, session: &str) -> reqwest::RequestBuilder {
    http()
        .request(method, format!("{}/mcp", door.url))
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("mcp-session-id", session)
}

fn initialization(door: &Door, token: &str) -> reqwest::RequestBuilder {
    super::request(&door.url).bearer_auth(token).body(message("initialize", &initialize()))
}

/// Far longer than anything takes: a stream that is still open then has failed.
async fn ends(stream: Response) {
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.text()).await;
    ended.expect("the stream stayed open").unwrap();
}

#[tokio::test]
async fn a_session_does_not_exist_for_anybody_but_the_caller_that_opened_it() {
    let house = House::new().await;
    let session = house.open("ann").await;
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let answer = house.visit(method.clone(), "bob", &session).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method}");
    }
    assert_eq!(house.visit(Method::POST, "ann", &session).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_its_caller_ends_is_gone() {
    let house = House::new().await;
    let session = house.open("ann").await;
    let ended = house.visit(Method::DELETE, "ann", &session).await;
    assert!(ended.status().is_success());
    for method in [Method::POST, Method::DELETE] {
        assert_eq!(house.visit(method, "ann", &session).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn however_many_come_at_once_no_session_too_many_is_opened() {
    let house = House::with(HttpSettings { max_sessions: 3, ..http_settings() }).await;
    let all = (0..24).map(|_| initialization(&house.door, "ann").send());
    let all = futures::future::join_all(all).await;
    let opened = all.into_iter().filter(|it| it.as_ref().unwrap().status() == StatusCode::OK);
    assert_eq!(opened.count(), 3);
}

#[tokio::test]
async fn a_session_that_ends_makes_room_for_another() {
    let house = House::with(HttpSettings { max_sessions: 1, ..http_settings() }).await;
    let session = house.open("ann").await;
    house.visit(Method::DELETE, "ann", &session).await;
    house.open("bob").await;
}

#[tokio::test]
async fn a_token_that_is_replaced_ends_what_was_opened_with_it_and_nothing_else() {
    let house = House::new().await;
    let (anns, bobs) = (house.open("ann").await, house.open("bob").await);
    let stream = house.visit(Method::GET, "ann", &anns).await;
    std::fs::write(house.folder.path().join("ann"), "other").unwrap();
    house.tokens.reload().unwrap();
    ends(stream).await;
    assert_eq!(house.visit(Method::POST, "other", &anns).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(house.visit(Method::POST, "bob", &bobs).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_whose_file_is_gone_holds_no_longer_and_the_others_do() {
    let house = House::new().await;
    let (anns, bobs) = (house.open("ann").await, house.open("bob").await);
    let stream = house.visit(Method::GET, "ann", &anns).await;
    std::fs::remove_file(house.folder.path().join("ann")).unwrap();
    let told = house.tokens.reload().unwrap_err().to_string();
    assert!(told.contains("of ann cannot be read"), "{told}");
    ends(stream).await;
    assert_eq!(house.visit(Method::POST, "ann", &anns).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(house.visit(Method::POST, "bob", &bobs).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn whoever_is_taken_off_the_list_is_out_in_the_middle_of_a_call() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let folder = tempfile::tempdir().unwrap();
    let tokens = Tokens::read(holders(&folder, &["ann", "bob"])).unwrap();
    let world = with_toolsets(vec![Arc::new(playground)], vec![]);
    let door = world.http(tokens.clone(), http_settings()).await;
    let filter = json!({ "notifications": { "toolsListChanged": true } });
    let listening = newer(&door.url, "subscriptions/listen", filter).bearer_auth("ann");
    let listening = listening.send().await.unwrap();
    let waiting = newer(&door.url, "tools/call", json!({ "name": "wait", "arguments": {} }));
    let waiting = tokio::spawn(waiting.bearer_auth("ann").send());
    signs.waiting(1).await;

    tokens.replacement(holders(&folder, &["bob"])).unwrap().take_effect();
    signs.waiting(0).await;
    ends(listening).await;
    waiting.abort();
    let again = initialization(&door, "ann").send().await.unwrap();
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_tokens_hold_only_when_they_take_effect_and_a_lost_one_does_not_keep_them_out() {
    let house = House::new().await;
    let status =
        async |token: &str| initialization(&house.door, token).send().await.unwrap().status();
    let list = holders(&house.folder, &["ann", "bob", "eve"]);
    std::fs::remove_file(house.folder.path().join("ann")).unwrap();
    let other = house.tokens.replacement(list).unwrap();
    assert_eq!(
        (status("ann").await, status("eve").await),
        (StatusCode::OK, StatusCode::UNAUTHORIZED)
    );
    let [problem] = other.problems() else { panic!("one token is lost") };
    assert!(problem.to_string().contains("of ann cannot be read"), "{problem}");
    other.take_effect();
    assert_eq!(
        (status("ann").await, status("eve").await),
        (StatusCode::UNAUTHORIZED, StatusCode::OK)
    );
}

/// What was opened by somebody in other groups would go on with their rights.
#[tokio::test]
async fn other_groups_end_what_was_opened_and_let_in_anew() {
    let house = House::new().await;
    let (anns, bobs) = (house.open("ann").await, house.open("bob").await);
    let stream = house.visit(Method::GET, "ann", &anns).await;
    let mut list = holders(&house.folder, &["ann", "bob"]);
    list[0].groups = vec!["team-a".to_owned()];
    house.tokens.replacement(list).unwrap().take_effect();
    ends(stream).await;
    assert_eq!(house.visit(Method::POST, "ann", &anns).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(house.visit(Method::POST, "bob", &bobs).await.status(), StatusCode::OK);
    house.open("ann").await;
}

#[tokio::test]
async fn a_list_that_becomes_empty_lets_nobody_in() {
    let house = House::new().await;
    house.tokens.replacement(Vec::new()).unwrap().take_effect();
    for request in [initialization(&house.door, "ann"), super::request(&house.door.url)] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn the_first_token_ends_what_was_opened_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = crate::world::nobody();
    let door = world(vec![]).http(tokens.clone(), http_settings()).await;
    let opened = super::open(&door.url).await;
    let session = opened.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    tokens.replacement(holders(&folder, &["ann"])).unwrap().take_effect();
    let answer = older(&door, Method::GET, "ann", &session).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(super::open(&door.url).await.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn two_holders_of_one_token_cannot_be_told_apart() {
    let token = || TokenSource::Value("same".to_owned().into());
    let both = vec![holder("ann", token()), holder("bob", token())];
    let refused = Tokens::read(both).err().unwrap();
    assert_eq!(refused.to_string(), "ann and bob have the same token");
}

#[tokio::test]
async fn a_client_that_has_gone_is_not_kept_by_what_it_subscribed_to() {
    // Longer than the second between two announcements, each of which would begin it anew.
    let session_idle = Duration::from_millis(1500);
    let settings = HttpSettings { max_sessions: 1, session_idle, ..http_settings() };
    let house = House::with(settings).await;
    let session = house.open("ann").await;
    let post = || older(&house.door, Method::POST, "ann", &session);
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    post().body(initialized.to_string()).send().await.unwrap();
    let subscribe = message("resources/subscribe", &json!({ "uri": "playground://ticking" }));
    let asked = post().body(subscribe);
    let answer = asked.send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("\"result\":{}"), "{answer}");
    let until_there_is_room = async {
        while initialization(&house.door, "bob").send().await.unwrap().status() != StatusCode::OK {}
    };
    let outcome = tokio::time::timeout(Duration::from_secs(20), until_there_is_room).await;
    outcome.expect("the session of whoever has gone has ended");
}

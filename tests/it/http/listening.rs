//! Whoever listens hears what they may hear, and no longer than their token holds.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tacklebox::{
    server::{TokenSource, Tokens},
    toolsets::Change,
};

use super::{http, message, newer, request};
use crate::world::{
    Door, Playground, Signs, World, holder, http_settings, initialize, with_toolsets,
};

/// What a server tells of by itself.
struct Stream {
    response: Response,
    text: String,
    messages: VecDeque<Value>,
}

impl Stream {
    fn of(response: Response) -> Self {
        Self { response, text: String::new(), messages: VecDeque::new() }
    }

    async fn next(&mut self) -> Value {
        while self.messages.is_empty() {
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            let chunk = chunk.expect("nothing came").unwrap().expect("the stream has ended");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            let whole = self.text.rfind('\n').map_or(0, |it| it + 1);
            let lines: String = self.text.drain(..whole).collect();
            let data = lines.lines().filter_map(|it| it.strip_prefix("data:"));
            self.messages.extend(data.filter_map(|it| serde_json::from_str::<Value>(it).ok()));
        }
        self.messages.pop_front().unwrap()
    }

    /// The method of the next message, acknowledgements left out.
    async fn method(&mut self) -> String {
        loop {
            let message = self.next().await;
            let method = message["method"].as_str().unwrap_or_default();
            if method.ends_with("updated") || method.ends_with("list_changed") {
                return method.rsplit_once("notifications/").unwrap().1.to_owned();
            }
        }
    }
}

struct House {
    signs: Arc<Signs>,
    tokens: Tokens,
    world: World,
    door: Door,
}

impl House {
    async fn new() -> Self {
        let playground = Playground::default();
        let signs = Arc::clone(&playground.signs);
        let with_token = |it: &str| holder(it, TokenSource::Value(it.to_owned().into()));
        let tokens = Tokens::read(["ann", "bob"].map(with_token).to_vec()).unwrap();
        let world = with_toolsets(vec![Arc::new(playground)], vec![]);
        let door = world.http(tokens.clone(), http_settings()).await;
        Self { signs, tokens, world, door }
    }

    /// A listener of the newer era, after its first update, which is for what it may have missed.
    async fn listener(&self, token: &str) -> Stream {
        let filter = json!({ "notifications": {
            "toolsListChanged": true, "resourceSubscriptions": ["playground://ann"],
        } });
        let asked = newer(&self.door.url, "subscriptions/listen", filter).bearer_auth(token);
        let mut stream = Stream::of(asked.send().await.unwrap());
        assert_eq!(stream.method().await, "resources/updated");
        stream
    }

    /// A session of the older era that has subscribed, and what it is told.
    async fn session(&self, token: &str) -> Stream {
        let opening = request(&self.door.url).bearer_auth(token);
        let opened = opening.body(message("initialize", &initialize())).send().await.unwrap();
        let id = opened.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        let visit = |method: Method| {
            let visit = http().request(method, format!("{}/mcp", self.door.url));
            let visit = visit.bearer_auth(token).header("mcp-session-id", &id);
            visit.header("accept", "application/json, text/event-stream")
        };
        let stream = visit(Method::GET).send().await.unwrap();
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        for said in [
            initialized.to_string(),
            message("resources/subscribe", &json!({ "uri": "playground://ann" })),
        ] {
            let post = visit(Method::POST).header("content-type", "application/json");
            post.body(said).send().await.unwrap().text().await.unwrap();
        }
        Stream::of(stream)
    }
}

#[tokio::test]
async fn an_update_that_one_caller_may_hear_of_is_not_told_to_another_in_any_era() {
    let house = House::new().await;
    let (mut anns, mut bobs) = (house.listener("ann").await, house.listener("bob").await);
    let (mut anns_session, mut bobs_session) =
        (house.session("ann").await, house.session("bob").await);
    for _ in 0..2 {
        for stream in [&mut anns, &mut anns_session] {
            assert_eq!(stream.method().await, "resources/updated");
        }
    }
    // Told in order: what comes before this to Bob would be one of Ann's.
    house.world.registry.changes().announce(Change::Tools);
    for stream in [&mut bobs, &mut bobs_session] {
        assert_eq!(stream.method().await, "tools/list_changed");
    }
}

#[tokio::test]
async fn what_is_listened_to_with_a_token_ends_with_it() {
    let house = House::new().await;
    let _anns = (house.listener("ann").await, house.session("ann").await);
    let _bobs = house.listener("bob").await;
    // Once for each caller.
    house.signs.listening(2).await;
    let bob = holder("bob", TokenSource::Value("bob".to_owned().into()));
    house.tokens.replacement(vec![bob]).unwrap().take_effect();
    house.signs.listening(1).await;
}

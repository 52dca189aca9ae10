//! A call that asks a person and goes on when the client comes back with the reply, in the newer era.

use serde_json::{Value, json};
use tacklebox::server::{TokenSource, Tokens};

use super::newest;
use crate::world::{Door, holder, http_settings, modern_asking, world};

const STALE: &str = "requestState is not valid for this request; start again";

async fn door() -> Door {
    let token = |name: &str| holder(name, TokenSource::Value(name.into()));
    let tokens = Tokens::read(vec![token("ann"), token("bob")]).unwrap();
    world(vec![]).http(tokens, http_settings()).await
}

/// One round: what is called and what the client brings along.
struct Round {
    caller: &'static str,
    tool: &'static str,
    arguments: Value,
    state: Option<String>,
    word: Option<&'static str>,
}

fn first() -> Round {
    Round { caller: "ann", tool: "ask", arguments: json!({}), state: None, word: None }
}

fn second(state: &str) -> Round {
    Round { state: Some(state.to_owned()), word: Some("please"), ..first() }
}

impl Round {
    async fn play(self, door: &Door) -> Value {
        let mut params = json!({ "name": self.tool, "arguments": self.arguments });
        if let Some(state) = self.state {
            params["requestState"] = state.into();
        }
        if let Some(word) = self.word {
            let reply = json!({ "action": "accept", "content": { "word": word } });
            params["inputResponses"] = json!({ "word": reply });
        }
        let request = newest(&door.url, "tools/call", &modern_asking(params));
        let text = request.bearer_auth(self.caller).send().await.unwrap().text().await.unwrap();
        let line = text.lines().filter_map(|it| it.strip_prefix("data: ")).next_back();
        serde_json::from_str(line.unwrap_or(&text)).unwrap()
    }

    /// Plays a first round and gives the state that it ends with.
    async fn asks(self, door: &Door) -> String {
        let answer = self.play(door).await;
        assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
        answer["result"]["requestState"].as_str().unwrap().to_owned()
    }
}

fn text(answer: &Value) -> &Value {
    &answer["result"]["content"][0]["text"]
}

#[tokio::test]
async fn a_reply_that_comes_with_its_state_is_taken() {
    let door = door().await;
    let state = first().asks(&door).await;
    assert_eq!(text(&second(&state).play(&door).await), "please");
}

#[tokio::test]
async fn a_reply_that_comes_before_the_question_is_ignored() {
    let door = door().await;
    Round { word: Some("please"), ..first() }.asks(&door).await;
}

#[tokio::test]
async fn a_state_is_accepted_once() {
    let door = door().await;
    let state = first().asks(&door).await;
    assert_eq!(text(&second(&state).play(&door).await), "please");
    assert_eq!(second(&state).play(&door).await["error"]["message"], STALE);
}

#[tokio::test]
async fn a_state_is_of_no_use_to_another_caller_another_tool_or_with_other_arguments() {
    let door = door().await;
    let state = first().asks(&door).await;
    let other = [
        Round { caller: "bob", ..second(&state) },
        Round { tool: "say", arguments: json!({ "text": "hi" }), ..second(&state) },
        Round { arguments: json!({ "about": "cats" }), ..second(&state) },
    ];
    for round in other {
        assert_eq!(round.play(&door).await["error"]["message"], STALE);
    }
    assert_eq!(text(&second(&state).play(&door).await), "please");
}

#[tokio::test]
async fn the_same_arguments_in_another_order_are_the_same_call() {
    let door = door().await;
    let state = Round { arguments: json!({ "about": "cats", "aside": "x" }), ..first() };
    let state = state.asks(&door).await;
    let again = Round { arguments: json!({ "aside": "x", "about": "cats" }), ..second(&state) };
    assert_eq!(text(&again.play(&door).await), "please");
}

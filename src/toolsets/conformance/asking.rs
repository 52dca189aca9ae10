//! Questions to a person, to the client's model and for its folders, in both eras.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Stage, fixture, on, says};
use crate::tool::{Ask, BoundTool, Question, Replies};

pub(super) fn all(stage: &Arc<Stage>) -> Vec<BoundTool> {
    vec![
        on::<Sampling>(stage),
        on::<Form>(stage),
        on::<FormWithDefaults>(stage),
        on::<FormWithChoices>(stage),
        on::<Requirement>(stage),
        on::<OneField>(stage),
        on::<AskName>(stage),
        on::<AskModel>(stage),
        on::<AskRoots>(stage),
        on::<Confirmation>(stage),
        on::<SealedConfirmation>(stage),
        on::<AllAtOnce>(stage),
        on::<TwoRounds>(stage),
        on::<WhatTheClientCan>(stage),
    ]
}

fixture! {
    /// Has the client's model complete a prompt.
    Sampling("test_sampling") {
        /// What the model completes.
        prompt: String
    }
    (_stage, session) => {
        let replies = session.ask(vec![Question::new("completion", sample(&prompt))]).await?;
        says(format!("LLM response: {}", completion(&replies, "completion")))
    }
}

fixture! {
    /// Has a person fill in a form.
    Form("test_elicitation") {
        /// What the person is told.
        message: String
    }
    (_stage, session) => {
        let fields = json!({
            "username": { "type": "string", "description": "User's response" },
            "email": { "type": "string", "description": "User's email address" },
        });
        let question = form("form", &message, &fields, &["username", "email"]);
        let replies = session.ask(vec![question]).await?;
        says(format!("User response: {}", filled_in(&replies, "form")))
    }
}

fixture! {
    /// Has a person fill in a form whose fields have defaults.
    FormWithDefaults("test_elicitation_sep1034_defaults") {}
    (_stage, session) => {
        let fields = json!({
            "name": { "type": "string", "description": "User's name", "default": "John Doe" },
            "age": { "type": "integer", "description": "User's age", "default": 30 },
            "score": { "type": "number", "description": "User's score", "default": 95.5 },
            "status": {
                "type": "string",
                "description": "User's status",
                "enum": ["active", "inactive", "pending"],
                "default": "active",
            },
            "verified": { "type": "boolean", "description": "Verified or not", "default": true },
        });
        let question = form("form", "Every field has a default", &fields, &[]);
        let replies = session.ask(vec![question]).await?;
        says(format!("Elicitation completed: {}", filled_in(&replies, "form")))
    }
}

fixture! {
    /// Has a person choose, in every way in which a form can offer choices.
    FormWithChoices("test_elicitation_sep1330_enums") {}
    (_stage, session) => {
        let plain = json!(["option1", "option2", "option3"]);
        let titled = json!([
            { "const": "value1", "title": "First" },
            { "const": "value2", "title": "Second" },
            { "const": "value3", "title": "Third" },
        ]);
        let fields = json!({
            "untitledSingle": { "type": "string", "enum": plain },
            "titledSingle": { "type": "string", "oneOf": titled },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": plain } },
            "titledMulti": { "type": "array", "items": { "anyOf": titled } },
        });
        let replies = session.ask(vec![form("form", "Choose", &fields, &[])]).await?;
        says(format!("Elicitation completed: {}", filled_in(&replies, "form")))
    }
}

fixture! {
    /// Refuses clients that cannot sample.
    Requirement("test_missing_capability") {}
    (_stage, session) => {
        session.require(&sample("anything"))?;
        says("Required capability declared")
    }
}

fixture! {
    /// Asks a person for one value.
    OneField("test_streaming_elicitation") {}
    (_stage, session) => {
        let fields = json!({ "value": { "type": "string" } });
        let question = form("streaming_elicitation", "Provide a value", &fields, &["value"]);
        session.ask(vec![question]).await?;
        says("Streaming elicitation completed")
    }
}

fixture! {
    /// Asks a person for their name.
    AskName("test_input_required_result_elicitation") {}
    (_stage, session) => {
        let replies = session.ask(vec![name("user_name", "What is your name?")]).await?;
        let name = replies.field("user_name", "name").and_then(Value::as_str);
        says(format!("Hello, {}!", name.unwrap_or("stranger")))
    }
}

fixture! {
    /// Asks the client's model a question.
    AskModel("test_input_required_result_sampling") {}
    (_stage, session) => {
        let question = Question::new("capital_question", sample("What is the capital of France?"));
        let replies = session.ask(vec![question]).await?;
        says(format!("Sampling response: {}", completion(&replies, "capital_question")))
    }
}

fixture! {
    /// Asks in which folders the client works.
    AskRoots("test_input_required_result_list_roots") {}
    (_stage, session) => {
        let replies = session.ask(vec![Question::new("client_roots", Ask::Roots)]).await?;
        let roots = replies.0.get("client_roots").and_then(|it| it.get("roots")).cloned();
        says(format!("Client roots: {}", roots.unwrap_or_default()))
    }
}

fixture! {
    /// Has a person confirm, over two rounds.
    Confirmation("test_input_required_result_request_state") {}
    (_stage, session) => {
        session.ask(vec![confirmation()]).await?;
        says("Confirmed: state-ok")
    }
}

fixture! {
    /// Has a person confirm, and refuses a state that somebody tampered with.
    SealedConfirmation("test_input_required_result_tampered_state") {}
    (_stage, session) => {
        session.ask(vec![confirmation()]).await?;
        says("Confirmed: state-ok")
    }
}

fixture! {
    /// Asks a person, the client's model and for folders in one round.
    AllAtOnce("test_input_required_result_multiple_inputs") {}
    (_stage, session) => {
        session.ask(questions()).await?;
        says("All inputs received")
    }
}

fixture! {
    /// Asks a second question when the first has been answered.
    TwoRounds("test_input_required_result_multi_round") {}
    (_stage, session) => {
        session.ask(vec![name("step1", "Step 1: what is your name?")]).await?;
        let fields = json!({ "color": { "type": "string" } });
        let color = form("step2", "Step 2: what is your favorite color?", &fields, &["color"]);
        session.ask(vec![color]).await?;
        says("Multi-round flow complete")
    }
}

fixture! {
    /// Asks only what the client can answer.
    WhatTheClientCan("test_input_required_result_capabilities") {}
    (_stage, session) => {
        let mut questions = questions();
        questions.retain(|it| session.can_ask(&it.ask));
        session.ask(questions).await?;
        says("Capability-aware flow complete")
    }
}

/// One question of each kind.
fn questions() -> Vec<Question> {
    vec![
        name("user_name", "What is your name?"),
        Question::new("greeting", sample("Generate a greeting")),
        Question::new("client_roots", Ask::Roots),
    ]
}

fn name(key: &str, message: &str) -> Question {
    form(key, message, &json!({ "name": { "type": "string" } }), &["name"])
}

fn confirmation() -> Question {
    form("confirm", "Please confirm", &json!({ "ok": { "type": "boolean" } }), &["ok"])
}

pub(super) fn form(key: &str, message: &str, fields: &Value, required: &[&str]) -> Question {
    let schema = json!({ "type": "object", "properties": fields, "required": required });
    Question::new(key, Ask::Form { message: message.to_owned(), schema })
}

fn sample(prompt: &str) -> Ask {
    Ask::Sample { prompt: prompt.to_owned(), max_tokens: 100 }
}

fn completion(replies: &Replies, key: &str) -> String {
    let text = replies.0.get(key).and_then(|it| it.get("content")?.get("text")?.as_str());
    text.unwrap_or("no text").to_owned()
}

fn filled_in(replies: &Replies, key: &str) -> String {
    let reply = replies.0.get(key);
    let action = reply.and_then(|it| it.get("action")?.as_str()).unwrap_or("none");
    let content = reply.and_then(|it| it.get("content")).cloned().unwrap_or_default();
    format!("action={action}, content={content}")
}

//! Content of every kind, errors, progress, logging and changes: all that a tool answers without asking.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Stage, dot, fixture, on, says, text};
use crate::{
    output::{Answer, Content, Part},
    tool::{BoundTool, Level, ToolError},
    toolsets::Change,
};

/// Silence: a WAV of no samples, in base64.
const SILENCE: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

pub(super) fn all(stage: &Arc<Stage>) -> Vec<BoundTool> {
    vec![
        on::<SimpleText>(stage),
        on::<Image>(stage),
        on::<Audio>(stage),
        on::<Embedded>(stage),
        on::<Mixed>(stage),
        on::<Failing>(stage),
        on::<InSteps>(stage),
        on::<Chatty>(stage),
        on::<ChattyOnRequest>(stage),
        on::<Reconnection>(stage),
        on::<ToolChange>(stage),
        on::<PromptChange>(stage),
        on::<Header>(stage),
        on::<Schema>(stage),
    ]
}

fixture! {
    /// Answers with a text.
    SimpleText("test_simple_text") {}
    (_stage, _session) => says("This is a simple text response for testing.")
}

fixture! {
    /// Answers with an image.
    Image("test_image_content") {}
    (_stage, _session) => Answer::Media(vec![dot()])
}

fixture! {
    /// Answers with a sound.
    Audio("test_audio_content") {}
    (_stage, _session) => Answer::Media(vec![Part::Audio {
        data: SILENCE.to_owned(),
        mime_type: "audio/wav".to_owned(),
    }])
}

fixture! {
    /// Answers with a whole resource.
    Embedded("test_embedded_resource") {}
    (_stage, _session) => Answer::Media(vec![resource(
        "test://embedded-resource",
        "text/plain",
        "This is an embedded resource content.",
    )])
}

fixture! {
    /// Answers with a text, an image and a resource.
    Mixed("test_multiple_content_types") {}
    (_stage, _session) => Answer::Media(vec![
        text("Multiple content types test:"),
        dot(),
        resource(
            "test://mixed-content-resource",
            "application/json",
            r#"{"test":"data","value":123}"#,
        ),
    ])
}

fixture! {
    /// Fails, always.
    Failing("test_error_handling") {}
    (_stage, _session) => Err(ToolError::Failed(
        "This tool intentionally returns an error for testing".to_owned(),
    ))?
}

fixture! {
    /// Says three times how far it is.
    InSteps("test_tool_with_progress") {}
    (_stage, session) => {
        for (done, message) in [(0.0, "Starting"), (50.0, "Halfway"), (100.0, "Complete")] {
            session.progress(done, Some(100.0), message).await;
        }
        says("Progress test completed")
    }
}

fixture! {
    /// Writes three lines into the client's log.
    Chatty("test_tool_with_logging") {}
    (_stage, session) => {
        for step in ["started", "processing data", "completed"] {
            session.log(Level::Info, &format!("Tool execution: {step}")).await;
        }
        says("Logging test completed")
    }
}

fixture! {
    /// Writes a line into the client's log, if the request asked for any.
    ChattyOnRequest("test_logging_tool") {}
    (_stage, session) => {
        session.log(Level::Error, "a line that was asked for").await;
        says("Logging tool completed")
    }
}

fixture! {
    /// Answers on a stream that is closed and taken up again.
    Reconnection("test_reconnection") {}
    (_stage, _session) => says("Reconnection test completed")
}

fixture! {
    /// Announces that the list of tools has changed.
    ToolChange("test_trigger_tool_change") {}
    (stage, _session) => {
        stage.announce(Change::Tools);
        says("Tool list change triggered")
    }
}

fixture! {
    /// Announces that the list of prompts has changed.
    PromptChange("test_trigger_prompt_change") {}
    (stage, _session) => {
        stage.announce(Change::Prompts);
        says("Prompt list change triggered")
    }
}

fixture! {
    /// Takes an argument that a client repeats in an HTTP header.
    Header("test_custom_header") {
        /// Also sent as the header `Mcp-Param-Value`.
        #[schemars(extend("x-mcp-header" = "Value"))]
        value: String
    }
    (_stage, _session) => says(value)
}

fixture! {
    /// Takes arguments that need most of JSON Schema's vocabulary.
    Schema("json_schema_2020_12_tool") {
        /// Whom to greet.
        #[serde(default)]
        name: Option<String>,
        /// Where they live.
        #[serde(default)]
        address: Option<Map<String, Value>>
    }
    (_stage, _session) => {
        let street = address.as_ref().and_then(|it| it.get("street")?.as_str());
        let (name, street) = (name.as_deref().unwrap_or("world"), street.unwrap_or("nowhere"));
        says(format!("Hello, {name} of {street}!"))
    },
    schema => json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "address",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": { "name": { "type": "string" }, "address": { "$ref": "#/$defs/address" } },
        "allOf": [{ "anyOf": [{ "required": ["name"] }, { "required": ["address"] }] }],
        "if": { "required": ["address"] },
        "then": { "properties": { "address": { "required": ["street"] } } },
        "else": { "required": ["name"] },
        "additionalProperties": false,
    })
}

fn resource(uri: &str, mime_type: &str, content: &str) -> Part {
    Part::Resource {
        uri: uri.to_owned(),
        mime_type: mime_type.to_owned(),
        content: Content::Text(content.to_owned()),
    }
}

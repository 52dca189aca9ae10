//! A rendered answer in the shape of the result that the client waits for.

use std::sync::LazyLock;

use rmcp::{
    ErrorData,
    model::{
        CacheScope, CallToolResponse, CallToolResult, ContentBlock, ErrorCode, GetPromptResponse,
        GetPromptResult, MetaObject, PromptMessage, ReadResourceResponse, ReadResourceResult,
        ResourceContents, Role,
    },
};
use serde_json::{Value, json};

use super::{advertise, exchange::Reply};
use crate::{
    output::{Content, Part, Rendered},
    registry::Unknown,
    tool::ToolError,
};

pub(super) fn tool(reply: Reply, modern: bool) -> CallToolResponse {
    match reply {
        Reply::Asked(questions) => questions.with_meta(meta()).into(),
        Reply::Failed(error) => {
            stamped(CallToolResult::error(vec![ContentBlock::text(error.to_string())]), modern)
        }
        Reply::Answered(rendered) => {
            let structured = rendered.structured.clone();
            let mut result = CallToolResult::success(content(rendered));
            result.structured_content = structured;
            stamped(result, modern)
        }
    }
}

fn stamped(result: CallToolResult, modern: bool) -> CallToolResponse {
    result.with_meta(modern.then(meta)).into()
}

pub(super) fn resource(
    reply: Reply,
    uri: &str,
    mime_type: &str,
    modern: bool,
) -> Result<ReadResourceResponse, ErrorData> {
    match reply {
        Reply::Asked(questions) => Ok(questions.with_meta(meta()).into()),
        Reply::Failed(error) => Err(failure(&error)),
        Reply::Answered(rendered) => {
            // What a resource shows can change at any moment.
            let mut result = ReadResourceResult::new(contents(rendered, uri, mime_type))
                .with_ttl_ms(0)
                .with_cache_scope(CacheScope::Private);
            result.meta = modern.then(meta);
            Ok(result.into())
        }
    }
}

pub(super) fn prompt(
    reply: Reply,
    description: &str,
    modern: bool,
) -> Result<GetPromptResponse, ErrorData> {
    match reply {
        Reply::Asked(questions) => Ok(questions.with_meta(meta()).into()),
        Reply::Failed(error) => Err(failure(&error)),
        Reply::Answered(rendered) => {
            let messages = content(rendered).into_iter();
            let messages = messages.map(|it| PromptMessage::new(Role::User, it)).collect();
            let mut result = GetPromptResult::new(messages).with_description(description);
            result.meta = modern.then(meta);
            Ok(result.into())
        }
    }
}

/// Resources and prompts have no results that are errors, so what fails is an error of the protocol.
pub(super) fn failure(error: &ToolError) -> ErrorData {
    let data = Some(json!({ "reason": error.label() }));
    match error {
        ToolError::InvalidArguments(_) => ErrorData::invalid_params(error.to_string(), data),
        ToolError::NotFound(_) => ErrorData::resource_not_found(error.to_string(), data),
        _ => ErrorData::internal_error(error.to_string(), data),
    }
}

pub(super) fn unknown_resource(error: &Unknown) -> ErrorData {
    let data = json!({ "uri": error.name() });
    ErrorData::resource_not_found(error.to_string(), Some(data))
}

/// The answer to what is no JSON-RPC message, for transports that read such a thing.
pub(super) fn malformed(id: &Value, code: ErrorCode, message: &str) -> Value {
    let error = json!({ "code": code.0, "message": message });
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

/// What a transport says of JSON that is no message.
pub(super) const NO_MESSAGE: &str = "not a JSON-RPC 2.0 message; batches are not supported";

/// Who answers: newer clients learn it from every result.
pub(super) fn meta() -> MetaObject {
    static SERVER: LazyLock<Value> = LazyLock::new(|| json!(advertise::implementation()));
    let mut meta = MetaObject::new();
    meta.0.insert("io.modelcontextprotocol/serverInfo".to_owned(), SERVER.clone());
    meta
}

fn content(rendered: Rendered) -> Vec<ContentBlock> {
    if rendered.parts.is_empty() {
        return vec![ContentBlock::text(rendered.text)];
    }
    rendered.parts.into_iter().map(block).collect()
}

fn block(part: Part) -> ContentBlock {
    match part {
        Part::Text(text) => ContentBlock::text(text),
        Part::Image { data, mime_type } => ContentBlock::image(data, mime_type),
        Part::Audio { data, mime_type } => ContentBlock::audio(data, mime_type),
        Part::Resource { uri, mime_type, content } => {
            ContentBlock::resource(embedded(content, &uri, &mime_type))
        }
    }
}

fn contents(rendered: Rendered, uri: &str, mime_type: &str) -> Vec<ResourceContents> {
    if rendered.parts.is_empty() {
        return vec![embedded(Content::Text(rendered.text), uri, mime_type)];
    }
    rendered.parts.into_iter().map(|it| resource_content(it, uri, mime_type)).collect()
}

fn resource_content(part: Part, uri: &str, mime_type: &str) -> ResourceContents {
    match part {
        Part::Text(text) => embedded(Content::Text(text), uri, mime_type),
        Part::Image { data, mime_type } | Part::Audio { data, mime_type } => {
            embedded(Content::Blob(data), uri, &mime_type)
        }
        Part::Resource { uri, mime_type, content } => embedded(content, &uri, &mime_type),
    }
}

fn embedded(content: Content, uri: &str, mime_type: &str) -> ResourceContents {
    let contents = match content {
        Content::Text(text) => ResourceContents::text(text, uri),
        Content::Blob(blob) => ResourceContents::blob(blob, uri),
    };
    contents.with_mime_type(mime_type)
}

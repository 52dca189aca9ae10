//! How an MCP server is known without a session. What it is asked is a GET that asks for no stream, which every server refuses, and
//! each in a way that others do not: to begin a session, one would have to POST, which through the API server's proxy takes
//! a right of its own. (Some servers, those of the Python SDK among them, open one even for what they refuse, and forget it by themselves.)

use http::{StatusCode, header};
use serde_json::Value;

use super::way::Answer;

/// What refusals say that are not JSON.
const WORDS: [&str; 3] = ["text/event-stream", "session id", "mcp-session-id"];

pub(super) fn speaks_mcp(answer: &Answer) -> bool {
    let is_stream = || answer.header(&header::CONTENT_TYPE).starts_with("text/event-stream");
    match answer.status {
        // The older transport, or a server that opens its stream whatever was asked for.
        StatusCode::OK => is_stream(),
        StatusCode::BAD_REQUEST | StatusCode::NOT_ACCEPTABLE => refuses(answer),
        StatusCode::METHOD_NOT_ALLOWED => {
            refuses(answer) || answer.header(&header::ALLOW).contains("POST")
        }
        _ => false,
    }
}

/// `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Not Acceptable: Client must accept text/event-stream"},"id":null}`, or words.
fn refuses(answer: &Answer) -> bool {
    if answer.is_html() {
        return false;
    }
    if let Ok(body) = serde_json::from_slice::<Value>(&answer.body)
        && body.pointer("/jsonrpc").is_some_and(|it| it == "2.0")
    {
        return body.pointer("/error").is_some();
    }
    let text = answer.text().to_ascii_lowercase();
    WORDS.iter().any(|it| text.contains(it))
}

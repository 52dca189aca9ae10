//! What a request says, as its endpoint describes it.

use std::{borrow::Cow, error::Error, fmt::Write};

use axum::body::{self, Body};
use http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use serde_saphyr::{SnippetMode, UserMessageFormatter};

use super::{accept, problem::Problem};
use crate::{
    endpoint::EndpointDefinition,
    random,
    tool::{Arguments, ToolError},
};

const YAML: &str = "application/yaml";

/// What a body can be.
pub(super) const BODIES: [&str; 2] = ["application/json", YAML];

/// How deep lists and maps of YAML may lie in each other.
const DEEPEST: usize = 64;
/// How much all aliases together may stand for.
const MOST_REPEATED: usize = 10_000;

/// The longest name that a client may give its request.
const LONGEST_ID: usize = 64;

/// The client's own name for the request if it is fit for a log, or a new one.
pub(in crate::server) fn request_id(headers: &HeaderMap) -> String {
    let is_plain = |it: &u8| it.is_ascii_alphanumeric() || b"._-".contains(it);
    let given = text(headers, "x-request-id");
    let fit = given
        .filter(|it| (1..=LONGEST_ID).contains(&it.len()) && it.as_bytes().iter().all(is_plain));
    fit.map_or_else(|| hexadecimal(&random::bytes::<16>()), str::to_owned)
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The form of the answer that the client likes best.
pub(super) fn accepted(
    headers: &HeaderMap,
    definition: &EndpointDefinition,
) -> Result<String, Problem> {
    let said = headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok());
    let said = said.collect::<Vec<_>>().join(",");
    let offered: Vec<&str> = definition.answers.iter().map(|it| it.media_type).collect();
    let chosen = accept::choose(Some(&said), &offered).map(str::to_owned);
    chosen.ok_or_else(|| {
        let detail = format!("the answer can be had as {}", offered.join(" or as "));
        Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail)
    })
}

/// What stands behind the question mark, each value as its schema has it; one that cannot be read so stays a text, and is told of
/// when it is checked.
pub(super) fn query(
    query: Option<&str>,
    definition: &EndpointDefinition,
) -> Result<Arguments, Problem> {
    let mut given = Arguments::new();
    let pairs = query.unwrap_or_default().split('&').filter(|it| !it.is_empty());
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        let schema = definition.query.iter().find(|it| it.name == name).map(|it| &it.schema);
        let kind = schema.and_then(|it| it.get("type")?.as_str()).unwrap_or("string");
        if kind == "array" {
            let list = given.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut().into_iter().for_each(|it| it.push(value.as_str().into()));
        } else if given.contains_key(&name) {
            return Err(invalid(format!("`{name}` is given twice")));
        } else {
            given.insert(name, typed(value, kind));
        }
    }
    Ok(given)
}

/// `true` is the value true where a boolean is wanted.
fn typed(text: String, kind: &str) -> Value {
    let value = match kind {
        "boolean" => text.parse().ok().map(Value::Bool),
        "integer" => text.parse::<i64>().ok().map(Value::from),
        _ => None,
    };
    value.unwrap_or(Value::String(text))
}

fn decoded(text: &str) -> Result<String, Problem> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().map(Cow::into_owned);
    decoded.map_err(|_| invalid("the query is not UTF-8".to_owned()))
}

/// The body, which has to be of one of these types by its header and by its content.
pub(super) async fn document(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<Value, Problem> {
    let kind = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !BODIES.contains(&kind.as_str()) {
        let detail = format!(
            "the body has to be JSON or YAML, and the request has to say which: Content-Type: {}",
            BODIES.join(" or ")
        );
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "unsupported_media_type", detail));
    }
    let bytes = read(body, most).await?;
    if kind == YAML {
        return yaml(&bytes);
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| invalid(format!("the body is not JSON: {error}")))
}

fn yaml(bytes: &[u8]) -> Result<Value, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MOST_REPEATED },
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let text = str::from_utf8(bytes).map_err(|_| invalid("the body is not UTF-8".to_owned()))?;
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let render = serde_saphyr::render_options! { formatter: &UserMessageFormatter, snippets: SnippetMode::Off };
        invalid(format!("the body is not YAML: {}", error.render_with_options(render)))
    })
}

async fn read(body: Body, most: usize) -> Result<bytes::Bytes, Problem> {
    body::to_bytes(body, most).await.map_err(|error| {
        let is_long = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
        if is_long {
            let detail = format!("the body may have {most} bytes (server.max_body)");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        } else {
            invalid(format!("the body did not arrive: {error}"))
        }
    })
}

fn invalid(detail: String) -> Problem {
    Problem::of(&ToolError::invalid(detail))
}

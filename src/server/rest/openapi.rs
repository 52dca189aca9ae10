//! The description of the API in `OpenAPI` 3.1, made from what the endpoints say of themselves.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{problem, reading::BODIES};
use crate::endpoint::{EndpointDefinition, Parameter};

/// What can go wrong anywhere: its status, and when it comes.
const PROBLEMS: [(&str, &str); 12] = [
    ("400", "The request is not as described; `problems` has all that is wrong."),
    ("401", "No token that is known here."),
    ("403", "The caller may not do this, or a policy refuses it."),
    ("404", "Nothing of that name."),
    ("405", "Another method is wanted; `Allow` names it."),
    ("406", "None of the forms that the client accepts."),
    ("409", "It is not as it was any more."),
    ("413", "The body is too long."),
    ("415", "The body is not said to be JSON or YAML."),
    ("429", "Too many requests; `Retry-After` says when to ask again."),
    ("500", "It failed."),
    ("503", "What it needs is not there; `Retry-After` says when to ask again."),
];

pub(super) fn document(endpoints: &[Arc<EndpointDefinition>]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(endpoint.method.name().to_ascii_lowercase(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tacklebox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What Tacklebox answers to programs that speak no MCP.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{}, { "bearer": [] }],
        "paths": paths,
        "components": {
            "schemas": { "Problem": problem::schema() },
            "responses": responses(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Where the operator asks callers who they are.",
                },
            },
        },
    })
}

fn operation(endpoint: &EndpointDefinition) -> Value {
    let parameters = endpoint.variables.iter().map(|it| parameter(it, "path"));
    let parameters = parameters.chain(endpoint.query.iter().map(|it| parameter(it, "query")));
    let content = endpoint.answers.iter();
    let content: Map<String, Value> =
        content.map(|it| (it.media_type.to_owned(), json!({ "schema": it.schema }))).collect();
    let mut responses = Map::new();
    let done = json!({ "description": endpoint.summary, "content": content });
    responses.insert(endpoint.status.to_string(), done);
    if endpoint.method.name() == "GET" {
        responses.insert("304".to_owned(), json!({ "description": "The client has it already." }));
    }
    let problems = PROBLEMS.iter().map(|(status, _)| *status).chain(["504"]);
    responses.extend(
        problems
            .map(|it| (it.to_owned(), json!({ "$ref": format!("#/components/responses/{it}") }))),
    );
    let mut operation = json!({
        "operationId": name(endpoint),
        "summary": endpoint.summary,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses,
    });
    if let (Some(schema), Value::Object(operation)) = (&endpoint.body, &mut operation) {
        let form = |it: &str| (it.to_owned(), json!({ "schema": **schema }));
        let content = Value::Object(BODIES.into_iter().map(form).collect());
        operation.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    operation
}

fn parameter(parameter: &Parameter, place: &str) -> Value {
    json!({
        "name": parameter.name,
        "in": place,
        "required": place == "path",
        "description": parameter.description,
        "schema": parameter.schema,
    })
}

fn responses() -> Map<String, Value> {
    let content =
        json!({ problem::MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } } });
    let late = ("504", "There was no answer in time.");
    let all = PROBLEMS.iter().copied().chain([late]);
    all.map(|(status, when)| {
        (status.to_owned(), json!({ "description": when, "content": content }))
    })
    .collect()
}

/// `get_toolsets_name` for `GET /api/v1/toolsets/{name}`.
fn name(endpoint: &EndpointDefinition) -> String {
    let path = endpoint.path.trim_start_matches("/api/v1");
    let words = path.split(['/', '{', '}', '-', '.']).filter(|it| !it.is_empty());
    let method = endpoint.method.name().to_ascii_lowercase();
    std::iter::once(method.as_str()).chain(words).collect::<Vec<_>>().join("_")
}

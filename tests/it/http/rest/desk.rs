//! A toolset that answers over plain HTTP and nowhere else, as every claim about that needs it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tacklebox::{
    endpoint::{
        BoundEndpoint, Endpoint, EndpointDefinition, Method, Parameter, Representation, Request,
        Response,
    },
    tool::{BoundTool, Definition, Session, ToolError},
    toolsets::{Health, Toolset},
};

use crate::world::Playground;

/// Numbers in two forms, one number, sums, and everything that can go wrong.
pub(super) struct Desk {
    pub(super) name: &'static str,
    pub(super) health: Health,
    /// Whether there is an endpoint for every error.
    pub(super) fails: bool,
}

impl Default for Desk {
    fn default() -> Self {
        Self { name: "desk", health: Health::Ready, fails: false }
    }
}

#[async_trait]
impl Toolset for Desk {
    fn name(&self) -> &'static str {
        self.name
    }

    fn purpose(&self) -> String {
        "what tests of plain HTTP need.".to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        Vec::new()
    }

    fn endpoints(&self) -> Vec<BoundEndpoint> {
        let mut endpoints =
            vec![BoundEndpoint::new(Numbers), BoundEndpoint::new(Number), BoundEndpoint::new(Sum)];
        if self.fails {
            endpoints.push(BoundEndpoint::new(Trouble));
            endpoints.extend(["echo", "paint"].map(|it| BoundEndpoint::new(Behind::of(it))));
        }
        endpoints
    }

    async fn health(&self) -> Health {
        self.health.clone()
    }
}

fn schema(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[expect(clippy::needless_pass_by_value, reason = "so that a schema can stand where it is given")]
fn json_form(value: Value) -> Representation {
    Representation { media_type: "application/json", schema: schema(&value) }
}

fn definition(
    method: Method,
    path: &'static str,
    answers: Vec<Representation>,
) -> EndpointDefinition {
    EndpointDefinition {
        method,
        path,
        summary: "What a test wants to know.",
        variables: Vec::new(),
        query: Vec::new(),
        body: None,
        answers,
        status: 200,
    }
}

/// The numbers up to `most`.
struct Numbers;

#[async_trait]
impl Endpoint for Numbers {
    fn definition(&self) -> EndpointDefinition {
        let parameter = |name, schema| Parameter { name, description: "Which numbers.", schema };
        let numbers = json!({
            "type": "object",
            "required": ["numbers"],
            "properties": { "numbers": { "type": "array", "items": { "type": "integer" } } },
        });
        let yaml = Representation {
            media_type: "application/yaml",
            schema: schema(&json!({ "type": "string" })),
        };
        EndpointDefinition {
            query: vec![
                parameter("most", json!({ "type": "integer", "minimum": 0, "maximum": 100 })),
                parameter("even", json!({ "type": "boolean" })),
                parameter("order", json!({ "type": "string", "enum": ["up", "down"] })),
            ],
            ..definition(Method::Get, "/api/v1/numbers", vec![json_form(numbers), yaml])
        }
    }

    async fn answer(&self, request: &Request, _: &Session) -> Result<Response, ToolError> {
        let most = request.query.get("most").and_then(Value::as_i64).unwrap_or(3);
        let even = request.query.get("even") == Some(&Value::Bool(true));
        let mut numbers: Vec<i64> = (1..=most).filter(|it| !even || it % 2 == 0).collect();
        if request.query.get("order").is_some_and(|it| it == "down") {
            numbers.reverse();
        }
        if request.accept == "application/yaml" {
            return Ok(Response::text("application/yaml", format!("numbers: {numbers:?}\n")));
        }
        Ok(Response::json(&json!({ "numbers": numbers })))
    }
}

/// One of three numbers by its name, and what a program reads as a secret and as the name of one.
struct Number;

#[async_trait]
impl Endpoint for Number {
    fn definition(&self) -> EndpointDefinition {
        let number = json!({ "type": "object", "required": ["name", "value"] });
        let name = Parameter {
            name: "name",
            description: "The name of a number.",
            schema: json!({ "type": "string" }),
        };
        EndpointDefinition {
            variables: vec![name],
            ..definition(Method::Get, "/api/v1/numbers/{name}", vec![json_form(number)])
        }
    }

    async fn answer(&self, request: &Request, _: &Session) -> Result<Response, ToolError> {
        let name = request.variables["name"].as_str();
        let value = match name {
            "one" => 1,
            "a/b" => 2,
            _ => return Err(ToolError::NotFound(format!("there is no number {name}"))),
        };
        Ok(Response::json(&json!({
            "name": name,
            "value": value,
            "password": "correct-horse-4711",
            "api_key": "{{ env.GRAFANA_API_KEY }}",
        })))
    }
}

/// The sum of some numbers.
struct Sum;

#[async_trait]
impl Endpoint for Sum {
    fn definition(&self) -> EndpointDefinition {
        let body = json!({
            "type": "object",
            "required": ["numbers"],
            "additionalProperties": false,
            "properties": {
                "numbers": {
                    "type": "array",
                    "items": { "type": "integer", "minimum": 0, "maximum": 1000 },
                    "maxItems": 10,
                },
            },
        });
        let sum = json!({ "type": "object", "required": ["sum"] });
        EndpointDefinition {
            body: Some(Arc::new(schema(&body))),
            status: 202,
            ..definition(Method::Post, "/api/v1/numbers/sum", vec![json_form(sum)])
        }
    }

    async fn answer(&self, request: &Request, _: &Session) -> Result<Response, ToolError> {
        let numbers = request.body.as_ref().and_then(|it| it["numbers"].as_array());
        let sum: i64 = numbers.into_iter().flatten().filter_map(Value::as_i64).sum();
        Ok(Response::json(&json!({ "sum": sum })))
    }
}

/// Whatever error is asked for.
struct Trouble;

#[async_trait]
impl Endpoint for Trouble {
    fn definition(&self) -> EndpointDefinition {
        let path = "/api/v1/trouble/{kind}";
        definition(Method::Get, path, vec![json_form(json!({ "type": "object" }))])
    }

    async fn answer(&self, request: &Request, session: &Session) -> Result<Response, ToolError> {
        let text = || "as was asked for".to_owned();
        Err(match request.variables["kind"].as_str() {
            "refused" => ToolError::Refused(text()),
            "conflict" => ToolError::Conflict(text()),
            "unavailable" => ToolError::Unavailable(text()),
            "busy" => ToolError::Busy(text()),
            "panic" => panic!("a bug that a test planted"),
            "never" => std::future::pending().await,
            "later" => {
                let answer = Response::json(&json!({})).status(503);
                return Ok(answer.retry_after(Duration::from_millis(1500)));
            }
            "whoami" => {
                let (name, client) = (&*session.caller.name, session.caller.client.as_deref());
                return Ok(Response::json(&json!({ "name": name, "client": client })));
            }
            _ => ToolError::Failed(text()),
        })
    }
}

/// What stands and falls with a tool.
struct Behind {
    path: &'static str,
    tool: BoundTool,
}

impl Behind {
    fn of(name: &str) -> Self {
        let mut tools = Playground::default().tools().into_iter();
        let tool = tools.find(|it| it.definition().name == name).unwrap();
        let path = if name == "echo" { "/api/v1/behind/echo" } else { "/api/v1/behind/paint" };
        Self { path, tool }
    }
}

#[async_trait]
impl Endpoint for Behind {
    fn definition(&self) -> EndpointDefinition {
        definition(Method::Get, self.path, vec![json_form(json!({ "type": "object" }))])
    }

    fn tools(&self) -> Vec<&Definition> {
        vec![self.tool.definition()]
    }

    async fn answer(&self, _: &Request, _: &Session) -> Result<Response, ToolError> {
        Ok(Response::json(&json!({ "answered": true })))
    }
}

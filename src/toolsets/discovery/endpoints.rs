//! What was found, over plain HTTP: for programs that speak no MCP, such as HolmesGPT's own service.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{
    Discovery,
    discover_services::listed,
    finding::Found,
    holmes::validate,
    looked::not_yet,
    snapshot::{Filter, Snapshot},
    survey::Look,
};
use crate::{
    endpoint::{
        BoundEndpoint, Endpoint, EndpointDefinition, Method, Parameter, Representation, Request,
        Response,
    },
    tool::{BoundTool, Definition, Session, ToolError},
};

/// All endpoints; each stands and falls with the tool that tells the same.
pub(super) fn all(
    discovery: &Arc<Discovery>,
    services: &BoundTool,
    toolset: &BoundTool,
) -> Vec<BoundEndpoint> {
    let pages = [
        (Page::Toolset, toolset),
        (Page::Toolsets, toolset),
        (Page::OneToolset, toolset),
        (Page::Services, services),
        (Page::Discover, services),
        (Page::Validate, toolset),
    ];
    let page = |(page, tool): (Page, &BoundTool)| {
        let (discovery, tool) = (Arc::clone(discovery), tool.clone());
        BoundEndpoint::new(Door { page, discovery, tool })
    };
    pages.into_iter().map(page).collect()
}

struct Door {
    page: Page,
    discovery: Arc<Discovery>,
    tool: BoundTool,
}

#[derive(Debug, Clone, Copy)]
enum Page {
    Toolset,
    Toolsets,
    OneToolset,
    Services,
    Discover,
    Validate,
}

const VALIDATE: &str = "/api/v1/toolsets/validate";
const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

#[async_trait]
impl Endpoint for Door {
    fn definition(&self) -> EndpointDefinition {
        let mut definition = self.page.definition();
        let contexts = &self.discovery.settings.contexts;
        if contexts.len() > 1 && definition.path != VALIDATE {
            definition.query.push(Parameter {
                name: "context",
                description: "The kubeconfig's context; the first of them unless it is said",
                schema: json!({ "type": "string", "enum": contexts }),
            });
        }
        if let Some(kind) = definition.query.iter_mut().find(|it| it.name == "type") {
            let known: Vec<&str> =
                self.discovery.detectors.iter().map(|it| it.product.as_str()).collect();
            kind.schema = json!({ "type": "string", "enum": known });
        }
        definition
    }

    fn tools(&self) -> Vec<&Definition> {
        vec![self.tool.definition()]
    }

    async fn answer(&self, request: &Request, _: &Session) -> Result<Response, ToolError> {
        match self.page {
            Page::Toolset => self.toolset(request).await,
            Page::Toolsets => Ok(Response::json(&self.toolsets(request)?)),
            Page::OneToolset => self.one_toolset(request),
            Page::Services => self.services(request),
            Page::Discover => self.discover(request),
            Page::Validate => Ok(validated(request.body.as_ref().unwrap_or(&Value::Null))),
        }
    }
}

impl Page {
    fn definition(self) -> EndpointDefinition {
        let flag = |name, description| Parameter {
            name,
            description,
            schema: json!({ "type": "boolean" }),
        };
        let text = |name, description| Parameter {
            name,
            description,
            schema: json!({ "type": "string" }),
        };
        let get = |path, summary| EndpointDefinition {
            method: Method::Get,
            path,
            summary,
            variables: Vec::new(),
            query: Vec::new(),
            body: None,
            answers: vec![form(JSON)],
            status: 200,
        };
        match self {
            Self::Toolset => EndpointDefinition {
                answers: vec![form(JSON), form(YAML)],
                ..get("/api/v1/toolset", "The toolset that HolmesGPT loads")
            },
            Self::Toolsets => {
                let mut page = get("/api/v1/toolsets", "The services of the toolset, one by one");
                page.query.extend([
                    flag("enabled", "Only those that a toolset is generated for, or not"),
                    flag("healthy", "Only those that answer as what they are, or do not"),
                ]);
                page
            }
            Self::OneToolset => EndpointDefinition {
                variables: vec![text("name", "Its name, or its type")],
                ..get("/api/v1/toolsets/{name}", "One service of the toolset")
            },
            Self::Services => {
                let mut page = get("/api/v1/services", "What was found in the cluster");
                page.query.extend([
                    text("namespace", "Only in this namespace"),
                    text("type", "Only of this type, such as prometheus"),
                    flag("healthy", "Only those that answer as what they are, or do not"),
                ]);
                page
            }
            Self::Discover => EndpointDefinition {
                method: Method::Post,
                status: 202,
                ..get("/api/v1/discover", "Have the cluster looked through anew")
            },
            Self::Validate => EndpointDefinition {
                method: Method::Post,
                body: Some(Arc::new(anything())),
                ..get(VALIDATE, "Whether a toolset would be loaded")
            },
        }
    }
}

fn form(media_type: &'static str) -> Representation {
    Representation { media_type, schema: anything() }
}

fn anything() -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), json!("object"))])
}

impl Door {
    /// Before everything was looked through once, nothing is told: a part of it would be taken for the whole.
    fn seen(&self, request: &Request) -> Result<Arc<Snapshot>, ToolError> {
        match self.discovery.survey(context(request))?.look() {
            Look::Whole(snapshot) => match snapshot.blindness() {
                Some(why) => Err(ToolError::Unavailable(why)),
                None => Ok(snapshot),
            },
            Look::Partly(_) => Err(not_yet(None)),
            Look::NotYet(why) => Err(not_yet(why)),
        }
    }

    /// The same that stands in the ConfigMap.
    async fn toolset(&self, request: &Request) -> Result<Response, ToolError> {
        let (document, _) = self.discovery.loaded(context(request), &*self.seen(request)?).await?;
        Ok(match request.accept.as_str() {
            YAML => Response::text(YAML, document.yaml()),
            _ => Response::json(&document.value()),
        })
    }

    /// As kubernaut's service told them.
    fn toolsets(&self, request: &Request) -> Result<Value, ToolError> {
        let snapshot = self.seen(request)?;
        let document = self.discovery.document(&snapshot);
        let health: BTreeMap<String, bool> =
            snapshot.found.iter().map(|it| (self.url(it), it.health.is_usable())).collect();
        let wanted = |name: &str, is: bool| {
            request.query.get(name).and_then(Value::as_bool).is_none_or(|it| it == is)
        };
        let mut toolsets = Vec::new();
        for tool in &document.tools {
            let enabled = tool.metadata.contains_key("toolset");
            let healthy = health.get(&tool.endpoint).copied().unwrap_or_default();
            if wanted("enabled", enabled) && wanted("healthy", healthy) {
                toolsets.push(json!({
                    "name": tool.name,
                    "type": tool.kind,
                    "enabled": enabled,
                    "healthy": healthy,
                    "serviceEndpoint": tool.endpoint,
                    "config": { "url": tool.endpoint },
                }));
            }
        }
        Ok(json!({ "total": toolsets.len(), "toolsets": toolsets }))
    }

    fn one_toolset(&self, request: &Request) -> Result<Response, ToolError> {
        let name = request.variables.get("name").map(String::as_str).unwrap_or_default();
        let toolsets = self.toolsets(request)?;
        let toolsets = toolsets.get("toolsets").and_then(Value::as_array);
        let mut toolsets = toolsets.into_iter().flatten();
        let found = toolsets.find(|it| {
            ["name", "type"].iter().any(|key| it.get(*key).and_then(Value::as_str) == Some(name))
        });
        found.map(Response::json).ok_or_else(|| {
            ToolError::NotFound("no such toolset: /api/v1/toolsets lists them".to_owned())
        })
    }

    fn services(&self, request: &Request) -> Result<Response, ToolError> {
        let snapshot = self.seen(request)?;
        let text = |name: &str| request.query.get(name).and_then(Value::as_str);
        let shown = snapshot.filtered(Filter {
            product: text("type"),
            namespace: text("namespace"),
            healthy: request.query.get("healthy").and_then(Value::as_bool),
        });
        Ok(Response::json(&listed(&shown, &snapshot, &self.discovery.settings.domain)))
    }

    /// Nobody is kept waiting: what comes of it is told by the other endpoints.
    fn discover(&self, request: &Request) -> Result<Response, ToolError> {
        let survey = self.discovery.survey(context(request))?.clone();
        tokio::spawn(async move { survey.refresh().await });
        Ok(Response::json(&json!({ "message": "the cluster is looked through anew" })))
    }

    fn url(&self, found: &Found) -> String {
        found.endpoint.url(&found.finding.place, &self.discovery.settings.domain)
    }
}

/// `None` is the current one.
fn context(request: &Request) -> Option<&str> {
    request.query.get("context").and_then(Value::as_str)
}

fn validated(document: &Value) -> Response {
    let errors: Vec<Value> = validate(document)
        .into_iter()
        .map(|it| json!({ "field": it.field, "message": it.message }))
        .collect();
    Response::json(&json!({ "valid": errors.is_empty(), "errors": errors }))
}

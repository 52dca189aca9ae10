//! What a program asks over plain HTTP, beside MCP: a method, a path, and a document for an answer.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use crate::{
    output::Part,
    resource::{Variables, match_template},
    tool::{Arguments, Checker, Definition, Session, ToolError},
};

/// What an endpoint does not change by being asked, as far as HTTP is concerned: a POST only carries a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What the world may know about an endpoint.
#[derive(Debug, Clone)]
pub struct EndpointDefinition {
    pub method: Method,
    /// Below `/api/v1`, such as `/api/v1/toolsets/{name}`; a variable stands for one path segment.
    pub path: &'static str,
    /// One line.
    pub summary: &'static str,
    /// A parameter for every variable of the path.
    pub variables: Vec<Parameter>,
    /// What may stand behind the question mark. Anything else is an error.
    pub query: Vec<Parameter>,
    /// The schema of the document, JSON or YAML, that has to be sent; none where nothing is.
    pub body: Option<Arc<Map<String, Value>>>,
    /// What is answered, in the order of preference: whoever accepts anything gets the first.
    pub answers: Vec<Representation>,
    /// The status of an answer that says nothing else.
    pub status: u16,
}

/// Something that can be given, and never has to be, except in a path.
#[derive(Debug, Clone)]
pub struct Parameter {
    pub name: &'static str,
    pub description: &'static str,
    /// A JSON schema: of a string, a boolean, an integer, or an array of strings.
    pub schema: Value,
}

/// One form of an answer.
#[derive(Debug, Clone)]
pub struct Representation {
    /// Such as `application/yaml`, without parameters.
    pub media_type: &'static str,
    /// Without references, as [`portable`](crate::tool::portable) makes it.
    pub schema: Map<String, Value>,
}

impl EndpointDefinition {
    /// The schema of all that may stand behind the question mark.
    fn query_schema(&self) -> Map<String, Value> {
        let properties = self.query.iter().map(|it| {
            let mut schema = it.schema.clone();
            if let Value::Object(schema) = &mut schema {
                schema.insert("description".to_owned(), it.description.into());
            }
            (it.name.to_owned(), schema)
        });
        let schema = [
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), Value::Object(properties.collect())),
            ("additionalProperties".to_owned(), json!(false)),
        ];
        schema.into_iter().collect()
    }
}

/// What is asked, checked against the definition before an endpoint sees it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub variables: Variables,
    /// What stands behind the question mark, each value as its schema has it.
    pub query: Arguments,
    /// The one of the definition's media types that the client likes best.
    pub accept: String,
    pub body: Option<Value>,
}

impl Request {
    /// What was given under that name, wherever it stands.
    pub fn given(&self, name: &str) -> Option<Value> {
        let variable = || self.variables.get(name).cloned().map(Value::String);
        let field = || self.body.as_ref()?.get(name).cloned();
        self.query.get(name).cloned().or_else(variable).or_else(field)
    }
}

/// What goes back. Its body is redacted as any text that leaves, and never cut: half a document is none.
#[derive(Debug, Clone)]
pub struct Response {
    pub(crate) head: Head,
    pub(crate) content: Part,
}

/// What a response says beside its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Another status than the one of the definition.
    pub status: Option<u16>,
    pub retry_after: Option<Duration>,
}

impl Response {
    /// A text in that media type, one of the definition's.
    pub fn text(media_type: &str, text: impl Into<String>) -> Self {
        Self { head: Head::default(), content: Part::resource("", media_type, text) }
    }

    pub fn json(value: &Value) -> Self {
        Self::text("application/json", value.to_string())
    }

    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.head.status = Some(status);
        self
    }

    /// When it is worth to ask again.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.head.retry_after = Some(pause);
        self
    }
}

/// Something that programs ask over plain HTTP. It looks, and changes nothing: what changes something is a tool.
#[async_trait]
pub trait Endpoint: Send + Sync {
    fn definition(&self) -> EndpointDefinition;

    /// The tools whose answers it gives: where a policy refuses one of them, the endpoint does not exist either.
    fn tools(&self) -> Vec<&Definition> {
        Vec::new()
    }

    async fn answer(&self, request: &Request, session: &Session) -> Result<Response, ToolError>;
}

/// An endpoint with its definition at hand. Cheap to clone.
#[derive(Clone)]
pub struct BoundEndpoint {
    pub definition: Arc<EndpointDefinition>,
    query: Arc<Checker>,
    body: Option<Arc<Checker>>,
    endpoint: Arc<dyn Endpoint>,
}

impl BoundEndpoint {
    pub fn new(endpoint: impl Endpoint + 'static) -> Self {
        let definition = Arc::new(endpoint.definition());
        let checker = |schema| Arc::new(Checker::new(definition.path, schema));
        Self {
            query: checker(Arc::new(definition.query_schema())),
            body: definition.body.clone().map(checker),
            endpoint: Arc::new(endpoint),
            definition,
        }
    }

    pub fn tools(&self) -> Vec<&Definition> {
        self.endpoint.tools()
    }

    /// The variables that make this endpoint's path that one, if they can.
    pub fn matches(&self, path: &str) -> Option<Variables> {
        match_template(self.definition.path, path)
    }

    /// Checks what is asked, all problems at once, and answers.
    pub async fn answer(
        &self,
        request: &Request,
        session: &Session,
    ) -> Result<Response, ToolError> {
        if let Some(tool) = self.tools().iter().find(|it| !it.effect.reads_only()) {
            return Err(ToolError::Refused(format!("{} changes things", tool.name)));
        }
        let mut problems = self.query.problems(&Value::Object(request.query.clone()));
        if let (Some(checker), Some(body)) = (&self.body, &request.body) {
            problems.extend(checker.problems(body));
        }
        if !problems.is_empty() {
            return Err(ToolError::InvalidArguments(problems));
        }
        self.endpoint.answer(request, session).await
    }
}

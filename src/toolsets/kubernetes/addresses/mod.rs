//! `k8s://…`: what of a cluster can be read by address, and listened to. An address is a call of a reading tool, so it shows
//! what the tool shows, and what is said of the tool is said of it.

mod logs;
mod objects;

/// Hearing of every new line that a pod writes.
pub(super) use self::logs::updates as log_updates;

use std::sync::Arc;

use async_trait::async_trait;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use super::{clients::Clients, completion::Completion};
use crate::{
    blank::Blank,
    output::Answer,
    resource::{BoundResource, Resource, ResourceDefinition, Updates, Variables},
    tool::{BoundTool, Definition, Session, ToolError},
};

/// An address, and the call behind it.
struct Address {
    template: &'static Template,
    tool: BoundTool,
    clients: Arc<Clients>,
    completion: Arc<Completion>,
}

struct Template {
    uri: &'static str,
    name: &'static str,
    title: &'static str,
    description: &'static str,
    tool: &'static str,
    call: fn(&Variables) -> Value,
    /// What of it is heard of when somebody listens.
    changes: Changing,
}

enum Changing {
    Objects,
    Logs,
}

const TEMPLATES: [Template; 5] = [
    Template {
        uri: "k8s://{context}/namespaces",
        name: "namespaces",
        title: "Namespaces",
        description: "The namespaces of a cluster.",
        tool: "kubectl_get",
        call: |of| json!({ "context": of.get("context"), "resource": "namespaces" }),
        changes: Changing::Objects,
    },
    Template {
        uri: "k8s://{context}/{kind}/{name}",
        name: "cluster-object",
        title: "Object without a namespace",
        description: "One object that is in no namespace, such as nodes/n1, as cleaned YAML.",
        tool: "kubectl_get",
        call: manifest,
        changes: Changing::Objects,
    },
    Template {
        uri: "k8s://{context}/{kind}/{namespace}/{name}",
        name: "object",
        title: "Object",
        description: "One object of any kind, as cleaned YAML.",
        tool: "kubectl_get",
        call: manifest,
        changes: Changing::Objects,
    },
    Template {
        uri: "k8s://{context}/logs/{namespace}/{pod}",
        name: "logs",
        title: "Logs of a pod",
        description: "The last lines of all containers of a pod.",
        tool: "kubectl_logs",
        call: log,
        changes: Changing::Logs,
    },
    Template {
        uri: "k8s://{context}/logs/{namespace}/{pod}/{container}",
        name: "container-logs",
        title: "Logs of a container",
        description: "The last lines of one container of a pod.",
        tool: "kubectl_logs",
        call: log,
        changes: Changing::Logs,
    },
];

fn manifest(of: &Variables) -> Value {
    json!({
        "context": of.get("context"),
        "resource": of.get("kind"),
        "namespace": of.get("namespace"),
        "name": of.get("name"),
        "output": "yaml",
    })
}

fn log(of: &Variables) -> Value {
    json!({
        "context": of.get("context"),
        "namespace": of.get("namespace"),
        "resource": of.get("pod").map(|it| format!("pod/{it}")),
        "container": of.get("container"),
    })
}

/// All of them, by the tools that they call.
pub(super) fn all(
    tools: &[BoundTool],
    clients: &Arc<Clients>,
    completion: &Arc<Completion>,
) -> Vec<BoundResource> {
    let address = |template: &'static Template| {
        let tool = tools.iter().find(|it| it.definition().name == template.tool)?.clone();
        let (clients, completion) = (Arc::clone(clients), Arc::clone(completion));
        Some(BoundResource::new(Address { template, tool, clients, completion }))
    };
    TEMPLATES.iter().filter_map(address).collect()
}

#[async_trait]
impl Resource for Address {
    fn definition(&self) -> ResourceDefinition {
        let Template { uri, name, title, description, .. } = *self.template;
        ResourceDefinition {
            uri: uri.to_owned(),
            name: name.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            mime_type: "text/plain".to_owned(),
        }
    }

    fn tools(&self) -> Vec<&Definition> {
        vec![self.tool.definition()]
    }

    async fn read(&self, variables: &Variables, session: &Session) -> Result<Answer, ToolError> {
        self.check(variables, session).await?;
        let Value::Object(arguments) = (self.template.call)(variables) else {
            return Err(ToolError::Failed("an address without arguments".to_owned()));
        };
        self.tool.look(&arguments, session).await
    }

    async fn updates(
        &self,
        variables: &Variables,
        session: &Session,
    ) -> Result<Updates, ToolError> {
        let clients = Arc::clone(&self.clients);
        match self.template.changes {
            Changing::Objects => {
                self.check(variables, session).await?;
                objects::updates(clients, variables, session).await
            }
            Changing::Logs => {
                // To follow one is another matter than to find its pod, and may be forbidden.
                self.read(variables, session).await?;
                logs::updates(clients, variables, session).await
            }
        }
    }

    async fn complete(&self, variable: &Blank, session: &Session) -> Vec<String> {
        let decoded = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
        let filled = variable.filled.iter().map(|(name, value)| (name.clone(), decoded(value)));
        let plain = Blank {
            name: variable.name.clone(),
            prefix: decoded(&variable.prefix),
            filled: filled.collect(),
        };
        let values = self.completion.values(&plain, session).await;
        values.iter().map(|it| utf8_percent_encode(it, SEGMENT).to_string()).collect()
    }
}

/// What cannot stand in one segment of an address.
const SEGMENT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'/').add(b'?').add(b'#').add(b'%').add(b'{').add(b'}').add(b'"');

impl Address {
    /// An address is that of one thing, and an object that is in a namespace has it in its address: no default would be seen there.
    async fn check(&self, variables: &Variables, session: &Session) -> Result<(), ToolError> {
        one_each(variables)?;
        let (kind, namespace) = (variable(variables, "kind"), variable(variables, "namespace"));
        let (Some(kind), None) = (kind, namespace) else { return Ok(()) };
        let context = variable(variables, "context");
        let cluster = self.clients.cluster(context, session).await?;
        let resource = cluster.before(session.deadline(), cluster.resource(kind)).await?;
        if !resource.namespaced {
            return Ok(());
        }
        let (context, plural) = (context.unwrap_or("CONTEXT"), resource.full_name());
        Err(ToolError::invalid(format!(
            "{plural} are in namespaces: k8s://{context}/{plural}/NAMESPACE/NAME"
        )))
    }
}

fn variable<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.get(name).map(String::as_str)
}

/// Arguments of tools may hold several names; an address is that of one thing.
fn one_each(variables: &Variables) -> Result<(), ToolError> {
    let several = variables.iter().filter(|it| it.0 != "context" && it.1.contains([',', ' ', '/']));
    let problems: Vec<String> =
        several.map(|(name, value)| format!("`{name}`: {value:?} is not one name")).collect();
    if problems.is_empty() { Ok(()) } else { Err(ToolError::InvalidArguments(problems)) }
}

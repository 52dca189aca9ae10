//! An API server for tests, behind a real socket, and a kubeconfig that leads to it.

mod api_server;

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::Router;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use self::api_server::{ApiServer, Shared};
use super::{Clients, Kubernetes, Settings};
use crate::{
    k8s::Limits,
    output::{Answer, Redactor, Style},
    tool::{BoundTool, Session, ToolError},
    toolsets::Toolset,
};

/// A cluster with a kubeconfig of one context, `test`, whose namespace is `shop`.
pub(crate) struct World {
    pub(crate) server: Shared,
    pub(crate) directory: TempDir,
    pub(crate) url: String,
}

impl World {
    pub(crate) async fn new(server: ApiServer) -> Self {
        let server = Arc::new(Mutex::new(server));
        let router = Router::new().fallback(api_server::answer).with_state(Arc::clone(&server));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let world = Self { server, directory: TempDir::new().unwrap(), url };
        world.write("config", &kubeconfig(&world.url));
        world
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.directory.path(), name)
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings { kubeconfig: Some(self.path("config")), ..Settings::default() }
    }

    pub(crate) fn clients(&self) -> Clients {
        Clients::new(self.settings()).unwrap()
    }

    /// What a call answers, or the error that it ends with.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> String {
        self.call_within(tool, arguments, Limits::default()).await
    }

    pub(crate) async fn call_within(&self, tool: &str, arguments: Value, limits: Limits) -> String {
        self.call_with(Settings { limits, ..self.settings() }, tool, arguments).await
    }

    pub(crate) async fn call_with(
        &self,
        settings: Settings,
        tool: &str,
        arguments: Value,
    ) -> String {
        rendered(settings, tool, &arguments, 100_000).await
    }

    pub(crate) async fn call_to_fit(&self, tool: &str, arguments: Value, budget: usize) -> String {
        rendered(self.settings(), tool, &arguments, budget).await
    }

    /// The lines of a page, and the cursor that goes on.
    pub(crate) async fn page(&self, arguments: Value) -> (Vec<String>, Option<String>) {
        let kubernetes = Kubernetes::new(self.settings()).unwrap();
        let tools = kubernetes.tools();
        let tool = tools.iter().find(|it| it.definition().name == "kubectl_get").unwrap();
        let answer = run(tool, &arguments, &Session::detached()).await.unwrap();
        let debug = format!("{answer:?}");
        let cursor = debug.split_once("cursor: Some(\"").and_then(|it| it.1.split_once('"'));
        let cursor = cursor.map(|it| it.0.to_owned());
        let style = Style { budget: 100_000, redactor: Redactor::new(), fence: None };
        (answer.render(&style).text.lines().map(str::to_owned).collect(), cursor)
    }

    /// The requests since the last time, without discovery.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.server.lock().unwrap().requests);
        requests.into_iter().filter(|it| !it.ends_with("/api") && !it.ends_with("/apis")).collect()
    }
}

/// What changes something is approved here.
async fn run(tool: &BoundTool, arguments: &Value, session: &Session) -> Result<Answer, ToolError> {
    let prepared = tool.prepare(arguments.as_object().unwrap(), session).await?;
    prepared.carry_out(session).await
}

async fn rendered(settings: Settings, tool: &str, arguments: &Value, budget: usize) -> String {
    let kubernetes = Kubernetes::new(settings).unwrap();
    let tools = kubernetes.tools();
    let tool = tools.iter().find(|it| it.definition().name == tool).unwrap();
    let session = Session::detached().until(Instant::now() + Duration::from_secs(30));
    match run(tool, arguments, &session).await {
        Ok(answer) => {
            let fence = Some("f3nc3".to_owned());
            let style = Style { budget, redactor: Redactor::new(), fence };
            answer.render(&style).text.trim().to_owned()
        }
        Err(error) => error.to_string(),
    }
}

pub(crate) fn kubeconfig(url: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\n\
         users: [{{name: jane, user: {{token: s3cr3t}}}}]\n\
         contexts: [{{name: test, context: {{cluster: c, user: jane, namespace: shop}}}}]\n"
    )
}

/// `pod("shop", "web-1", "Running")`
pub(crate) fn pod(namespace: &str, name: &str, phase: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name.split('-').next()}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": format!("{name}:1")}]},
        "status": {"phase": phase},
    })
}

pub(crate) fn object(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = namespace.into();
    }
    object
}

/// The text of the error that getting a cluster ends with.
pub(crate) async fn no_cluster(clients: &Clients, context: Option<&str>) -> String {
    let outcome: Result<_, ToolError> = clients.cluster(context, &Session::detached()).await;
    outcome.map_or_else(|error| error.to_string(), |it| it.identity.context.clone())
}

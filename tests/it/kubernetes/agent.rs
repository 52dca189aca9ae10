use std::{cmp::Reverse, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tacklebox::{
    k8s::{Environment, Limits, Settings},
    output::Style,
    policy::{Deadline, Policy, Stack},
    registry::{Registry, Rhythm},
    server::Mcp,
    toolsets::{Toolset, kubernetes::Kubernetes},
};
use tokio::task::JoinHandle;

use crate::world::{Client, World, initialize, style};

/// An agent, and the server between it and its clusters. Nothing of this machine's environment is read.
pub struct Agent {
    pub client: Client,
    /// What differs from run to run, and what the test calls it.
    names: Vec<(String, String)>,
    server: World,
    _served: JoinHandle<std::io::Result<()>>,
}

/// What a person was asked on behalf of a call.
pub struct Question {
    call: u64,
    id: Value,
}

/// A server in the making.
#[must_use = "a server is started by `agent`"]
pub struct Setup {
    settings: Settings,
    call_timeout: Duration,
    rhythm: Rhythm,
    policies: Vec<Box<dyn Policy>>,
    has_person: bool,
}

/// An agent whose server uses this kubeconfig.
pub async fn agent(kubeconfig: &Path) -> Agent {
    Setup::of(kubeconfig).agent().await
}

impl Setup {
    pub fn of(kubeconfig: &Path) -> Self {
        let kubeconfig = Some(kubeconfig.to_owned());
        Self::with(Settings { kubeconfig, ..Settings::default() })
    }

    /// Without a kubeconfig of its own: what the environment says counts.
    pub fn in_environment(environment: Environment) -> Self {
        Self::with(Settings { environment, ..Settings::default() })
    }

    fn with(settings: Settings) -> Self {
        let call_timeout = Duration::from_secs(10);
        let (rhythm, policies) = (Rhythm::default(), Vec::new());
        Self { settings, call_timeout, rhythm, policies, has_person: false }
    }

    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    pub fn contexts(mut self, globs: &[&str]) -> Self {
        self.settings.contexts = globs.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    /// The cluster is asked in the name of whoever calls.
    pub fn impersonating(mut self) -> Self {
        self.settings.impersonates = true;
        self
    }

    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// Asks the cluster how it is so often that a test need not wait for it.
    pub fn watchful(mut self) -> Self {
        self.rhythm = Rhythm {
            limit: Duration::from_secs(3),
            steady: Duration::from_millis(100),
            hurried: Duration::from_millis(50),
        };
        self
    }

    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policies.push(Box::new(policy));
        self
    }

    /// There is a person whom the client can ask.
    pub fn with_person(mut self) -> Self {
        self.has_person = true;
        self
    }

    /// The toolset and the policies, for a server or for a reload of one.
    pub fn parts(self) -> (Vec<Arc<dyn Toolset>>, Stack, Rhythm) {
        let Self { settings, call_timeout, rhythm, policies, .. } = self;
        let deadline = Deadline::new(call_timeout, Vec::new());
        let deadline: Vec<Box<dyn Policy>> = vec![Box::new(deadline)];
        let style = Style { fence: Some("f3nc3".to_owned()), ..style() };
        let stack = Stack::new(deadline.into_iter().chain(policies).collect(), style);
        (vec![Arc::new(Kubernetes::new(settings).unwrap())], stack, rhythm)
    }

    /// A server before anybody has come to its door.
    pub fn server(self) -> World {
        let (toolsets, stack, rhythm) = self.parts();
        let registry = Registry::new(toolsets, stack, rhythm).unwrap();
        World { mcp: Mcp::new(registry.clone(), &[7; 32]), registry }
    }

    pub async fn agent(self) -> Agent {
        let has_person = self.has_person;
        let server = self.server();
        let (mut client, served) = server.stdio();
        let mut hello = initialize();
        if has_person {
            hello["capabilities"] = json!({ "elicitation": {} });
        }
        client.request("initialize", hello).await;
        client.notify("notifications/initialized", json!({})).await;
        Agent { client, names: Vec::new(), server, _served: served }
    }
}

impl Agent {
    /// Answers call `actual` by this name from now on.
    pub fn calling(mut self, actual: &str, name: &str) -> Self {
        self.names.push((actual.to_owned(), name.to_owned()));
        // `shop-12` is not `shop-1` and a 2.
        self.names.sort_by_key(|(actual, _)| Reverse(actual.len()));
        self
    }

    pub async fn get(&mut self, arguments: Value) -> String {
        self.call("kubectl_get", arguments).await
    }

    /// Ends the server, after which everything is recorded.
    pub async fn end(self) {
        self.server.registry.shutdown().await;
    }

    /// What the agent reads. An error must be marked as one, and nothing else may be.
    pub async fn call(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.client.call(tool, arguments).await;
        self.read(&answer)
    }

    /// Calls and does not wait for the answer; gives the id of the call, which is under way by then.
    pub async fn send(&mut self, tool: &str, arguments: Value) -> u64 {
        let params = json!({ "name": tool, "arguments": arguments });
        let call = self.client.send("tools/call", params).await;
        self.client.request("ping", json!({})).await;
        call
    }

    /// Calls what a person is asked about; gives what they read, and the question to answer.
    pub async fn ask(&mut self, tool: &str, arguments: Value) -> (String, Question) {
        let params = json!({ "name": tool, "arguments": arguments });
        let call = self.client.send("tools/call", params).await;
        let asked = self.client.receive().await;
        assert_eq!(asked["method"], "elicitation/create", "{asked}");
        let text = self.renamed(asked["params"]["message"].as_str().unwrap());
        (text, Question { call, id: asked["id"].clone() })
    }

    /// The person says yes; gives what the call answers.
    pub async fn say_yes(&mut self, question: &Question) -> String {
        let yes = json!({ "action": "accept", "content": { "confirm": true } });
        let reply = json!({ "jsonrpc": "2.0", "id": question.id, "result": yes });
        self.client.write(&reply.to_string()).await;
        let answer = self.client.receive_until(|it| it["id"] == question.call).await;
        self.read(&answer)
    }

    /// What the call answers, once the server has also said that there are other tools, in whatever order.
    pub async fn answer_and_change_of_tools(&mut self, call: u64) -> String {
        let (mut answer, mut changed) = (None, false);
        loop {
            let message = self.client.receive().await;
            changed |= is_change_of_tools(&message);
            if message["id"] == call {
                answer = Some(self.read(&message));
            }
            match &answer {
                Some(answer) if changed => return answer.clone(),
                _ => {}
            }
        }
    }

    fn read(&self, answer: &Value) -> String {
        let text = answer["result"]["content"][0]["text"].as_str();
        let text = text.unwrap_or_else(|| panic!("no text in {answer}"));
        assert_eq!(answer["result"]["isError"] == true, is_error(text), "{answer}");
        self.renamed(text)
    }

    pub fn renamed(&self, text: &str) -> String {
        let names = self.names.iter();
        names.fold(text.to_owned(), |text, (actual, name)| text.replace(actual, name))
    }

    /// The lines of a page, without the one that says how to go on, and the cursor in it.
    pub async fn page(&mut self, arguments: Value) -> (Vec<String>, Option<String>) {
        let text = self.get(arguments).await;
        let cursor = text.rsplit_once("cursor=").map(|it| it.1.trim().to_owned());
        let lines = text.lines().filter(|it| !it.starts_with("showing "));
        (lines.map(str::to_owned).collect(), cursor)
    }

    pub async fn tool_names(&mut self) -> Vec<String> {
        self.client.tool_names().await
    }

    /// Waits until the server says that there are other tools than before.
    pub async fn until_tools_change(&mut self) {
        self.client.receive_until(is_change_of_tools).await;
    }

    /// How the toolset is, and why.
    pub async fn health(&mut self) -> String {
        let uri = json!({ "uri": "tacklebox://toolsets" });
        let answer = self.client.request("resources/read", uri).await;
        let text = answer["result"]["contents"][0]["text"].as_str().unwrap();
        let report: Value = serde_json::from_str(text).unwrap();
        let toolset = &report["toolsets"][0];
        let word = |key: &str| toolset[key].as_str().unwrap_or_default().to_owned();
        self.renamed(&format!("{}: {}", word("state"), word("reason")))
    }
}

fn is_change_of_tools(message: &Value) -> bool {
    message["method"] == "notifications/tools/list_changed"
}

fn is_error(text: &str) -> bool {
    const BEGINNINGS: [&str; 9] = [
        "invalid arguments:",
        "refused: ",
        "not found: ",
        "conflict: ",
        "unavailable: ",
        "busy: ",
        "no answer within ",
        "failed: ",
        "the client ",
    ];
    let begins = BEGINNINGS.iter().any(|it| text.starts_with(it));
    // A table may follow what is missing of it.
    begins && (text.starts_with("invalid arguments:") || !text.contains('\n'))
}

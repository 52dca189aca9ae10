//! The program itself, with discovery and nothing else, on a cluster of the test.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::town::Town;
use crate::world::{Running, bare};

/// A folder with a configuration in which the program is started.
pub struct Site {
    folder: TempDir,
    /// What differs from run to run, and what the test calls it.
    names: Vec<(String, String)>,
}

impl Site {
    /// `settings` are those of the toolset, in YAML; more of the file may follow them.
    pub fn new(kubeconfig: &Path, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "toolsets:\n  kubernetes: {{enabled: false, kubeconfig: {}}}\n  local: {{enabled: false}}\n  \
             discovery: {{enabled: true, domain: svc, {settings}}}\nserver: {{metrics: null, tokens: TOKENS}}\n",
            kubeconfig.display()
        );
        let site = Self { folder, names: Vec::new() };
        site.write("tacklebox.yml", &config.replace("TOKENS", "[{name: holmes, file: token}]"));
        site.write("token", "s3cret");
        site
    }

    /// One that asks directly, and has all the time it needs.
    pub fn in_town(town: &Town) -> Self {
        let settings = format!(
            "probe: {{via: direct, timeout: 20s}}, publish: {{namespace: {}}}",
            town.namespace.name()
        );
        Self::new(town.cluster.kubeconfig(), &settings).calling(town.namespace.name(), "town")
    }

    pub fn calling(mut self, actual: &str, name: &str) -> Self {
        self.names.push((actual.to_owned(), name.to_owned()));
        self
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(&self.folder);
        command.args(arguments);
        command
    }

    /// What a command prints, and whether it ends well.
    pub fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let said = [stdout, stderr].map(|it| String::from_utf8(it).unwrap()).concat();
        format!("{}\n{}", status.code().unwrap_or(-1), self.renamed(said.trim_end()))
    }

    /// A session over stdio.
    pub fn talk(&self) -> Talk<'_> {
        let running = Running::start(&mut self.command(&[]));
        Talk { site: self, running, last: 10, heard: false }
    }

    /// The program with an HTTP door, and where that is.
    pub fn listen(&self) -> (Running, String) {
        let mut running = Running::spawn(&mut self.command(&["serve", "--http", "127.0.0.1:0"]));
        let line = running.wait_for_log("serves MCP at");
        let url = line.split_whitespace().last().unwrap().trim_end_matches("/mcp").to_owned();
        (running, url)
    }

    pub fn renamed(&self, text: &str) -> String {
        let names = self.names.iter();
        let text = names.fold(text.to_owned(), |text, (actual, name)| text.replace(actual, name));
        without_fence(&text)
    }
}

/// The word of the fence is another one in every session.
fn without_fence(text: &str) -> String {
    const BEGINNING: &str = "<untrusted-";
    let Some(at) = text.find(BEGINNING) else { return text.to_owned() };
    let word = text[at + BEGINNING.len()..].split('>').next().unwrap();
    text.replace(word, "f3nc3")
}

/// A client of the program. It keeps in mind that it has heard of a change.
pub struct Talk<'a> {
    site: &'a Site,
    running: Running,
    last: u64,
    heard: bool,
}

impl Talk<'_> {
    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.running
            .send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.running.receive();
            self.heard |= is_update(&message);
            if message["id"] == id {
                return message;
            }
        }
    }

    pub fn call(&mut self, tool: &str, arguments: Value) -> String {
        let params =
            Map::from_iter([("name".to_owned(), tool.into()), ("arguments".to_owned(), arguments)]);
        let answer = self.request("tools/call", &Value::Object(params));
        let text = answer["result"]["content"][0]["text"].as_str();
        self.site.renamed(text.unwrap_or_else(|| panic!("no text in {answer}")))
    }

    pub fn services(&mut self) -> String {
        self.call("discover_services", json!({}))
    }

    pub fn read(&mut self, uri: &str) -> String {
        let answer = self.request("resources/read", &json!({ "uri": uri }));
        self.site.renamed(answer["result"]["contents"][0]["text"].as_str().unwrap())
    }

    pub fn subscribe(&mut self, uri: &str) {
        let answer = self.request("resources/subscribe", &json!({ "uri": uri }));
        assert!(answer["error"].is_null(), "{answer}");
    }

    /// Looks after every change that it hears of until it sees this. It must be subscribed.
    pub fn until(&mut self, is_seen: impl Fn(&str) -> bool) -> String {
        loop {
            self.heard = false;
            let seen = self.services();
            if is_seen(&seen) {
                return seen;
            }
            while !self.heard {
                self.heard = is_update(&self.running.receive());
            }
        }
    }

    /// Asks everything anew until it sees this.
    pub fn refresh_until(&mut self, is_seen: impl Fn(&str) -> bool) -> String {
        loop {
            let seen = self.call("discover_services", json!({ "refresh": true }));
            if is_seen(&seen) {
                return seen;
            }
        }
    }

    /// How the toolset is, and why.
    pub fn health(&mut self) -> String {
        let report: Value = serde_json::from_str(&self.read("tacklebox://toolsets")).unwrap();
        let toolset = &report["toolsets"][0];
        let word = |key: &str| toolset[key].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", word("state"), word("reason"))
    }

    pub fn end(self) {
        assert_eq!(self.running.end(), Some(0));
    }
}

fn is_update(message: &Value) -> bool {
    message["method"] == "notifications/resources/updated"
}

//! The built program as a client starts it, and everything that it ever says.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::ask::Ask;
use crate::world::{Running, bare};

pub struct Door {
    running: Running,
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
    /// A call or the name of a file, and all that came of it.
    pub said: Vec<(String, String)>,
    /// Answers that did not show what they should have shown.
    pub misses: Vec<String>,
    last: u64,
}

/// Fewer than the server lets one caller have under way.
const AT_ONCE: usize = 24;

impl Door {
    /// With a log of everything, a record of every call, and notifications of all levels; `more` is configuration,
    /// of `policy` where it is indented.
    pub fn open(kubeconfig: &Path, more: &str, environment: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "toolsets: {{kubernetes: {{kubeconfig: {}}}}}\nlog: {{level: trace}}\npolicy:\n  audit: {{file: {}}}\n  output_tokens: 64000\n{more}",
            kubeconfig.display(),
            record(&folder).display(),
        );
        std::fs::write(folder.path().join("tacklebox.yml"), config).unwrap();
        let own = |it: &(&'static str, &str)| (it.0, it.1.to_owned());
        let environment: Vec<_> = environment.iter().map(own).collect();
        let running = Running::start(bare(&folder).envs(environment.clone()));
        let (said, misses) = (Vec::new(), Vec::new());
        let mut door = Self { running, folder, environment, said, misses, last: 100 };
        door.request("logging/setLevel", &json!({"level": "debug"}));
        door
    }

    /// Anything but a call of a tool.
    pub fn request(&mut self, method: &'static str, params: &Value) {
        let ask = Ask {
            method,
            params: params.clone(),
            shows: vec!["result".to_owned()],
            fails: false,
            anyhow: false,
        };
        self.ask_all(&[ask]);
    }

    /// Asks all of it, many at a time; what the answers are to show is checked.
    pub fn ask_all(&mut self, asks: &[Ask]) -> Vec<Value> {
        asks.chunks(AT_ONCE).flat_map(|it| self.ask_at_once(it)).collect()
    }

    /// The same, whether they succeed or not.
    pub fn ask_anyhow(&mut self, asks: &[Ask]) -> Vec<Value> {
        let misses = self.misses.len();
        let answers = self.ask_all(asks);
        self.misses.truncate(misses);
        answers
    }

    fn ask_at_once(&mut self, asks: &[Ask]) -> Vec<Value> {
        let first = self.last + 1;
        let mut answers = vec![None; asks.len()];
        for ask in asks {
            let id = self.send(ask.method, ask.params.clone());
            assert_eq!(id, self.last);
        }
        while answers.iter().any(Option::is_none) {
            let message = self.running.receive();
            let id = message["id"].as_u64().or_else(|| message["params"]["progressToken"].as_u64());
            let index = id.and_then(|it| usize::try_from(it.checked_sub(first)?).ok());
            let asked = index.map_or_else(String::new, |it| asks[it].params.to_string());
            self.said.push((asked, with_unpacked(message.to_string())));
            if let Some(index) = index.filter(|_| !message["id"].is_null()) {
                self.misses.extend(asks[index].misses(&message));
                answers[index] = Some(message);
            }
        }
        answers.into_iter().flatten().collect()
    }

    pub fn ask(&mut self, ask: &Ask) -> String {
        let answer = self.ask_at_once(std::slice::from_ref(ask)).remove(0);
        answer["result"]["content"][0]["text"].as_str().unwrap().to_owned()
    }

    fn send(&mut self, method: &str, mut params: Value) -> u64 {
        self.last += 1;
        let id = self.last;
        params["_meta"]["progressToken"] = json!(id);
        self.running.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// What the same program says as a command.
    pub fn command(&mut self, arguments: &[&str]) -> String {
        let output =
            bare(&self.folder).envs(self.environment.clone()).args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        self.said.push((format!("tacklebox {}", arguments.join(" ")), said.clone()));
        said
    }

    /// Ends it; also what it wrote beside its answers was said.
    pub fn close(self) -> Vec<(String, String)> {
        let Self { running, folder, mut said, .. } = self;
        let log = running.end_with_log();
        assert!(log.contains("toolset is ready"), "{log}");
        said.push(("stderr".to_owned(), log));
        let record = std::fs::read_to_string(record(&folder)).unwrap();
        assert!(record.lines().count() > 1);
        said.push(("policy.audit.file".to_owned(), record));
        said
    }
}

/// What is in gzip, in base64, is there to be read as well.
fn with_unpacked(mut text: String) -> String {
    let packed: Vec<String> =
        text.match_indices("H4sI").map(|(place, _)| unpacked(&text[place..])).collect();
    text.extend(packed);
    text
}

fn unpacked(text: &str) -> String {
    let end = text.find(|it: char| !(it.is_ascii_alphanumeric() || "+/".contains(it)));
    let bytes =
        BASE64_STANDARD_NO_PAD.decode(&text[..end.unwrap_or(text.len())]).unwrap_or_default();
    let mut plain = Vec::new();
    let _torn = GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain);
    String::from_utf8_lossy(&plain).into_owned()
}

fn record(folder: &TempDir) -> PathBuf {
    folder.path().join("audit.jsonl")
}

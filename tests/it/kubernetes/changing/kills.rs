//! Killed in the middle: the server, and the API server, at twenty moments of an apply of fifty documents. Nothing is left half
//! said: what the answer tells is so, or the record tells that it was begun, and a second apply finishes it.

use std::{collections::BTreeSet, path::Path, time::Duration};

use regex::Regex;
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Component, Namespace, Proxy};
use tempfile::TempDir;

use super::Setup;
use crate::world::{Running, bare};

const DOCUMENTS: usize = 50;

/// After so many writes; taken at random once.
const MOMENTS: [usize; 10] = [1, 4, 9, 13, 18, 23, 29, 34, 41, 47];

fn manifest() -> String {
    let document = |it| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings-{it:02}}}\ndata: {{key: value}}\n"
        )
    };
    (1..=DOCUMENTS).map(document).collect::<Vec<_>>().join("---\n")
}

/// A way to the API server that is slow enough to be killed on.
async fn slowly(cluster: &Cluster) -> Proxy {
    let proxy = cluster.proxy().await.unwrap();
    proxy.slow(Duration::from_millis(15)).await;
    proxy
}

/// A call whose progress is told.
fn heard(namespace: &Namespace) -> Value {
    let arguments = json!({ "manifest": manifest(), "namespace": namespace.name() });
    json!({ "name": "kubectl_apply", "arguments": arguments, "_meta": { "progressToken": 1 } })
}

/// Whether so many are told to be applied.
fn is_at(message: &Value, moment: usize) -> bool {
    message["params"]["progress"]
        .as_f64()
        .is_some_and(|it| it.to_string().parse::<usize>().is_ok_and(|it| it >= moment))
}

/// The names of what is there.
async fn there(namespace: &Namespace) -> BTreeSet<String> {
    let listed = namespace.kubectl(&["get", "configmaps", "--output=name"]).await.unwrap();
    names(&listed)
}

fn names(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"settings-\d\d").unwrap();
    name.find_iter(text).map(|it| it.as_str().to_owned()).collect()
}

fn configured(kubeconfig: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "toolsets: {{kubernetes: {{kubeconfig: {}}}}}\npolicy: {{audit: {{file: {}}}}}\n",
        kubeconfig.display(),
        folder.path().join("audit").display(),
    );
    std::fs::write(folder.path().join("tacklebox.yml"), config).unwrap();
    folder
}

/// The lines of the record about changes.
fn record(folder: &TempDir) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.path().join("audit")).unwrap();
    let lines = text.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
    lines.filter(|it| it["name"] == "kubectl_apply").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_leaves_word_of_what_it_had_begun_and_a_second_apply_finishes_it() {
    let cluster = Cluster::shared().await;
    let slow = slowly(&cluster).await;
    for moment in MOMENTS {
        let namespace = cluster.namespace("killed").await.unwrap();
        let folder = configured(slow.kubeconfig());
        let mut running = Running::start(&mut bare(&folder));
        let call = heard(&namespace);
        running.send(&json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call }));
        while !is_at(&running.receive(), moment) {}
        running.signal("-KILL");
        assert_eq!(running.wait(), None);

        let lines = record(&folder);
        let begun = &lines[0];
        assert_eq!((&begun["outcome"], &begun["affected"]), (&json!("begun"), &json!(DOCUMENTS)));
        let told = names(&begun["objects"].to_string());
        let before = there(&namespace).await;
        assert!((moment..=DOCUMENTS).contains(&before.len()), "{moment}: {before:?}");
        assert!(before.is_subset(&told), "{before:?}");

        let mut running = Running::start(&mut bare(&folder));
        let answer = running.request("tools/call", &call);
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        assert_eq!(there(&namespace).await.len(), DOCUMENTS);
        let last = record(&folder).pop().unwrap();
        assert_eq!(last["outcome"], "ok");
        println!(
            "killed after {moment} writes: {} objects, then {} more",
            before.len(),
            last["changed"]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_api_server_dies_in_the_middle_the_answer_tells_what_was_applied_and_a_second_apply_finishes_it()
 {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let slow = slowly(&cluster).await;
    for moment in MOMENTS {
        let namespace = cluster.namespace("dead").await.unwrap();
        let setup = Setup::of(slow.kubeconfig()).call_timeout(Duration::from_mins(2));
        let mut agent = setup.agent().await;
        let id = agent.client.send("tools/call", heard(&namespace)).await;
        agent.client.receive_until(|it| is_at(it, moment)).await;
        cluster.kill(Component::ApiServer).await.unwrap();
        let answer = agent.client.receive_until(|it| it["id"] == id).await;
        let answer = answer["result"]["content"][0]["text"].as_str().unwrap();
        cluster.restart(Component::ApiServer).await.unwrap();
        let there_now = there(&namespace).await;
        println!("{moment}: {} objects: {answer:.300}", there_now.len());
        if answer.starts_with("unavailable: ") {
            let part = |from: &str| {
                let rest = answer.split(&format!("; {from}: ")).nth(1).unwrap_or_default();
                names(rest.split("; ").next().unwrap())
            };
            let (applied, perhaps, not) =
                (part("applied"), part("perhaps applied"), part("not applied"));
            assert!(applied.is_subset(&there_now), "{answer}");
            assert!(not.is_disjoint(&there_now), "{answer}");
            let all = applied.len() + perhaps.len() + not.len();
            assert_eq!(all, DOCUMENTS, "{answer}");
        } else {
            // It was faster than the kill.
            assert_eq!(there_now.len(), DOCUMENTS, "{answer}");
        }
        let again = agent.client.request("tools/call", heard(&namespace)).await;
        assert_eq!(again["result"]["isError"], false, "{again}");
        assert_eq!(there(&namespace).await.len(), DOCUMENTS);
    }
}

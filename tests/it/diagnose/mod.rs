//! `kubernetes_diagnose` on a real control plane: faults are planted, each in a namespace of its own, and the first
//! finding must be the root of the fault.

mod bounds;
mod fault;
mod faults;
mod manifests;
mod table;

use std::path::Path;

use rmcp::{ServiceExt, model::CallToolRequestParams, transport::TokioChildProcess};
use serde_json::{Value, json};
use tacklebox::output::tokens;
use tacklebox_cluster::Cluster;
use tempfile::TempDir;

use self::{
    fault::{Fault, Planted},
    table::{Row, print},
};
use crate::world::bare;

type Client = rmcp::service::RunningService<rmcp::RoleClient, ()>;

/// Those whose root does not come first, and what does.
const KNOWN: [(&str, &str); 1] = [
    // Nothing in the cluster's objects says that web needs the database.
    (
        "nothing says that web needs the database, asked about web",
        "deploy/web: container app runs and is not ready: its readiness probe fails",
    ),
];
/// The value of a Secret that one fault has.
const SECRET: &str = "correct-horse-battery-staple";
/// The most requests that one question costs.
const MOST_REQUESTS: usize = 20;

#[tokio::test]
async fn the_first_finding_is_the_root_of_the_fault_that_was_planted() {
    let cluster = Cluster::start().await.unwrap();
    fault::prepare(&cluster).await.unwrap();
    let faults = faults::all();
    let planted = futures::future::join_all(faults.iter().map(|it| it.plant(&cluster))).await;
    let folder = tempfile::tempdir().unwrap();
    let client = connect(&folder, cluster.kubeconfig()).await;
    let mut rows = Vec::new();
    for (fault, planted) in faults.iter().zip(planted) {
        rows.push(match planted {
            Ok(planted) => ask(&client, &cluster, fault, &planted).await,
            Err(error) => Row::unplanted(fault.name, &error),
        });
    }
    client.cancel().await.unwrap();
    print(&rows);
    let wrong: Vec<String> =
        rows.iter().filter(|it| !is_as_told(it)).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "the root is not first:\n{}", wrong.join("\n"));
    assert!(rows.iter().all(|it| !it.answer.contains(SECRET)));
    assert!(rows.iter().all(|it| it.calls <= MOST_REQUESTS));
    assert!(rows.iter().all(|it| it.tokens <= 700));
}

/// The root first, or the other thing that is known to come first.
fn is_as_told(row: &Row) -> bool {
    let known = KNOWN.iter().find(|it| it.0 == row.fault);
    known.map_or(row.is_root, |it| row.first.contains(it.1))
}

async fn connect(folder: &TempDir, kubeconfig: &Path) -> Client {
    let mut command = bare(folder);
    command.arg("--kubeconfig").arg(kubeconfig);
    let process = TokioChildProcess::new(tokio::process::Command::from(command)).unwrap();
    let client = ().serve(process).await.unwrap();
    // What the cluster serves is asked for once.
    call(&client, "kubectl_get", json!({"resource": "namespaces", "output": "name"})).await;
    client
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> String {
    let arguments = arguments.as_object().cloned().unwrap();
    let call = CallToolRequestParams::new(tool).with_arguments(arguments);
    let result = client.call_tool(call).await.unwrap();
    result.content[0].as_text().unwrap().text.clone()
}

/// The call that an answer proposes is one that can be made.
async fn follow(client: &Client, step: &str) {
    let (tool, arguments) = step.split_once(' ').unwrap();
    let known = client.list_all_tools().await.unwrap();
    let Some(tool) = known.into_iter().find(|it| it.name == tool) else { return };
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    let arguments = arguments.as_object().cloned().unwrap();
    let call = CallToolRequestParams::new(tool.name).with_arguments(arguments);
    let result = client.call_tool(call).await.unwrap();
    let answer = &result.content[0].as_text().unwrap().text;
    assert!(!answer.starts_with("invalid arguments"), "{step}:\n{answer}");
}

async fn ask(client: &Client, cluster: &Cluster, fault: &Fault, planted: &Planted) -> Row {
    let mut arguments = json!({});
    if let Some(resource) = planted.resource(fault) {
        arguments["resource"] = resource.into();
    }
    if let Some(namespace) = planted.namespace(fault) {
        arguments["namespace"] = namespace.into();
    }
    let mark = cluster.audit_mark().await.unwrap();
    let answer = call(client, "kubernetes_diagnose", arguments).await;
    let requests = cluster.audit_since(mark).await.unwrap();
    // The server asks for the version by itself now and then, to know its health.
    let calls = requests.iter().filter(|it| it.uri != "/version").count();
    for step in answer.lines().filter_map(|it| it.trim_start().strip_prefix("next: ")) {
        follow(client, step).await;
    }
    let first = answer.lines().find_map(|it| it.strip_prefix("1. ")).unwrap_or_default();
    Row {
        fault: fault.name,
        is_root: first.contains(fault.root),
        first: first.to_owned(),
        calls,
        tokens: tokens::estimate(&answer),
        answer,
    }
}

//! OBI on thousands of nodes: how long it takes to tell how it is and what it says, and what that costs.
//!
//! `cargo bench --bench watching` prints the table of docs/performance.md. Nothing connects to a pod: there the API server itself says
//! no, since the one who asks may not.

#![expect(clippy::print_stdout, reason = "a bench is for reading")]

#[path = "../tests/it/kubernetes/obi/fleet.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "it is a part of the tests"
)]
mod fleet;
mod over_pipes;

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tacklebox::output::tokens::estimate;
use tacklebox_cluster::{Cluster, Component, Namespace};

use self::over_pipes::{OverPipes, median, text};

const NODES: usize = 5_000;
const LOGS: usize = 500;
const TIMES: usize = 7;

/// Without pods/proxy.
const RIGHTS: [&str; 2] =
    ["get,list daemonsets.apps,pods,nodes,configmaps,events,namespaces", "get pods/log"];

fn main() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!(
        "\n| call | median of {TIMES} | tokens | peak of memory, MB |\n| --- | ---: | ---: | ---: |"
    );
    runtime.block_on(async {
        status().await?;
        logs().await
    })
}

async fn deployed(place: &Namespace, pods: usize) -> Result<()> {
    let (cluster, name) = (place.cluster(), place.name());
    place.apply(&fleet::config_map(name, fleet::CONFIG).to_string()).await?;
    place.apply(&fleet::daemon_set(name, fleet::IMAGE).to_string()).await?;
    let counts = json!({
        "desiredNumberScheduled": pods, "currentNumberScheduled": pods, "numberReady": pods,
        "updatedNumberScheduled": pods, "numberAvailable": pods, "numberMisscheduled": 0, "observedGeneration": 1,
    });
    cluster.patch_status("daemonsets.apps", name, "obi", &counts).await?;
    Ok(())
}

async fn status() -> Result<()> {
    let cluster = Cluster::builder().nodes(0).start().await?;
    let place = cluster.namespace("watch").await?;
    // Who would make pods, and mark nodes that nobody plays.
    cluster.kill(Component::ControllerManager).await?;
    cluster.kill(Component::Scheduler).await?;
    deployed(&place, NODES).await?;
    let address = cluster.address().to_string();
    cluster.bulk("nodes", (0..NODES).map(|it| fleet::big_node(it, &address))).await?;
    let pods = (0..NODES).filter(|it| it % 50 != 0).map(|it| fleet::big_pod(place.name(), it));
    cluster.bulk("pods", pods).await?;
    measure(&cluster, &format!("status of {NODES} nodes"), "obi_k8s_status", &json!({})).await
}

async fn logs() -> Result<()> {
    let cluster = Cluster::builder().nodes(3).start().await?;
    let place = cluster.namespace("watch").await?;
    cluster.kill(Component::ControllerManager).await?;
    deployed(&place, LOGS).await?;
    let names: Vec<String> = (0..LOGS).map(|it| format!("obi-{it:05}")).collect();
    for (number, name) in names.iter().enumerate() {
        let mut pod = place.pod(name).container("obi", fleet::IMAGE);
        for (key, value) in fleet::labels().as_object().into_iter().flatten() {
            pod = pod.label(key, value.as_str().unwrap_or_default());
        }
        pod.node(&format!("node-{}", number % 3 + 1)).ready().await?;
        let lines: Vec<&str> = fleet::BLIND.into_iter().cycle().take(100).collect();
        place.logs(name, "obi", &lines, &[]).await?;
    }
    measure(&cluster, &format!("logs of {LOGS} pods"), "obi_k8s_logs", &json!({})).await
}

async fn measure(cluster: &Cluster, what: &str, tool: &str, arguments: &Value) -> Result<()> {
    let reader = cluster.user("reader", &RIGHTS).await?;
    let mut server = OverPipes::start(reader.kubeconfig(), &[])?;
    let (mut times, mut said) = (Vec::new(), String::new());
    for _ in 0..TIMES {
        let started = Instant::now();
        said = text(&server.call(tool, arguments)?)?;
        times.push(started.elapsed());
    }
    ensure!(said.contains("watch"), "{said}");
    let peak = server.resident("VmHWM")?;
    let time = median(&mut times).as_secs_f64() * 1e3;
    println!("| {what} | {time:.0} ms | {} | {peak:.1} |", estimate(&said));
    server.end()
}

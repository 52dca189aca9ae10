//! Ten thousand Services, three hundred of them products that are known, and the ConfigMap that is made of them.
//!
//! `cargo bench --bench discovering` prints the table of docs/performance.md. It runs in a network namespace in which every Service's
//! address is this machine: one backend answers as every product.

#![expect(clippy::print_stdout, reason = "a bench is for reading")]

#[path = "../tests/it/discovery/answers.rs"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "it is a part of the tests")]
mod answers;
#[allow(dead_code, reason = "here the program serves over HTTP")]
mod over_pipes;
mod town;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tacklebox_cluster::{AuditEntry, Cluster, Component, program_in_network_namespace};
use tokio::time::{sleep, timeout};

use self::{
    over_pipes::{median, resident},
    town::{
        backend::Backend,
        published::{NAMESPACE, Published},
        server::Server,
        services::{self, KNOWN},
    },
};

const HANGING: usize = 20;
const ADDED: usize = 100;
const QUIET: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_mins(2);

fn main() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    program_in_network_namespace(async {
        // Before the cluster, which takes ports that are free.
        let backend = Backend::listen()?;
        let cluster = prepare().await?;
        println!("\n| {} Services, {KNOWN} of them known | | goal |", services::ALL);
        println!("| --- | ---: | ---: |");
        hanging(&cluster, &backend).await?;
        let (server, mut published) = first(&cluster, &backend).await?;
        additions(&cluster, &mut published).await?;
        row("resident after that", &megabytes(&server, "VmRSS")?, "80 MiB");
        row("resident, peak", &megabytes(&server, "VmHWM")?, "80 MiB");
        Ok(())
    })
}

fn row(what: &str, figure: &str, goal: &str) {
    println!("| {what} | {figure} | {goal} |");
}

/// What the bench writes is all there is: nothing else makes slices, or is busy with it.
async fn prepare() -> Result<Cluster> {
    let controllers = "--controllers=*,-endpoints-controller,-endpointslice-controller,\
                       -endpointslice-mirroring-controller";
    let builder = Cluster::builder().nodes(1);
    let cluster = builder.arguments(Component::ControllerManager, [controllers]).start().await?;
    services::fill(&cluster).await?;
    Ok(cluster)
}

/// How long asking takes where some never answer. Nothing is published before everybody has answered, or is given up.
async fn hanging(cluster: &Cluster, backend: &Backend) -> Result<()> {
    backend.hang((0..HANGING).map(services::address));
    let _server = Server::start(cluster)?;
    let mut published = Published::watch(cluster).await?;
    published.until(KNOWN - HANGING, PATIENCE).await?;
    let asking = backend.times().context("nobody was asked")?.0.elapsed();
    row(
        &format!("{KNOWN} are asked while {HANGING} hang"),
        &format!("{:.2} s", asking.as_secs_f64()),
        "10 s",
    );
    row("connections at once, at most", &backend.most_at_once().to_string(), "16");
    Ok(())
}

/// From the start of the program to the first ConfigMap, and what rest is like.
async fn first(cluster: &Cluster, backend: &Backend) -> Result<(Server, Published)> {
    backend.reset();
    published_anew(cluster).await?;
    let (mark, started) = (cluster.audit_mark().await?, Instant::now());
    let server = Server::start(cluster)?;
    let mut published = Published::watch(cluster).await?;
    published.until(KNOWN, PATIENCE).await?;
    let whole = started.elapsed();
    let (begun, ended) = backend.times().context("nobody was asked")?;
    let probes = ended.duration_since(begun);
    let seconds = |it: Duration| format!("{:.2} s", it.as_secs_f64());
    row("start to the first ConfigMap", &seconds(whole), "");
    row("of it, first question to last answer", &seconds(probes), "");
    row("of it, our own", &seconds(whole.saturating_sub(probes)), "3 s");
    row("processor time by then", &seconds(server.processor_time()?), "");
    row("resident by then", &megabytes(&server, "VmRSS")?, "80 MiB");
    row("of it, not pages of the program", &megabytes(&server, "RssAnon")?, "");
    row("resident, peak by then", &megabytes(&server, "VmHWM")?, "80 MiB");
    requests("requests by then", &cluster.audit_since(mark).await?);
    let (mark, before) = (cluster.audit_mark().await?, server.processor_time()?);
    sleep(QUIET).await;
    let quiet = QUIET.as_secs();
    requests(&format!("requests in {quiet} s of rest"), &cluster.audit_since(mark).await?);
    let spent = server.processor_time()?.saturating_sub(before);
    row(&format!("processor time in {quiet} s of rest"), &seconds(spent), "");
    Ok((server, published))
}

/// As if nothing had been published before.
async fn published_anew(cluster: &Cluster) -> Result<()> {
    cluster.delete("configmaps", NAMESPACE, "holmesgpt-toolset").await?;
    cluster.delete("leases.coordination.k8s.io", NAMESPACE, "tacklebox-discovery").await
}

/// What the program asked of the API server, by verb and resource.
fn requests(what: &str, entries: &[AuditEntry]) {
    let ours = entries.iter().filter(|it| it.user_agent.starts_with("tacklebox/"));
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for it in ours {
        *counts.entry(format!("{} {}", it.verb, it.resource).trim().to_owned()).or_default() += 1;
    }
    let told: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    row(what, &told.join(", "), "no polling");
}

/// From the API server's answer to whoever makes a Service to the ConfigMap that has it.
async fn additions(cluster: &Cluster, published: &mut Published) -> Result<()> {
    let mut times = Vec::new();
    for number in KNOWN..KNOWN + ADDED {
        services::add(cluster, number).await?;
        let made = Instant::now();
        timeout(PATIENCE, published.until_has(number)).await??;
        times.push(made.elapsed());
    }
    let seconds = |it: Duration| format!("{:.2} s", it.as_secs_f64());
    row("added Service to ConfigMap, median", &seconds(median(&mut times)), "");
    ensure!(times.len() == ADDED);
    row("added Service to ConfigMap, p99", &seconds(percentile(&times, 99)), "1 s");
    Ok(())
}

/// Of times in order.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(place).copied().unwrap_or_default()
}

fn megabytes(server: &Server, key: &str) -> Result<String> {
    Ok(format!("{:.1} MiB", resident(server.id(), key)?))
}

//! Fifty documents applied by Tacklebox and by `kubectl apply --server-side`, side by side on one API server.
//!
//! `cargo bench --bench applying` prints the table of docs/performance.md. Tacklebox reads what is there, tries everything, shows
//! the difference and then applies it; `kubectl` applies. What counts is the ratio.

#![expect(clippy::print_stdout, reason = "a bench is for reading")]

mod over_pipes;

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tacklebox::output::tokens::estimate;
use tacklebox_cluster::{Cluster, Namespace};

use self::over_pipes::{OverPipes, median, text};

const DOCUMENTS: usize = 50;

/// How often each round is repeated.
const TIMES: usize = 5;

/// What the documents say, from round to round.
const ROUNDS: [(&str, &str); 3] =
    [("new", "one"), ("unchanged", "one"), ("one field of each changed", "two")];

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let cluster = runtime.block_on(Cluster::start())?;
    let mut times = [(); ROUNDS.len()].map(|()| (Vec::new(), Vec::new(), 0, 0));
    // The catalog is learned before, as it is in any session.
    let mut server = OverPipes::start(cluster.kubeconfig(), &[])?;
    let everything = json!({ "resource": "namespaces" });
    ensure!(server.call("kubectl_get", &everything)?.get("result").is_some());
    for _ in 0..TIMES {
        let ours = runtime.block_on(cluster.namespace("ours"))?;
        let theirs = runtime.block_on(cluster.namespace("theirs"))?;
        for ((_, value), (us, them, our_tokens, their_tokens)) in ROUNDS.iter().zip(&mut times) {
            let (time, tokens) = by_tacklebox(&mut server, &ours, value)?;
            us.push(time);
            *our_tokens = tokens;
            let (time, tokens) = by_kubectl(&cluster, &theirs, value)?;
            them.push(time);
            *their_tokens = tokens;
        }
    }
    server.end()?;
    println!(
        "| 50 documents | Tacklebox | kubectl | ratio | tokens | kubectl |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    );
    for ((round, _), (mut us, mut them, ours, theirs)) in ROUNDS.iter().zip(times) {
        let (us, them) = (median(&mut us).as_secs_f64(), median(&mut them).as_secs_f64());
        println!("| {round} | {us:.2} s | {them:.2} s | {:.2} | {ours} | {theirs} |", us / them);
    }
    Ok(())
}

fn manifest(value: &str) -> String {
    let document = |it| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings-{it:02}, labels: {{app: shop}}}}\ndata: {{key: {value}, other: same}}\n"
        )
    };
    (0..DOCUMENTS).map(document).collect::<Vec<_>>().join("---\n")
}

fn by_tacklebox(
    server: &mut OverPipes,
    namespace: &Namespace,
    value: &str,
) -> Result<(Duration, usize)> {
    let arguments = json!({ "manifest": manifest(value), "namespace": namespace.name() });
    let started = Instant::now();
    let answer = server.call("kubectl_apply", &arguments)?;
    let time = started.elapsed();
    ensure!(answer.pointer("/result/isError") == Some(&Value::Bool(false)), "{answer}");
    Ok((time, estimate(&text(&answer)?)))
}

fn by_kubectl(cluster: &Cluster, namespace: &Namespace, value: &str) -> Result<(Duration, usize)> {
    let file = std::env::temp_dir().join(format!("{}.yml", namespace.name()));
    fs::write(&file, manifest(value))?;
    let started = Instant::now();
    let output = Command::new(cluster.binaries().kubectl())
        .env("KUBECONFIG", cluster.kubeconfig())
        .args(["apply", "--server-side", "--namespace", namespace.name(), "--filename"])
        .arg(&file)
        .stdin(Stdio::null())
        .output()?;
    let time = started.elapsed();
    fs::remove_file(&file).context("the manifest is ours")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok((time, estimate(&String::from_utf8(output.stdout)?)))
}

//! The same questions, asked of Tacklebox and of `kubectl`: how long they take, how large the process becomes, what the answer
//! costs a model.
//!
//! `cargo bench --bench against_kubectl` prints the table of docs/performance.md. `kubectl` begins anew with every question, and
//! keeps what the cluster serves in files; a server of Tacklebox begins once and keeps it in memory. So its first answer is shown
//! beside the later ones.

#![expect(clippy::print_stdout, reason = "a bench is for reading")]

mod over_pipes;

use std::{
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tacklebox::output::tokens::estimate;
use tacklebox_cluster::{Cluster, Namespace};

use self::over_pipes::{OverPipes, median, resident, text};

/// How often each is asked after the first time.
const TIMES: usize = 5;

/// What takes longer is asked of `kubectl` once.
const SHORT: Duration = Duration::from_secs(5);

/// What is asked, in both languages.
struct Question {
    name: &'static str,
    tool: &'static str,
    arguments: Value,
    kubectl: Vec<String>,
}

/// What one side needed.
struct Cost {
    first: Duration,
    usual: Duration,
    /// The most that was resident, in MiB.
    peak: f64,
    tokens: usize,
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!(
        "| question | Tacklebox first, then | kubectl | peak MiB | kubectl | tokens | kubectl |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    let (cluster, questions) = runtime.block_on(prepare())?;
    for question in questions {
        let (ours, theirs) = (ours(&cluster, &question)?, theirs(&cluster, &question)?);
        println!(
            "| {} | {}, {} | {} | {:.0} | {:.0} | {} | {} |",
            question.name,
            seconds(ours.first),
            seconds(ours.usual),
            seconds(theirs.usual),
            ours.peak,
            theirs.peak,
            ours.tokens,
            theirs.tokens
        );
    }
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

async fn prepare() -> Result<(Cluster, Vec<Question>)> {
    let cluster = Cluster::start().await?;
    let small = pods(&cluster, "small", 40).await?;
    let big = pods(&cluster, "big", 500).await?;
    // Before the kubelets have more pods than they keep up with.
    write_logs(&small, 40).await?;
    write_logs(&big, 500).await?;
    let large = pods(&cluster, "large", 5_000).await?;
    let huge = pods(&cluster, "huge", 50_000).await?;
    Ok((cluster, questions(&small, &big, &large, &huge)))
}

async fn pods(cluster: &Cluster, name: &str, count: usize) -> Result<Namespace> {
    let namespace = cluster.namespace(name).await?;
    cluster.bulk_pods(namespace.name(), count).await?;
    Ok(namespace)
}

/// 200 lines for every pod, as a web server writes them.
async fn write_logs(namespace: &Namespace, pods: usize) -> Result<()> {
    let lines: Vec<String> = (0..200)
        .map(|it| format!("level=info method=GET path=/items/{it} status=200 duration={it}ms"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let lines = lines.as_slice();
    let writes = (0..pods).map(|number| async move {
        namespace.logs(&format!("bulk-{number:05}"), "main", lines, &[]).await
    });
    stream::iter(writes).buffer_unordered(16).try_collect().await
}

fn questions(
    small: &Namespace,
    big: &Namespace,
    large: &Namespace,
    huge: &Namespace,
) -> Vec<Question> {
    let get = |name, namespace: &Namespace, more: Value, kubectl: &[&str]| {
        let mut arguments = json!({ "resource": "pods", "namespace": namespace.name() });
        if let (Value::Object(arguments), Value::Object(more)) = (&mut arguments, more) {
            arguments.extend(more);
        }
        let kubectl = [&["get", "pods", "--namespace", namespace.name()], kubectl].concat();
        let kubectl = kubectl.into_iter().map(str::to_owned).collect();
        Question { name, tool: "kubectl_get", arguments, kubectl }
    };
    let logs = |name, namespace: &Namespace| {
        let arguments = json!({
            "resource": "pods", "label_selector": "app", "namespace": namespace.name(), "tail": 20,
        });
        let kubectl = [
            "logs",
            "--selector=app",
            "--tail=20",
            "--prefix",
            "--timestamps",
            "--max-log-requests=500",
            "--namespace",
            namespace.name(),
        ];
        let kubectl = kubectl.into_iter().map(str::to_owned).collect();
        Question { name, tool: "kubectl_logs", arguments, kubectl }
    };
    vec![
        get(
            "one pod as yaml",
            small,
            json!({ "name": "bulk-00007", "output": "yaml" }),
            &["bulk-00007", "--output=yaml"],
        ),
        get("40 pods", small, json!({}), &[]),
        get("500 pods", big, json!({}), &[]),
        get("5,000 pods, counted (kubectl: listed)", large, json!({ "summary": true }), &[]),
        get(
            "5,000 pods, all names",
            large,
            json!({ "output": "name", "limit": 5000 }),
            &["--output=name"],
        ),
        get("50,000 pods, a page (kubectl: all)", huge, json!({}), &[]),
        get("50,000 pods, counted (kubectl: listed)", huge, json!({ "summary": true }), &[]),
        get("50,000 pods, those like 4711 (kubectl: all)", huge, json!({ "grep": "4711" }), &[]),
        logs("logs of 40 pods, 20 lines each", small),
        logs("logs of 500 pods, 20 lines each", big),
    ]
}

fn ours(cluster: &Cluster, question: &Question) -> Result<Cost> {
    let mut server = OverPipes::start(cluster.kubeconfig(), &[])?;
    let mut times = Vec::new();
    let mut tokens = 0;
    for _ in 0..=TIMES {
        let started = Instant::now();
        let answer = server.call(question.tool, &question.arguments)?;
        times.push(started.elapsed());
        ensure!(answer.pointer("/result/isError") == Some(&Value::Bool(false)), "{answer}");
        tokens = estimate(&text(&answer)?);
    }
    let peak = server.resident("VmHWM")?;
    server.end()?;
    let (first, rest) = times.split_first_mut().context("it was asked")?;
    Ok(Cost { first: *first, usual: median(rest), peak, tokens })
}

fn theirs(cluster: &Cluster, question: &Question) -> Result<Cost> {
    let run = || run(&cluster.binaries().kubectl(), cluster.kubeconfig(), &question.kubectl);
    // The first fills its files, which tells where a run is short.
    let mut runs = vec![run()?];
    while runs.len() <= 2 && runs.iter().all(|it| it.first < SHORT) {
        runs.push(run()?);
    }
    let skipped = usize::from(runs.len() > 1);
    let mut times: Vec<Duration> = runs.iter().skip(skipped).map(|it| it.first).collect();
    let usual = median(&mut times);
    let last = runs.pop().context("it was asked")?;
    Ok(Cost { usual, ..last })
}

/// One run of `kubectl`; its size is looked at every few milliseconds.
fn run(kubectl: &Path, kubeconfig: &Path, arguments: &[String]) -> Result<Cost> {
    let started = Instant::now();
    let mut child = Command::new(kubectl)
        .env("KUBECONFIG", kubeconfig)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut output = child.stdout.take().context("stdout is piped")?;
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let mut peak: f64 = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(resident(child.id(), "VmHWM").unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    };
    let (first, usual) = (started.elapsed(), Duration::ZERO);
    ensure!(status.success(), "kubectl {arguments:?} failed");
    let text = reading.join().map_err(|_| anyhow::anyhow!("the reader has a bug"))??;
    Ok(Cost { first, usual, peak, tokens: estimate(&text) })
}

//! Tacklebox on a real API server, beside the bare `kube` client that makes the same requests in the same run.
//!
//! `cargo bench --bench against_raw` prints the tables of docs/performance.md. What counts are the ratios: both sides run on the
//! same cores at the same time of day.

#![expect(clippy::print_stdout, reason = "a bench is for reading")]

mod over_pipes;

use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use http::Request;
use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use self::over_pipes::{BINARY, OverPipes, median, text};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.yml");

/// How long one cell of the table of rates is measured.
const CELL: Duration = Duration::from_secs(4);

fn main() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let cluster = prepare().await?;
        starts(cluster.kubeconfig())?;
        memory(cluster.kubeconfig())?;
        rates(&cluster).await
    })
}

async fn prepare() -> Result<Cluster> {
    let cluster = Cluster::start().await?;
    for (name, count) in [("small", 40), ("big", 500)] {
        let namespace =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        cluster.apply(&namespace.to_string()).await?;
        cluster.bulk_pods(name, count).await?;
    }
    Ok(cluster)
}

/// From spawning the process to the answer to `initialize`.
fn starts(kubeconfig: &Path) -> Result<()> {
    let hung = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let closed = { TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port() };
    let folder = tempfile::tempdir()?;
    let pointing_at = |port: u16| -> Result<_> {
        let path = folder.path().join(format!("{port}.yml"));
        std::fs::write(&path, elsewhere(&std::fs::read_to_string(kubeconfig)?, port)?)?;
        Ok(path)
    };
    println!("\n| API server | spawn to `initialize`, median of 20 |\n| --- | ---: |");
    let configured = ["--config", EXAMPLE];
    for (name, kubeconfig, options) in [
        ("up", kubeconfig.to_owned(), &[][..]),
        ("closed port", pointing_at(closed)?, &[]),
        ("accepts and never answers", pointing_at(hung.local_addr()?.port())?, &[]),
        ("up, and a configuration with every key", kubeconfig.to_owned(), &configured),
    ] {
        let mut times = Vec::new();
        for _ in 0..20 {
            let started = Instant::now();
            let server = OverPipes::start(&kubeconfig, options)?;
            times.push(started.elapsed());
            server.end()?;
        }
        println!("| {name} | {:.1} ms |", median(&mut times).as_secs_f64() * 1e3);
    }
    Ok(())
}

fn elsewhere(kubeconfig: &str, port: u16) -> Result<String> {
    let start = kubeconfig.find("https://127.0.0.1:").context("the kubeconfig names its server")?;
    let rest = kubeconfig.split_at(start + "https://127.0.0.1:".len());
    let after = rest.1.trim_start_matches(|it: char| it.is_ascii_digit());
    Ok(format!("{}{port}{after}", rest.0))
}

fn memory(kubeconfig: &Path) -> Result<()> {
    let mut server = OverPipes::start(kubeconfig, &[])?;
    server.request("tools/list", &json!({}))?;
    let idle = server.resident("VmRSS")?;
    let answer = server.call("kubectl_get", &list("big"))?;
    let peak = server.resident("VmHWM")?;
    println!(
        "\n| | MB |\n| --- | ---: |\n| RSS idle | {idle:.1} |\n| RSS peak, 500 pods | {peak:.1} |"
    );
    println!("\n| answer | tokens (estimate) |\n| --- | ---: |");
    println!("| 500 pods | {} |", tacklebox::output::tokens::estimate(&text(&answer)?));
    let answer = server.call("kubectl_get", &list("small"))?;
    println!("| 40 pods | {} |", tacklebox::output::tokens::estimate(&text(&answer)?));
    server.end()
}

async fn rates(cluster: &Cluster) -> Result<()> {
    let http = Http::start(cluster.kubeconfig())?;
    println!(
        "\n| request | clients | Tacklebox /s | raw client /s | ratio |\n| --- | ---: | ---: | ---: | ---: |"
    );
    let one = pod_name(cluster, "small").await?;
    let requests = [
        (
            "one pod",
            format!("/api/v1/namespaces/small/pods/{one}"),
            json!({ "resource": "pods", "namespace": "small", "name": one }),
        ),
        (
            "40 pods",
            "/api/v1/namespaces/small/pods?limit=500&includeObject=None".to_owned(),
            list("small"),
        ),
        (
            "500 pods",
            "/api/v1/namespaces/big/pods?limit=500&includeObject=None".to_owned(),
            list("big"),
        ),
    ];
    for (name, path, arguments) in requests {
        for clients in [1, 16] {
            let raw = raw_rate(cluster, &path, clients).await?;
            let ours = http.rate(&arguments, clients).await?;
            println!("| {name} | {clients} | {ours:.0} | {raw:.0} | {:.2} |", ours / raw);
        }
    }
    Ok(())
}

fn list(namespace: &str) -> Value {
    json!({ "resource": "pods", "namespace": namespace })
}

async fn pod_name(cluster: &Cluster, namespace: &str) -> Result<String> {
    let path = format!("/api/v1/namespaces/{namespace}/pods?limit=1");
    let pods = cluster.request("GET", &path, None).await?.ok()?;
    let name = pods.pointer("/items/0/metadata/name").and_then(Value::as_str);
    Ok(name.context("there are no pods")?.to_owned())
}

async fn raw_rate(cluster: &Cluster, path: &str, clients: usize) -> Result<f64> {
    let config = kube::config::Kubeconfig::read_from(cluster.kubeconfig())?;
    let config =
        kube::Config::from_custom_kubeconfig(config, &kube::config::KubeConfigOptions::default())
            .await?;
    let client = kube::Client::try_from(config)?;
    let path = path.to_owned();
    repeat(clients, move || {
        let (client, path) = (client.clone(), path.clone());
        async move {
            let request = Request::get(path).header("accept", TABLE).body(Vec::new())?;
            let text = client.request_text(request).await?;
            ensure!(text.contains("\"Table\""), "not a table");
            Ok(())
        }
    })
    .await
}

/// Calls a second, by so many at once.
async fn repeat<F: Future<Output = Result<()>> + Send + 'static>(
    clients: usize,
    call: impl Fn() -> F + Clone + Send + 'static,
) -> Result<f64> {
    call().await?;
    let done = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let workers = (0..clients).map(|_| {
        let (call, done) = (call.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            while started.elapsed() < CELL {
                call().await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await??;
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousands at most")]
    let calls = done.load(Ordering::Relaxed) as f64;
    Ok(calls / started.elapsed().as_secs_f64())
}

/// The program over HTTP.
struct Http {
    url: String,
    client: reqwest::Client,
    _child: Killed,
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Http {
    fn start(kubeconfig: &Path) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(BINARY)
            .args(["serve", "--http", &address.to_string(), "--kubeconfig"])
            .arg(kubeconfig)
            .stderr(Stdio::piped())
            .spawn()?;
        let mut child = Killed(child);
        let errors = child.0.stderr.take().context("stderr is piped")?;
        let mut lines = BufReader::new(errors).lines();
        while !lines.next().context("the server ended")??.contains("serves MCP at") {}
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            url: format!("http://{address}/mcp"),
            client: reqwest::Client::new(),
            _child: child,
        })
    }

    async fn rate(&self, arguments: &Value, clients: usize) -> Result<f64> {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {
                "name": "kubectl_get", "arguments": arguments,
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                },
            },
        });
        let (client, url, body) = (self.client.clone(), self.url.clone(), message.to_string());
        repeat(clients, move || {
            let request = client
                .post(&url)
                .header("accept", "application/json, text/event-stream")
                .header("content-type", "application/json")
                .header("mcp-protocol-version", "2026-07-28")
                .header("mcp-method", "tools/call")
                .header("mcp-name", "kubectl_get")
                .body(body.clone());
            async move {
                let text = request.send().await?.text().await?;
                ensure!(text.contains("\"isError\":false"), "{text}");
                Ok(())
            }
        })
        .await
    }
}

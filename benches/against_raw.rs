//! Tacklebox on a real API server, beside the bare `kube` client that makes the same requests in the same run.
//!
//! `cargo bench --bench against_raw` prints the tables of docs/performance.md. What counts are the ratios: both sides run on the
//! same cores at the same time of day.

#![expect(clippy::print_stdout, reason = "a bench is for reading")]

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
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

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const BINARY: &str = env!("CARGO_BIN_EXE_tacklebox");
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
    let answer = server.call(&list("big"))?;
    let peak = server.resident("VmHWM")?;
    println!(
        "\n| | MB |\n| --- | ---: |\n| RSS idle | {idle:.1} |\n| RSS peak, 500 pods | {peak:.1} |"
    );
    println!("\n| answer | tokens (estimate) |\n| --- | ---: |");
    println!("| 500 pods | {} |", tacklebox::output::tokens::estimate(&text(&answer)?));
    let answer = server.call(&list("small"))?;
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

/// The program over stdin and stdout.
struct OverPipes {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl OverPipes {
    fn start(kubeconfig: &Path, options: &[&str]) -> Result<Self> {
        let mut child = Command::new(BINARY)
            .args(options)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().context("stdin is piped")?;
        let output = BufReader::new(child.stdout.take().context("stdout is piped")?);
        let mut server = Self { child, input, output };
        let client = json!({ "name": "bench", "version": "1" });
        let params =
            json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        server.request("initialize", &params)?;
        writeln!(
            server.input,
            "{}",
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
        )?;
        Ok(server)
    }

    fn request(&mut self, method: &str, params: &Value) -> Result<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        writeln!(self.input, "{request}")?;
        loop {
            let mut line = String::new();
            ensure!(self.output.read_line(&mut line)? > 0, "the server ended");
            let message: Value = serde_json::from_str(&line)?;
            if message.get("id").is_some() {
                return Ok(message);
            }
        }
    }

    fn call(&mut self, arguments: &Value) -> Result<Value> {
        self.request("tools/call", &json!({ "name": "kubectl_get", "arguments": arguments }))
    }

    /// A line of /proc/PID/status, in MB.
    fn resident(&self, key: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|it| it.starts_with(key)).context("no such line")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kilobytes / 1024.0)
    }

    fn end(self) -> Result<()> {
        let Self { mut child, input, .. } = self;
        drop(input);
        ensure!(child.wait()?.success(), "the server ended badly");
        Ok(())
    }
}

fn text(answer: &Value) -> Result<String> {
    let text = answer.pointer("/result/content/0/text").and_then(Value::as_str);
    Ok(text.context("no text in the answer")?.to_owned())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

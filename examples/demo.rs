//! The README's first command: a cluster with a small shop in it, Tacklebox on it, and what an agent would see.
//!
//! `--kubeconfig FILE` looks at a cluster of yours instead, and changes nothing in it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Parser;
use rmcp::{
    RoleClient, ServiceExt, model::CallToolRequestParams, service::RunningService,
    transport::StreamableHttpClientTransport,
};
use serde_json::{Value, json};
use tacklebox::{
    app::{App, Overrides},
    config::{Config, Environment, Loaded, Mode},
};
use tacklebox_cluster::{Cluster, build_with};
use tokio::{sync::oneshot, task::JoinHandle};

const SHOP: &str = include_str!("shop.yaml");

/// Show what an agent sees of a Kubernetes cluster.
#[derive(Parser)]
struct Demo {
    /// A cluster of yours, which is only read, instead of one made for the demo
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// End after the calls instead of staying up until Ctrl-C
    #[arg(long)]
    once: bool,
}

fn main() -> anyhow::Result<()> {
    let demo = Demo::parse();
    // Before any client is made.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(demo.run())
}

impl Demo {
    async fn run(self) -> anyhow::Result<()> {
        let (kubeconfig, cluster) = if let Some(kubeconfig) = self.kubeconfig {
            (kubeconfig, None)
        } else {
            let cluster = make_cluster().await?;
            (cluster.kubeconfig().to_owned(), Some(cluster))
        };
        let (address, served) = serve(&kubeconfig).await?;
        let url = format!("http://{address}/mcp");
        say(&format!("Tacklebox serves it at {url}\n"));
        let calls = if cluster.is_some() { calls_in_the_shop() } else { calls_anywhere() };
        show(&url, calls).await?;
        if self.once {
            return Ok(());
        }
        say(&how_to_connect(&url, &kubeconfig));
        // Ends by Ctrl-C, which the server listens to.
        served.await?
    }
}

async fn make_cluster() -> anyhow::Result<Cluster> {
    say("Looking for a Kubernetes control plane; the first time it has to be built …");
    tokio::task::spawn_blocking(|| build_with(|line| say(&format!("  {line}")))).await??;
    say("Starting it …");
    let cluster = Cluster::start().await?;
    say("Opening the shop …");
    cluster.apply(SHOP).await?;
    let is_open = |web: &Value| web.pointer("/status/readyReplicas") == Some(&json!(3));
    cluster.wait_for("deployments.apps", "shop", "web", is_open).await?;
    say(&format!("A cluster runs at {}", cluster.server_url()));
    Ok(cluster)
}

/// Starts the server in this process, as `tacklebox serve --http` would, and tells where it listens.
async fn serve(kubeconfig: &Path) -> anyhow::Result<(SocketAddr, JoinHandle<anyhow::Result<()>>)> {
    let mut config = Config::default();
    config.toolsets.kubernetes.kubeconfig = Some(kubeconfig.to_owned());
    config.policy.mode = Mode::ReadOnly;
    config.server.metrics = None;
    let loaded = Loaded { config, source: None, unbuilt: None };
    let (app, prometheus) = App::start(loaded, Overrides::default(), Environment::read())?;
    let (announce, announced) = oneshot::channel();
    let served = tokio::spawn(app.serve_http(free_address(), prometheus, |address| {
        let _ = announce.send(address);
    }));
    Ok((announced.await.context("the server did not start")?, served))
}

/// The usual port if it is free.
fn free_address() -> SocketAddr {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let is_free = TcpListener::bind(usual).is_ok();
    if is_free { usual } else { SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) }
}

type Calls = Vec<(&'static str, Value)>;

fn calls_in_the_shop() -> Calls {
    let get = |arguments: Value| ("kubectl_get", arguments);
    vec![
        ("kubectl_version", json!({})),
        get(json!({ "namespace": "shop", "resource": "deployments,services" })),
        get(json!({ "namespace": "shop", "resource": "pods" })),
        ("kubernetes_diagnose", json!({ "namespace": "shop" })),
        get(json!({ "namespace": "shop", "resource": "secret/database", "output": "yaml" })),
        get(json!({ "namespace": "shop", "resource": "deploy/wbe" })),
    ]
}

fn calls_anywhere() -> Calls {
    vec![
        ("kubectl_version", json!({})),
        ("kubectl_get", json!({ "resource": "namespaces" })),
        ("kubectl_get", json!({ "resource": "pods", "all_namespaces": true, "summary": true })),
    ]
}

/// Makes the calls with a real client and prints what a model would read.
async fn show(url: &str, calls: Calls) -> anyhow::Result<()> {
    let client = ().serve(StreamableHttpClientTransport::from_uri(url)).await?;
    let tools = client.list_all_tools().await?;
    let names: Vec<&str> = tools.iter().map(|it| &*it.name).collect();
    say(&format!("Tools: {}\n", names.join(", ")));
    for (tool, arguments) in calls {
        call(&client, tool, arguments).await?;
    }
    client.cancel().await?;
    Ok(())
}

async fn call(
    client: &RunningService<RoleClient, ()>,
    tool: &'static str,
    arguments: Value,
) -> anyhow::Result<()> {
    say(&format!("▶ {tool} {arguments}"));
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    let request = CallToolRequestParams::new(tool).with_arguments(arguments);
    let answer = client.call_tool(request).await?;
    for text in answer.content.iter().filter_map(|it| it.as_text()) {
        say(&format!("{}\n", text.text));
    }
    Ok(())
}

fn how_to_connect(url: &str, kubeconfig: &Path) -> String {
    let config = json!({ "mcpServers": { "tacklebox": {
        "command": "/path/to/tacklebox",
        "args": ["--kubeconfig", kubeconfig, "--read-only"],
    }}});
    format!(
        "Claude Code, while this runs:\n\n  claude mcp add --transport http tacklebox {url}\n\n\
         Claude Desktop, in claude_desktop_config.json, with the binary that `cargo build --release` makes:\n\n  {config}\n\n\
         Ctrl-C ends it."
    )
}

#[expect(clippy::print_stdout, reason = "showing is what a demo is for")]
fn say(text: &str) {
    println!("{text}");
}

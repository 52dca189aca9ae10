//! The command line: one file a command.

mod call;
mod check;
mod detach;
mod discover;
mod init;
mod migrate;
mod obi;
mod page;
mod schema;
mod serve;
mod terminal;
mod tools;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    app::{App, Overrides, log_panics},
    config::{Environment, Loaded},
    telemetry::{self, Export, Telemetry},
};

/// An MCP server that gives an AI agent toolsets for a Kubernetes cluster and its observability.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

const CONFIG_HELP: &str = "The configuration [default: $TACKLEBOX_CONFIG, ./tacklebox.yml, \
    $XDG_CONFIG_HOME/tacklebox/config.yml, or built-in defaults]";

#[derive(Debug, clap::Args)]
struct Options {
    /// The configuration
    #[arg(long, short, global = true, value_name = "FILE", help = CONFIG_HELP)]
    config: Option<PathBuf>,
    /// The kubeconfig, in place of the one that is configured
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Offer only tools that change nothing
    #[arg(long, global = true)]
    read_only: bool,
    /// What to log on stderr, such as `debug` or `info,tacklebox::policy=debug`
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP on stdin and stdout, or over HTTP (the default command)
    Serve(serve::Serve),
    /// Check the configuration and ask every backend how it is
    Check(check::Check),
    /// List the tools that the configuration allows, whether their backends are there or not
    Tools(tools::Tools),
    /// Call a tool once and print its answer
    Call(call::Call),
    /// Find Prometheus, Grafana, Jaeger and the like in a cluster
    Discover(discover::Discover),
    /// Become another program, in a session of its own
    #[command(hide = true)]
    Detach(detach::Detach),
    /// Print the JSON schema of the configuration
    Schema,
    /// Translate an old configuration to this one
    Migrate(migrate::Migrate),
    /// Check and translate configurations of OBI
    Obi(obi::Obi),
    /// Write a configuration with every key, its default and what it means
    Init(init::Init),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let Cli { options, command } = Cli::parse();
    let command = command.unwrap_or_else(|| Command::Serve(serve::Serve::default()));
    let result = match command {
        Command::Serve(command) => command.run(&options),
        Command::Check(command) => command.run(&options),
        Command::Tools(command) => command.run(&options),
        Command::Call(command) => command.run(&options),
        Command::Discover(command) => command.run(&options),
        Command::Detach(command) => command.run(),
        Command::Schema => schema::run(),
        Command::Migrate(command) => command.run(),
        Command::Obi(command) => command.run(),
        Command::Init(command) => command.run(),
    };
    result.unwrap_or_else(|error| {
        complain(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

/// What every command that needs an app does first.
struct Started {
    environment: Environment,
    overrides: Overrides,
    loaded: Loaded,
    runtime: tokio::runtime::Runtime,
    _telemetry: Telemetry,
}

impl Options {
    /// `usual` is what is logged when nobody said otherwise.
    fn start(&self, usual: Option<&str>) -> anyhow::Result<Started> {
        self.start_for(usual, Overrides::default())
    }

    /// The same for a command that needs more than others.
    fn start_for(&self, usual: Option<&str>, mut overrides: Overrides) -> anyhow::Result<Started> {
        let environment = Environment::read();
        overrides.config.clone_from(&self.config);
        overrides.kubeconfig.clone_from(&self.kubeconfig);
        overrides.read_only = self.read_only;
        overrides.log = self.log.as_deref().or(usual).map(str::to_owned);
        let loaded = overrides.load(&environment)?;
        let log = loaded.config.log.clone();
        let filter = overrides.log.as_deref().unwrap_or_else(|| log.level.as_str());
        // One TLS provider for the whole process, before anybody makes a client.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let telemetry = Telemetry::start(&telemetry::Settings {
            filter: filter.to_owned(),
            json: log.format == crate::config::Format::Json,
            export: export(&environment),
            service_name: environment.get("OTEL_SERVICE_NAME").unwrap_or("tacklebox").to_owned(),
        })?;
        log_panics();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        Ok(Started { environment, overrides, loaded, runtime, _telemetry: telemetry })
    }
}

impl Started {
    /// Runs a command's future on an app, and leaves without waiting for threads that block on stdin.
    fn with_app<T, F: Future<Output = anyhow::Result<T>>>(
        self,
        command: impl FnOnce(App, prometheus_client::registry::Registry) -> F,
    ) -> anyhow::Result<T> {
        let Self { environment, overrides, loaded, runtime, _telemetry } = self;
        let result = runtime.block_on(async {
            let (app, prometheus) = App::start(loaded, overrides, environment)?;
            command(app, prometheus).await
        });
        runtime.shutdown_background();
        result
    }
}

/// By OpenTelemetry's own variables: a collector must be named, and nothing must forbid it.
fn export(environment: &Environment) -> Export {
    let either = |traces: &str, all: &str| environment.get(traces).or_else(|| environment.get(all));
    let endpoint = either("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
    let disabled = environment.get("OTEL_SDK_DISABLED") == Some("true")
        || environment.get("OTEL_TRACES_EXPORTER") == Some("none");
    if endpoint.is_none() || disabled {
        return Export::Nothing;
    }
    match either("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL") {
        None | Some("http/protobuf") => Export::Traces,
        Some(protocol) => Export::Unsupported(protocol.to_owned()),
    }
}

/// Prints to stdout. Whoever closed the pipe, such as `head`, has seen enough.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{}", text.trim_end_matches('\n'));
}

fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end_matches('\n'));
}

//! What the program says of itself: a log on stderr, and traces to a collector when the standard `OTEL_*` variables name one.

use std::{io, sync::OnceLock, time::Duration};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    reload,
    util::SubscriberInitExt,
};

/// What others log and an operator need not read: rmcp warns of every JSON-RPC error, kube of every failed request, and both are answered.
const QUIET: &str = "rmcp=error,kube_client=off,kube_runtime=off,hyper=warn,h2=warn,tower=warn,opentelemetry=warn,opentelemetry_sdk=warn";

pub struct Settings {
    /// A level such as `info`, or directives such as `info,tacklebox::policy=debug`.
    pub filter: String,
    pub json: bool,
    pub export: Export,
    /// What traces say they come from: `OTEL_SERVICE_NAME`, else our own name.
    pub service_name: String,
}

/// What the environment asks for; where a collector is, the exporter reads from it itself.
pub enum Export {
    Nothing,
    Traces,
    /// A collector is named, and a protocol that is not ours.
    Unsupported(String),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("log.level: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("traces cannot be exported, check the OTEL_* variables: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// The filter of the one log that a process has.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// A collector that does not answer must not keep the process from ending.
const LAST_EXPORT: Duration = Duration::from_secs(2);

/// Logs by another filter from now on.
pub fn log_by(filter: &str) -> Result<(), Error> {
    let filter = parse(filter)?;
    // Before the start there is nothing to change, and afterwards the filter lives as long as the process.
    if let Some(handle) = FILTER.get() {
        let _ = handle.reload(filter);
    }
    Ok(())
}

fn parse(filter: &str) -> Result<EnvFilter, Error> {
    Ok(EnvFilter::try_new(format!("{QUIET},{filter}"))?)
}

/// Sends what is left when it goes out of scope.
pub struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// To be called before there is a runtime: the exporter's HTTP client blocks and has a thread of its own.
    pub fn start(settings: &Settings) -> Result<Self, Error> {
        let (filter, handle) = reload::Layer::new(parse(&settings.filter)?);
        let provider = match settings.export {
            Export::Traces => Some(provider(&settings.service_name)?),
            Export::Nothing | Export::Unsupported(_) => None,
        };
        let traces = provider.as_ref().map(|it| {
            let tracer = it.tracer(env!("CARGO_PKG_NAME"));
            // Our own spans only: those of the libraries below are their own affair.
            let ours = Targets::new().with_target(env!("CARGO_PKG_NAME"), LevelFilter::INFO);
            tracing_opentelemetry::layer().with_tracer(tracer).with_filter(ours)
        });
        // A second start, as in tests, changes nothing.
        let _ = tracing_subscriber::registry()
            .with(log(settings.json).with_filter(filter))
            .with(traces)
            .try_init();
        let _ = FILTER.set(handle);
        if let Export::Unsupported(protocol) = &settings.export {
            tracing::warn!(
                "no traces: OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}, and only http/protobuf is supported; \
                 set that, and an endpoint that speaks it (collectors have it on port 4318)"
            );
        }
        Ok(Self(provider))
    }
}

fn log(json: bool) -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    if json { Box::new(layer.json().flatten_event(true)) } else { Box::new(layer.with_ansi(false)) }
}

fn provider(service_name: &str) -> Result<SdkTracerProvider, Error> {
    let exporter = SpanExporter::builder().with_http().build()?;
    let resource = Resource::builder().with_service_name(service_name.to_owned()).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let ended = self.0.as_ref().map(|it| it.shutdown_with_timeout(LAST_EXPORT));
        if let Some(Err(error)) = ended {
            tracing::debug!(%error, "the last traces could not be sent");
        }
    }
}

//! Where a deployed OBI is asked how it is.
//!
//! All of its endpoints are off by default, and without them nobody knows whether it does anything. They are switched on by its
//! environment, on ports of this host that are free, so that what was given as a configuration stays as it was given.

use std::{collections::BTreeMap, io, net::TcpListener};

use serde_json::Value;

use super::{store::Ports, wanted::Wanted};
use crate::{
    obi::{
        config::Release,
        plan::{Purpose, plan},
    },
    tool::ToolError,
};

const HEALTH: &str = "OTEL_EBPF_HEALTH_CHECK_PORT";
const INTERNAL: &str = "OTEL_EBPF_INTERNAL_METRICS_PROMETHEUS_PORT";
const EXPORTER: &str = "OTEL_EBPF_INTERNAL_METRICS_EXPORTER";

const INTERNAL_PATH: &str = "/internal/metrics";

/// Where it is asked, and the variables that make it answer there.
pub(super) struct Watching {
    pub(super) at: Ports,
    pub(super) variables: BTreeMap<String, String>,
}

pub(super) fn of(wanted: &Wanted) -> Result<Watching, ToolError> {
    let plan = plan(&wanted.text, &wanted.environment(), Release::KNOWN)
        .ok_or_else(|| ToolError::invalid("there is no configuration to be read"))?;
    let port = |purpose| plan.ports.iter().find(|it| it.purpose == purpose);
    let internal = port(Purpose::InternalMetrics);
    let mut at = Ports {
        health: port(Purpose::Health).map(|it| it.port),
        internal: internal.map(|it| it.port),
        internal_path: internal.map_or(INTERNAL_PATH, |it| &it.path).to_owned(),
    };
    let mut variables = BTreeMap::new();
    // Version 2 has no health endpoint, and hears none of these variables.
    if plan.version == 2 {
        return Ok(Watching { at, variables });
    }
    if at.health.is_none() && plan.health_socket.is_none() {
        let port = free(at.internal)?;
        at.health = Some(port);
        variables.insert(HEALTH.to_owned(), port.to_string());
    }
    // Who has them sent elsewhere means it.
    if at.internal.is_none() && exporter(wanted).as_deref() != Some("otel") {
        let port = free(at.health)?;
        at.internal = Some(port);
        variables.insert(INTERNAL.to_owned(), port.to_string());
        variables.insert(EXPORTER.to_owned(), "prometheus".to_owned());
    }
    Ok(Watching { at, variables })
}

/// Who gets OBI's metrics of itself.
fn exporter(wanted: &Wanted) -> Option<String> {
    let variable = wanted.variables.get(EXPORTER).filter(|it| !it.is_empty());
    let file = || {
        let value: Value = serde_saphyr::from_str(&wanted.text).ok()?;
        value.pointer("/internal_metrics/exporter")?.as_str().map(str::to_owned)
    };
    variable.cloned().or_else(file)
}

/// One that nobody has now. Should somebody take it before OBI does, OBI says so and ends.
fn free(other: Option<u16>) -> Result<u16, ToolError> {
    let port = || io::Result::Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port());
    let found = port().and_then(|it| if Some(it) == other { port() } else { Ok(it) });
    found.map_err(|error| ToolError::Failed(format!("this host has no free port: {error}")))
}

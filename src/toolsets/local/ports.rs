//! Where a deployed OBI is asked how it is.
//!
//! All of its endpoints are off by default, and without them nobody knows whether it does anything. They are switched on by its
//! environment, on ports of this host that are free, so that what was given as a configuration stays as it was given.

use std::{collections::BTreeMap, io, net::TcpListener};

use super::{store::Ports, wanted::Wanted};
use crate::{
    obi::config::{Release, watched},
    tool::ToolError,
};

const HEALTH: &str = "OTEL_EBPF_HEALTH_CHECK_PORT";
const INTERNAL: &str = "OTEL_EBPF_INTERNAL_METRICS_PROMETHEUS_PORT";
const EXPORTER: &str = "OTEL_EBPF_INTERNAL_METRICS_EXPORTER";

/// Where it is asked, and the variables that make it answer there.
pub(super) struct Watching {
    pub(super) at: Ports,
    pub(super) variables: BTreeMap<String, String>,
}

pub(super) fn of(wanted: &Wanted) -> Result<Watching, ToolError> {
    let watched = watched(&wanted.text, &wanted.environment(), Release::KNOWN)
        .ok_or_else(|| ToolError::invalid("there is no configuration to be read"))?;
    let mut at = Ports {
        health: watched.health,
        internal: watched.internal,
        internal_path: watched.internal_path,
    };
    let mut variables = BTreeMap::new();
    if watched.is_version2 {
        return Ok(Watching { at, variables });
    }
    if at.health.is_none() {
        let port = free(at.internal)?;
        at.health = Some(port);
        variables.insert(HEALTH.to_owned(), port.to_string());
    }
    // Who has them sent elsewhere means it.
    let is_sent = watched.exporter.as_deref() == Some("otel");
    if at.internal.is_none() && !is_sent {
        let port = free(at.health)?;
        at.internal = Some(port);
        variables.insert(INTERNAL.to_owned(), port.to_string());
    }
    if at.internal.is_some() && !is_sent && watched.exporter.as_deref() != Some("prometheus") {
        variables.insert(EXPORTER.to_owned(), "prometheus".to_owned());
    }
    Ok(Watching { at, variables })
}

/// One that nobody has now. Should somebody take it before OBI does, OBI says so and ends.
fn free(other: Option<u16>) -> Result<u16, ToolError> {
    let port = || io::Result::Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port());
    let found = port().and_then(|it| if Some(it) == other { port() } else { Ok(it) });
    found.map_err(|error| ToolError::Failed(format!("this host has no free port: {error}")))
}

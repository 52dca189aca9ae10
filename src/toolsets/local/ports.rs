//! Where a deployed OBI is asked how it is.
//!
//! All of its endpoints are off by default, and without them nobody knows whether it does anything. They are switched on by its
//! environment, on ports of this host that are free, so that what was given as a configuration stays as it was given.

use std::{io, net::TcpListener};

use serde_json::Value;

use super::{
    Local,
    look::Look,
    store::{At, Ports, Variables},
    wanted::{Wanted, needs},
};
use crate::{
    obi::{
        config::Environment,
        plan::{Plan, Port, Purpose},
    },
    output::hinted,
    tool::ToolError,
};

const HEALTH: &str = "OTEL_EBPF_HEALTH_CHECK_PORT";
const INTERNAL: &str = "OTEL_EBPF_INTERNAL_METRICS_PROMETHEUS_PORT";
const EXPORTER: &str = "OTEL_EBPF_INTERNAL_METRICS_EXPORTER";

const INTERNAL_PATH: &str = "/internal/metrics";
const HEALTH_PATH: &str = "/healthz";

/// Where there is one free port there are others.
const TRIES: usize = 20;

/// Where it is asked, and the variables that make it answer there.
pub(super) struct Watching {
    pub(super) at: Ports,
    pub(super) variables: Variables,
}

pub(super) fn of(wanted: &Wanted, environment: &Environment) -> Result<Watching, ToolError> {
    let plan = needs(&wanted.text, environment)?;
    let at = |purpose| plan.port(purpose).map(At::of);
    let mut at = Ports {
        health: at(Purpose::Health),
        internal: at(Purpose::InternalMetrics),
        prometheus: at(Purpose::Metrics),
    };
    let mut variables = Variables::new();
    // Version 2 has no health endpoint, and hears none of these variables.
    if plan.version == 2 {
        return Ok(Watching { at, variables });
    }
    if at.health.is_none() && plan.health_socket.is_none() {
        let port = free(&plan, None)?;
        at.health = Some(At::here(port, HEALTH_PATH));
        variables.insert(HEALTH.to_owned(), port.to_string());
    }
    // Who has them sent elsewhere means it.
    if at.internal.is_none() && exporter(wanted).as_deref() != Some("otel") {
        let port = free(&plan, at.health.as_ref().map(|it| it.port))?;
        at.internal = Some(At::here(port, INTERNAL_PATH));
        variables.insert(INTERNAL.to_owned(), port.to_string());
        variables.insert(EXPORTER.to_owned(), "prometheus".to_owned());
    }
    Ok(Watching { at, variables })
}

impl Local {
    /// Those of the one that runs.
    pub(super) fn own_ports(&self, look: &Look) -> Result<Vec<Port>, ToolError> {
        let running = look.deployment.as_ref().filter(|_| look.running().is_some());
        let plan = running.map(|it| self.plan(it)).transpose()?.flatten();
        Ok(plan.map(|it| it.ports).unwrap_or_default())
    }

    /// A port that somebody else has ends OBI, and what he answers would be taken for OBI's. The one that runs gives its own back.
    pub(super) fn require_free(&self, wanted: &Wanted, look: &Look) -> Result<(), ToolError> {
        let plan = needs(&wanted.text, &self.environment(wanted))?;
        let own = self.own_ports(look)?;
        let is_own = |it: &Port| own.iter().any(|own| own.port == it.port);
        let taken = plan.ports.iter().find(|it| !is_own(it) && !is_free(it.port));
        taken.map_or(Ok(()), |it| {
            let wrong =
                format!("port {} ({}) is taken by another program of this host", it.port, it.key);
            Err(ToolError::Conflict(hinted(&wrong, "choose another port, or end that program")))
        })
    }
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

/// One that nobody has now, and nobody is to have. Should somebody take it before OBI does, OBI says so and ends.
fn free(plan: &Plan, other: Option<u16>) -> Result<u16, ToolError> {
    let port = || io::Result::Ok(TcpListener::bind(("0.0.0.0", 0))?.local_addr()?.port());
    let is_spoken_for = |it: u16| Some(it) == other || plan.ports.iter().any(|own| own.port == it);
    for _ in 0..TRIES {
        match port() {
            Ok(port) if is_spoken_for(port) => {}
            Ok(port) => return Ok(port),
            Err(error) => {
                return Err(ToolError::Failed(format!("this host has no free port: {error}")));
            }
        }
    }
    Err(ToolError::Failed("this host has no free port".to_owned()))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("0.0.0.0", port)).is_ok()
}

//! Asking what was found what it is: by its own answer, which nobody else gives.

mod address;
mod asking;
mod direct;
mod mcp;
mod memory;
mod proof;
mod proxied;
mod round;
#[cfg(test)]
mod tests;
mod verdict;
mod way;

pub(super) use self::{
    address::pod_addresses,
    direct::Direct,
    memory::{Known, after},
    proxied::Proxied,
    way::Way,
};

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use tokio::time::Instant;

use self::asking::Asking;
use super::{
    detector::Toolset,
    finding::{Endpoint, Finding, Found, Scheme},
    service::Service,
};

/// So many places of one Service are tried.
const MOST_PLACES: usize = 12;

/// What asking may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For all that one Service is asked. Twenty that hang, eight at a time, hold a round up three times as long.
    pub(super) each: Duration,
    /// For a round.
    pub(super) budget: Duration,
    /// How many are asked at the same time.
    pub(super) parallel: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { each: Duration::from_secs(3), budget: Duration::from_mins(1), parallel: 8 }
    }
}

/// Asks what is found what it is.
pub(super) struct Prober {
    way: Arc<dyn Way>,
    limits: Limits,
}

/// What is to be asked.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) service: Arc<Service>,
    pub(super) finding: Finding,
    /// Of the pods behind it; only the way from inside needs them, and only where the Service is headless.
    pub(super) pods: Vec<IpAddr>,
    /// Where it answered last: asked first.
    pub(super) last: Option<Endpoint>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) found: Found,
    /// Everything that was asked, in that order.
    pub(super) steps: Vec<Step>,
}

/// One request, and what was made of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) endpoint: Endpoint,
    /// Below the prefix.
    pub(super) path: String,
    pub(super) said: String,
}

impl Prober {
    pub(super) fn new(way: Arc<dyn Way>, limits: Limits) -> Self {
        Self { way, limits }
    }

    /// Asks one Service, at each place where it may answer, until it has proved what it is or the time is over. Otherwise the best
    /// is told of what the places said.
    pub(super) async fn ask(&self, subject: &Subject) -> Asked {
        let until = Instant::now() + self.limits.each;
        let mut asking = Asking::new(&*self.way, subject, until);
        let (endpoint, health) = asking.everywhere().await;
        let found = Found { finding: subject.finding.clone(), endpoint, health };
        Asked { found, steps: asking.steps }
    }
}

impl Subject {
    /// What is to be asked for, below the prefix. An MCP server's prefix is all there is to it.
    fn path(&self) -> Option<String> {
        let detector = &self.finding.detector;
        match &detector.probe {
            Some(probe) => Some(probe.path.clone()),
            None => (detector.toolset == Toolset::Mcp).then(String::new),
        }
    }

    /// Where it may answer, each once.
    fn places(&self) -> Vec<Endpoint> {
        let offered = &self.finding.endpoints;
        let last = self.last.iter().filter(|last| offered.iter().any(|it| is_one_place(it, last)));
        let mut places: Vec<Endpoint> = Vec::new();
        for place in last.chain(offered) {
            if !places.iter().any(|it| is_one_place(it, place)) {
                places.push(place.clone());
            }
        }
        places.truncate(MOST_PLACES);
        places
    }

    fn likeliest(&self) -> Endpoint {
        let nowhere =
            Endpoint { scheme: Scheme::Http, service_port: 0, port: 0, prefix: String::new() };
        self.places().into_iter().next().unwrap_or(nowhere)
    }
}

/// Whichever of the two schemes is spoken there: that is found out.
fn is_one_place(one: &Endpoint, other: &Endpoint) -> bool {
    let place = |it: &Endpoint| (it.service_port, it.port);
    place(one) == place(other) && one.prefix == other.prefix
}

/// `http:9090/prefix/api/v1/status/buildinfo: Prometheus 3.1.0`
impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { scheme, port, prefix, .. } = &self.endpoint;
        write!(out, "{scheme}:{port}{prefix}{}: {}", self.path, self.said)
    }
}

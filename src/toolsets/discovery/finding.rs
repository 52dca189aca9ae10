//! A Service that is taken for something: what for, why, and where it is to be asked.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{detector::Detector, service::Place};

/// What a rule makes of a Service, before anybody has asked it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) place: Place,
    pub(super) detector: Arc<Detector>,
    pub(super) confidence: Confidence,
    /// What speaks for it, the strongest first: `owner Prometheus.monitoring.coreos.com/main`, `label app=grafana`.
    pub(super) matched_by: Vec<String>,
    /// The likeliest first; never empty. A probe finds out which of them it is.
    pub(super) endpoints: Vec<Endpoint>,
}

/// How sure a rule is. A finding is only what its product's own answer proves it to be, however sure a rule was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Confidence {
    /// A name and a port.
    Low,
    /// Labels of the pods that it selects.
    Medium,
    /// Labels that only this product's charts and operators set.
    High,
    /// An annotation of whoever owns it, or an operator's own resource.
    Certain,
}

/// Where something answers, as whoever uses the toolset reaches it: `http://prometheus.monitoring.svc:9090/prefix`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Endpoint {
    pub(super) scheme: Scheme,
    /// The Service's own port.
    pub(super) service_port: u16,
    /// The port in the URL: that of the pods where the Service is headless.
    pub(super) port: u16,
    /// Empty, or `/prefix` without a slash at its end.
    pub(super) prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scheme {
    Http,
    Https,
}

/// A Service that has been asked, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) finding: Finding,
    /// The one that answered, or the likeliest.
    pub(super) endpoint: Endpoint,
    pub(super) health: Health,
}

/// What is known of something that was asked, several times perhaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// Nobody has asked yet.
    Unknown,
    /// It has proved what it is.
    Ready {
        /// As it tells itself, cleaned: letters, digits and `.+-_` only.
        version: Option<String>,
        /// Whether it lets anybody read; `false` where only its health could be had without credentials.
        open: bool,
    },
    /// It is there, and tells nothing without credentials.
    AuthRequired,
    /// It proved what it is before, and does not answer well now.
    Unhealthy(String),
    /// It cannot be reached from here. That whoever uses the toolset cannot either is not said.
    Unreachable(String),
    /// It answers, and as something else.
    Impostor(String),
}

impl Health {
    /// Whether it belongs into a toolset.
    pub(super) fn is_usable(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::AuthRequired)
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ready { .. } => "ready",
            Self::AuthRequired => "auth_required",
            Self::Unhealthy(_) => "unhealthy",
            Self::Unreachable(_) => "unreachable",
            Self::Impostor(_) => "impostor",
        }
    }

    /// As it tells itself.
    pub(super) fn version(&self) -> Option<&str> {
        match self {
            Self::Ready { version, .. } => version.as_deref(),
            _ => None,
        }
    }

    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Unknown | Self::Ready { .. } | Self::AuthRequired => None,
            Self::Unhealthy(reason) | Self::Unreachable(reason) | Self::Impostor(reason) => {
                Some(reason)
            }
        }
    }
}

impl Endpoint {
    /// The URL for whoever is inside the cluster. `domain` is `svc` or `svc.cluster.local`.
    pub(super) fn url(&self, place: &Place, domain: &str) -> String {
        let Self { scheme, port, prefix, .. } = self;
        format!("{scheme}://{}.{}.{domain}:{port}{prefix}", place.name, place.namespace)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl Confidence {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Certain => "certain",
        }
    }
}

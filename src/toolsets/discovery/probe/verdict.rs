//! What one answer means. All words are our own: nothing that a workload wrote gets further than here, but its version.

use http::{StatusCode, header};

use super::{
    mcp::speaks_mcp,
    proof::prove,
    way::{Answer, Page},
};
use crate::toolsets::discovery::{
    detector::{Detector, Toolset},
    finding::{Confidence, Finding, Health},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the product.
    Proved { version: Option<String> },
    /// It speaks https at a port where http was spoken.
    WantsHttps,
    /// It is there, and what was asked for is not below this prefix.
    Elsewhere,
    /// Anything else that need not be asked again.
    Known(Health),
}

/// What servers say to plain HTTP at a port that takes TLS: Go's, nginx's, Apache's.
const WANTS_HTTPS: [&str; 3] = [
    "Client sent an HTTP request to an HTTPS server",
    "plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
];

pub(super) fn verdict(page: &Page<'_>, answer: &Answer) -> Verdict {
    let finding = &page.subject.finding;
    let status = answer.status;
    let unhealthy = |why: String| Verdict::Known(Health::Unhealthy(why));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Verdict::Known(locked(finding, answer)),
        StatusCode::BAD_REQUEST if !page.is_https() && wants_https(answer) => Verdict::WantsHttps,
        StatusCode::NOT_FOUND => Verdict::Elsewhere,
        _ if finding.detector.toolset == Toolset::Mcp && speaks_mcp(answer) => {
            Verdict::Proved { version: None }
        }
        _ if status.is_success() => match proved(&finding.detector, answer) {
            Ok(version) => Verdict::Proved { version },
            Err(why) => Verdict::Known(Health::Impostor(why)),
        },
        _ if status.is_redirection() => unhealthy(format!(
            "it redirects elsewhere ({}), which is not followed",
            status.as_u16()
        )),
        _ => unhealthy(format!("it answers {}", status.as_u16())),
    }
}

fn proved(detector: &Detector, answer: &Answer) -> Result<Option<String>, String> {
    match &detector.probe {
        Some(probe) if detector.toolset != Toolset::Mcp => prove(&probe.proof, answer),
        _ => Err("it does not answer as an MCP server does".to_owned()),
    }
}

fn wants_https(answer: &Answer) -> bool {
    WANTS_HTTPS.iter().any(|it| answer.text().contains(it))
}

/// Anything can ask for credentials. It is believed to be the product where its labels are sure of it, or where its own answer
/// speaks of it.
fn locked(finding: &Finding, answer: &Answer) -> Health {
    let mut challenges = answer.headers(&header::WWW_AUTHENTICATE);
    let is_named = challenges.any(|it| speaks_of(&finding.detector, it));
    if finding.confidence >= Confidence::High || is_named {
        return Health::AuthRequired;
    }
    Health::Impostor(format!(
        "it asks for credentials ({}), and too little speaks for {}",
        answer.status.as_u16(),
        finding.detector.title
    ))
}

/// Of what is asked for by a challenge: `Basic realm="OpenSearch Security"`; only Elasticsearch takes an `ApiKey`.
fn speaks_of(detector: &Detector, challenge: &str) -> bool {
    let challenge = challenge.to_ascii_lowercase();
    let is_named =
        [&detector.product, &detector.title].map(|it| challenge.contains(&it.to_lowercase()));
    is_named.contains(&true)
        || (detector.toolset == Toolset::Elasticsearch && challenge.contains("apikey"))
}

impl Verdict {
    /// For whoever asks why.
    pub(super) fn said(&self, finding: &Finding) -> String {
        let title = &finding.detector.title;
        match self {
            Self::Proved { version: Some(version) } => format!("{title} {version}"),
            Self::Proved { version: None } => title.clone(),
            Self::WantsHttps => "it wants https".to_owned(),
            Self::Elsewhere => "it has no such page (404)".to_owned(),
            Self::Known(health) => {
                let reason = health.reason().map(|it| format!(": {it}")).unwrap_or_default();
                format!("{}{reason}", health.word())
            }
        }
    }
}

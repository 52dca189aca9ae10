//! What OBI answers on this host.

use std::time::Duration;

use futures::future::join;
use serde::Deserialize;

use super::store::Ports;

/// It answers within a few milliseconds, or not at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// Of any of its answers. Its metrics have some kilobytes.
const LARGEST: usize = 4 << 20;

/// What came of asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// The body, where something answered with 200.
    pub(super) health: Option<String>,
    pub(super) internal: Option<String>,
}

pub(super) struct Asker(reqwest::Client);

/// What tells OBI's answer from that of whoever has the port instead of it.
#[derive(Deserialize)]
struct Healthz {
    #[serde(rename = "schema_version")]
    _version: u32,
}

/// Every OBI has it among its internal metrics.
const BUILD: &str = "obi_internal_build_info";

impl Asker {
    pub(super) fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        // Without a proxy, a certificate and a redirect there is nothing that could fail.
        let client = client.redirect(reqwest::redirect::Policy::none()).build();
        Self(client.unwrap_or_default())
    }

    /// Whether everything that can be asked answers, and as OBI does.
    pub(super) async fn has_started(&self, ports: &Ports) -> bool {
        let answers = self.ask(ports).await;
        let is_well = answers.health.is_some_and(|it| is_healthz(&it));
        let counts = answers.internal.is_some_and(|it| it.contains(BUILD));
        (ports.health.is_none() || is_well)
            && (ports.internal.is_none() || counts)
            && (is_well || counts)
    }

    pub(super) async fn ask(&self, ports: &Ports) -> Answers {
        let health = self.get(ports.health, "/healthz");
        let internal = self.get(ports.internal, &ports.internal_path);
        let (health, internal) = join(health, internal).await;
        Answers { health, internal }
    }

    async fn get(&self, port: Option<u16>, path: &str) -> Option<String> {
        let port = port?;
        let url = format!("http://127.0.0.1:{port}{path}");
        let mut response = self.0.get(url).send().await.ok()?.error_for_status().ok()?;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.ok()? {
            body.extend_from_slice(&piece);
            if body.len() > LARGEST {
                return None;
            }
        }
        Some(String::from_utf8_lossy(&body).into_owned())
    }
}

pub(super) fn is_healthz(body: &str) -> bool {
    serde_json::from_str::<Healthz>(body).is_ok()
}

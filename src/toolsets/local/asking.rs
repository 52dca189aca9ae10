//! What OBI answers on this host.

use std::{error::Error, net::SocketAddr, time::Duration};

use futures::future::join3;
use reqwest::Url;

use super::store::{At, Ports};
use crate::obi::health::{Answer, Metrics, is_of_obi};

/// It answers within a few milliseconds, or not at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// Of any of its answers. Its metrics have some kilobytes.
const LARGEST: usize = 4 << 20;

/// What came of asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) health: Answer,
    pub(super) internal: Answer,
    pub(super) prometheus: Answer,
}

pub(super) struct Asker(reqwest::Client);

impl Asker {
    pub(super) fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        let client = client.redirect(reqwest::redirect::Policy::none()).build();
        Self(client.expect("without a proxy and a certificate nothing can be wrong with it"))
    }

    /// Whether everything that can be asked answers, and as OBI does.
    pub(super) async fn has_started(&self, ports: &Ports) -> bool {
        let Answers { health, internal, .. } = self.ask(ports).await;
        let is_well = matches!(&health, Answer::Some { status: 200, body } if is_of_obi(body));
        let counts = matches!(&internal, Answer::Some { status: 200, body } if Metrics::read(body).is_of_obi());
        let is_asked = ports.health.is_some() || ports.internal.is_some();
        is_asked && (is_well || ports.health.is_none()) && (counts || ports.internal.is_none())
    }

    pub(super) async fn ask(&self, ports: &Ports) -> Answers {
        let all = [&ports.health, &ports.internal, &ports.prometheus];
        let [health, internal, prometheus] = all.map(|it| self.get(it.as_ref()));
        let (health, internal, prometheus) = join3(health, internal, prometheus).await;
        Answers { health, internal, prometheus }
    }

    async fn get(&self, at: Option<&At>) -> Answer {
        let Some(At { address, port, path }) = at else { return Answer::NotAsked };
        let Ok(mut url) = Url::parse(&format!("http://{}", SocketAddr::new(*address, *port)))
        else {
            return Answer::NotAsked;
        };
        // Whatever stands in a path, it never becomes another host.
        url.set_path(path);
        let answer = self.body(url).await;
        answer.unwrap_or_else(|error| Answer::None(innermost(&error)))
    }

    async fn body(&self, url: Url) -> Result<Answer, reqwest::Error> {
        let mut response = self.0.get(url).send().await?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            body.extend_from_slice(&piece);
            if body.len() > LARGEST {
                return Ok(Answer::None("the answer has no end".to_owned()));
            }
        }
        Ok(Answer::Some { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// What failed, and not what was tried.
fn innermost(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

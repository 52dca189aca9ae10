//! One Service while it is asked: place by place, until one proves it or the time is over.

use std::collections::BTreeMap;

use tokio::time::{self, Instant};

use super::{
    Step, Subject,
    verdict::{Verdict, verdict},
    way::{Page, Silence, Way},
};
use crate::toolsets::discovery::{
    finding::{Endpoint, Finding, Health, Scheme},
    service::Reach,
};

pub(super) struct Asking<'a> {
    way: &'a dyn Way,
    subject: &'a Subject,
    until: Instant,
    /// What is spoken at ports where it turned out to be other than was thought.
    schemes: BTreeMap<u16, Scheme>,
    /// Ports that have not answered in time: another prefix would not help.
    silent: Vec<u16>,
    pub(super) steps: Vec<Step>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(way: &'a dyn Way, subject: &'a Subject, until: Instant) -> Self {
        let (schemes, silent, steps) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { way, subject, until, schemes, silent, steps }
    }

    /// The place that has proved it and what it said; otherwise the best of what all places said.
    pub(super) async fn everywhere(&mut self) -> (Endpoint, Health) {
        let places = self.subject.places();
        let mut best = (self.subject.likeliest(), Health::Unknown);
        let Some(path) = self.subject.path() else { return best };
        if self.subject.service.reach == Reach::ExternalName {
            best.1 =
                Health::Unreachable("it is a name for something outside the cluster".to_owned());
            return best;
        }
        for (at, place) in places.iter().enumerate() {
            if self.silent.contains(&place.port) {
                continue;
            }
            let rest = places.iter().skip(at);
            let is_last = rest.clone().all(|it| it.port == place.port);
            let (endpoint, health) = self.at(place.clone(), &path, self.share(is_last)).await;
            // What cannot be asked here cannot be asked elsewhere either.
            let is_over = matches!(health, Health::Unknown | Health::Ready { .. });
            if is_over || rank(&health) > rank(&best.1) {
                best = (endpoint, health);
            }
            if is_over {
                break;
            }
        }
        best
    }

    /// One that is silent must not use up the time of those that come after it.
    fn share(&self, is_last: bool) -> Instant {
        let left = self.until.saturating_duration_since(Instant::now());
        if is_last { self.until } else { Instant::now() + left / 2 }
    }

    async fn at(&mut self, place: Endpoint, path: &str, until: Instant) -> (Endpoint, Health) {
        let known = self.schemes.get(&place.port).copied();
        let mut endpoint = Endpoint { scheme: known.unwrap_or(place.scheme), ..place };
        let mut heard = self.hear(&endpoint, path, until).await;
        if known.is_none() && heard.is_of_the_other_scheme() {
            endpoint.scheme = other(endpoint.scheme);
            let again = self.hear(&endpoint, path, until).await;
            if again.is_of_the_other_scheme() {
                // It speaks neither.
                endpoint.scheme = other(endpoint.scheme);
            } else {
                self.schemes.insert(endpoint.port, endpoint.scheme);
                heard = again;
            }
        }
        let health = self.health(&endpoint, heard).await;
        (endpoint, health)
    }

    async fn health(&mut self, endpoint: &Endpoint, heard: Heard) -> Health {
        match heard {
            Heard::Nothing => {
                self.silent.push(endpoint.port);
                Health::Unreachable("it does not answer in time".to_owned())
            }
            Heard::Silence(Silence::Unasked(_)) => Health::Unknown,
            Heard::Silence(Silence::Unreachable(why)) => Health::Unreachable(why),
            Heard::Silence(Silence::OtherScheme(why)) => Health::Unreachable(why.to_owned()),
            Heard::Verdict(Verdict::Proved { version }) => {
                Health::Ready { version, open: self.is_open(endpoint).await }
            }
            Heard::Verdict(Verdict::WantsHttps) => {
                Health::Unhealthy("it wants https, and does not speak it".to_owned())
            }
            Heard::Verdict(Verdict::Elsewhere) => Health::Impostor(format!(
                "it has no page as {} has (404)",
                self.subject.finding.detector.title
            )),
            Heard::Verdict(Verdict::Known(health)) => health,
        }
    }

    async fn hear(&mut self, endpoint: &Endpoint, path: &str, until: Instant) -> Heard {
        let subject = self.subject;
        let page = Page { subject, endpoint, path };
        let heard = match time::timeout_at(until, self.way.get(&page)).await {
            Err(_) => Heard::Nothing,
            Ok(Err(silence)) => Heard::Silence(silence),
            Ok(Ok(answer)) => Heard::Verdict(verdict(&page, &answer)),
        };
        self.note(endpoint, path, heard.said(&subject.finding));
        heard
    }

    /// Whether it lets anybody read. That it is the product is known by then.
    async fn is_open(&mut self, endpoint: &Endpoint) -> bool {
        let subject = self.subject;
        let probe = subject.finding.detector.probe.as_ref();
        let Some(path) = probe.and_then(|it| it.open.as_deref()) else { return true };
        let page = Page { subject, endpoint, path };
        let answer = time::timeout_at(self.until, self.way.get(&page)).await;
        let status = answer.ok().and_then(Result::ok).map(|it| it.status);
        let is_open = status.is_some_and(|it| it.is_success());
        let said = if is_open { "open to anybody" } else { "not open to anybody" };
        self.note(endpoint, path, said.to_owned());
        is_open
    }

    fn note(&mut self, endpoint: &Endpoint, path: &str, said: String) {
        self.steps.push(Step { endpoint: endpoint.clone(), path: path.to_owned(), said });
    }
}

/// What became of one request.
enum Heard {
    /// It took too long.
    Nothing,
    Silence(Silence),
    Verdict(Verdict),
}

impl Heard {
    fn is_of_the_other_scheme(&self) -> bool {
        matches!(self, Self::Silence(Silence::OtherScheme(_)) | Self::Verdict(Verdict::WantsHttps))
    }

    fn said(&self, finding: &Finding) -> String {
        match self {
            Self::Nothing => "no answer in time".to_owned(),
            Self::Silence(Silence::OtherScheme(why)) => (*why).to_owned(),
            Self::Silence(Silence::Unreachable(why) | Silence::Unasked(why)) => why.clone(),
            Self::Verdict(verdict) => verdict.said(finding),
        }
    }
}

fn other(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::Http => Scheme::Https,
        Scheme::Https => Scheme::Http,
    }
}

/// How much a place says: the more, the better.
fn rank(health: &Health) -> u8 {
    match health {
        Health::Unknown => 0,
        Health::Unreachable(_) => 1,
        Health::Impostor(_) => 2,
        Health::Unhealthy(_) => 3,
        Health::AuthRequired => 4,
        Health::Ready { .. } => 5,
    }
}

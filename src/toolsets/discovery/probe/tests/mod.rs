//! What is asked here is a script, unless a test says otherwise.

mod addresses;
#[path = "../../../../../tests/it/discovery/answers.rs"]
#[expect(dead_code, unreachable_pub, reason = "the integration tests share it")]
mod answers;
mod hostile;
mod memory;
mod places;
mod products;
mod proxied;
mod round;

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use http::{HeaderMap, StatusCode, header};

use self::answers::{Recorded, answer_at, recorded};
use super::{
    way::{Answer, Page, Silence, Way},
    *,
};
use crate::toolsets::discovery::{
    detector::Detector,
    finding::{Confidence, Health},
    matching::Detectors,
    service::{Place, Reach},
};

fn page_of(pages: &[Recorded], path: &str) -> Reply {
    let page = answer_at(pages, path);
    let reply = Reply::of(page.status, &page.body).with(header::CONTENT_TYPE, &page.content_type);
    let challenge = |reply: Reply, it: &String| reply.with(header::WWW_AUTHENTICATE, it);
    page.challenges.iter().fold(reply, challenge)
}

/// What a script says to a request.
enum Reply {
    Answer(Answer),
    Silence(Silence),
    /// It never comes.
    Nothing,
}

impl Reply {
    fn of(status: u16, body: &str) -> Self {
        let mut answer = Answer::begin(StatusCode::from_u16(status).unwrap(), HeaderMap::new());
        answer.take(body.as_bytes());
        Self::Answer(answer.end())
    }

    fn with(self, name: header::HeaderName, value: &str) -> Self {
        let Self::Answer(mut answer) = self else { return self };
        answer.headers.append(name, value.parse().unwrap());
        Self::Answer(answer)
    }
}

type Line = Box<dyn Fn(&Page<'_>) -> Reply + Send + Sync>;

/// A way on which everything answers as it is told, and which knows what was asked.
struct Script {
    line: Line,
    asked: Mutex<Vec<String>>,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Script {
    fn new(line: impl Fn(&Page<'_>) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        let (asked, now, most) = (Mutex::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { line: Box::new(line), asked, now, most })
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Way for Script {
    async fn get(&self, page: &Page<'_>) -> Result<Answer, Silence> {
        let url = format!("{}://{}{}", page.endpoint.scheme, page.host(), page.full_path());
        self.asked.lock().unwrap().push(url);
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let outcome = match (self.line)(page) {
            Reply::Answer(answer) => Ok(answer),
            Reply::Silence(silence) => Err(silence),
            Reply::Nothing => std::future::pending().await,
        };
        self.now.fetch_sub(1, Ordering::SeqCst);
        outcome
    }
}

/// How each product is asked in truth.
fn detector(product: &str) -> Detector {
    let known = Detectors::embedded();
    Detector::clone(known.get(product).unwrap_or_else(|| panic!("no {product}")))
}

fn endpoint(scheme: Scheme, port: u16, prefix: &str) -> Endpoint {
    Endpoint { scheme, service_port: port, port, prefix: prefix.to_owned() }
}

/// A Service of that product in the namespace `monitoring`, taken for it by its labels.
fn subject(product: &str, endpoints: Vec<Endpoint>) -> Subject {
    let place = Place { namespace: "monitoring".to_owned(), name: product.to_owned() };
    let service = Service {
        place: place.clone(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        selector: BTreeMap::from([("app".to_owned(), product.to_owned())]),
        ports: Vec::new(),
        reach: Reach::ClusterIp("127.0.0.1".to_owned()),
        owner: None,
    };
    let finding = Finding {
        place,
        detector: Arc::new(detector(product)),
        confidence: Confidence::Medium,
        matched_by: Vec::new(),
        endpoints,
    };
    Subject { service: Arc::new(service), finding, pods: Vec::new(), last: None }
}

fn at_port(product: &str, port: u16) -> Subject {
    subject(product, vec![endpoint(Scheme::Http, port, "")])
}

fn prober(way: &Arc<Script>) -> Prober {
    Prober::new(Arc::clone(way) as Arc<dyn Way>, Limits::default())
}

/// The verdict on a subject, and every step to it.
async fn story(way: &Arc<Script>, subject: &Subject) -> String {
    told(&prober(way).ask(subject).await)
}

fn told(asked: &Asked) -> String {
    let steps: Vec<String> = asked.steps.iter().map(ToString::to_string).collect();
    let url = asked.found.endpoint.url(&asked.found.finding.place, "svc");
    format!("{}\n{url} {}", steps.join("\n"), health(&asked.found.health))
}

fn health(health: &Health) -> String {
    match health {
        Health::Ready { version, open } => {
            let version = version.as_deref().unwrap_or("of no version");
            format!("ready {version}{}", if *open { "" } else { ", not open" })
        }
        other => format!(
            "{}{}",
            other.word(),
            other.reason().map(|it| format!(": {it}")).unwrap_or_default()
        ),
    }
}

fn unreachable(why: &str) -> Reply {
    Reply::Silence(Silence::Unreachable(why.to_owned()))
}

fn loopback(_: IpAddr) -> bool {
    true
}

//! What a few pods say when they are asked: their logs, and through the API server's proxy OBI's metrics of itself.

use std::time::Duration;

use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    pods::{Phase, Pod},
    sets::CONTAINER,
};
use crate::{
    obi::{
        health::{Answer, Evidence, Life, Metrics, Verdict, verdict},
        log::{self, Line},
        plan::{Plan, Port, Purpose},
    },
    toolsets::kubernetes::{cluster::Cluster, error::ApiError},
};

/// OBI answers within a few milliseconds, or not at all.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Of its log, what it said when it started and what it says now. All that counts of a start is in its first few kilobytes.
const HEAD: usize = 32 << 10;
const TAIL: usize = 256 << 10;
const TAIL_LINES: usize = 200;
/// Of its metrics, which have some kilobytes.
const LARGEST: usize = 1 << 20;
/// The most programs of one pod that are named.
const MOST_PROCESSES: usize = 20;

/// What came of one pod.
#[derive(Debug, Clone)]
pub(in crate::toolsets::kubernetes::obi) struct Asked {
    pub(in crate::toolsets::kubernetes::obi) pod: String,
    pub(in crate::toolsets::kubernetes::obi) verdict: Verdict,
    /// Programs that it instruments, and how many processes of each.
    pub(in crate::toolsets::kubernetes::obi) processes: Vec<(String, u64)>,
    /// Whether it is known without asking why it does not run.
    pub(super) is_explained: bool,
    /// Whether it runs at all.
    pub(super) runs: bool,
    /// For how many seconds it has been running.
    pub(super) seconds: Option<u64>,
    /// What could not be had of it, and why.
    pub(super) lacks: Vec<Lack>,
}

/// Why a verdict says less than it could.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    /// The logs may not be read.
    Log(String),
    /// The pods may not be asked through the API server.
    Proxy(String),
}

/// Whom to ask, and what they were told to do.
pub(super) struct Asking<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) namespace: &'a str,
    pub(super) plan: Option<&'a Plan>,
    pub(super) now: Timestamp,
}

impl Asking<'_> {
    pub(super) async fn one(&self, pod: &Pod) -> Asked {
        let (log, (internal, of_internal), (healthz, of_health)) = futures::join!(
            self.log(pod),
            self.endpoint(pod, Purpose::InternalMetrics),
            self.endpoint(pod, Purpose::Health)
        );
        let (lines, of_log) = match log {
            Ok(lines) => (lines, None),
            Err(error) => (Vec::new(), error.is_forbidden().then(|| Lack::Log(reason(&error)))),
        };
        let seconds = self.seconds(pod);
        let processes = processes(&internal);
        let evidence = Evidence {
            life: life(pod, seconds),
            healthz,
            internal_metrics: internal,
            prometheus: Answer::NotAsked,
            lines: &lines,
            plan: self.plan,
        };
        let mut lacks: Vec<Lack> = [of_log, of_internal, of_health].into_iter().flatten().collect();
        lacks.dedup();
        Asked {
            pod: pod.name.clone(),
            verdict: verdict(&evidence),
            processes,
            is_explained: pod.problem.is_some() || pod.phase != Phase::Crashing,
            runs: pod.since.is_some(),
            seconds,
            lacks,
        }
    }

    fn seconds(&self, pod: &Pod) -> Option<u64> {
        u64::try_from(self.now.duration_since(pod.since?).as_secs()).ok()
    }

    /// Its beginning and its end; of a short log all.
    async fn log(&self, pod: &Pod) -> Result<Vec<Line>, ApiError> {
        if matches!(pod.phase, Phase::Pending | Phase::Image | Phase::Container) {
            return Ok(Vec::new());
        }
        let path = |what: String| {
            let Self { namespace, .. } = self;
            let name = &pod.name;
            format!(
                "/api/v1/namespaces/{namespace}/pods/{name}/log?container={CONTAINER}&timestamps=true&{what}"
            )
        };
        let (head, tail);
        head = self.read(&path(format!("limitBytes={HEAD}")), HEAD).await?;
        let mut lines = stamped(&head);
        if head.len() >= HEAD {
            // The last line of the beginning is cut.
            lines.pop();
            let last = lines.last().and_then(|it| it.0);
            tail = self.read(&path(format!("tailLines={TAIL_LINES}")), TAIL).await?;
            lines.extend(stamped(&tail).into_iter().filter(|it| it.0 > last));
        }
        let text: Vec<&[u8]> = lines.into_iter().map(|it| it.1).collect();
        Ok(log::read(&text.join(&b'\n')))
    }

    /// Where it says that it listens, unless nobody else can come there.
    async fn endpoint(&self, pod: &Pod, purpose: Purpose) -> (Answer, Option<Lack>) {
        let port = self.plan.and_then(|it| it.port(purpose)).filter(|it| !is_loopback(it));
        let (Some(Port { port, path, .. }), true) = (port, pod.since.is_some()) else {
            return (Answer::NotAsked, None);
        };
        let Self { namespace, .. } = self;
        let path = format!("/api/v1/namespaces/{namespace}/pods/{}:{port}/proxy{path}", pod.name);
        match timeout(PATIENCE, self.answer(&path)).await {
            Err(_) => (Answer::None("it does not answer in time".to_owned()), None),
            Ok(Ok(answer)) => (answer, None),
            Ok(Err(error)) if error.is_forbidden() => {
                (Answer::NotAsked, Some(Lack::Proxy(reason(&error))))
            }
            Ok(Err(_)) => (Answer::NotAsked, None),
        }
    }

    /// An error is that nobody was asked.
    async fn answer(&self, path: &str) -> Result<Answer, ApiError> {
        let (head, body) = self.cluster.open(path, "*/*").await?.into_parts();
        let body = bounded(body, LARGEST).await?;
        if head.status.is_success() {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Ok(Answer::Some { status: head.status.as_u16(), body });
        }
        match own_word(&body) {
            Some(why) if head.status.as_u16() != 403 => Ok(Answer::None(why)),
            Some(_) => Err(self.cluster.failure(head.status, &body)),
            None => {
                let body = String::from_utf8_lossy(&body).into_owned();
                Ok(Answer::Some { status: head.status.as_u16(), body })
            }
        }
    }

    async fn read(&self, path: &str, most: usize) -> Result<Vec<u8>, ApiError> {
        let reading = async {
            let (head, body) = self.cluster.open(path, "*/*").await?.into_parts();
            let body = bounded(body, most).await?;
            if head.status.is_success() {
                Ok(body)
            } else {
                Err(self.cluster.failure(head.status, &body))
            }
        };
        let outcome = timeout(PATIENCE, reading).await;
        outcome
            .unwrap_or_else(|_| Err(ApiError::Unreachable("its node does not answer".to_owned())))
    }
}

/// So much of a body.
async fn bounded(mut body: kube::client::Body, most: usize) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(ApiError::from)?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[], |it| it));
        if bytes.len() >= most {
            bytes.truncate(most);
            break;
        }
    }
    Ok(bytes)
}

/// Lines without the time that the API server puts before each, and that time.
fn stamped(log: &[u8]) -> Vec<(Option<Timestamp>, &[u8])> {
    let line = |line: &'_ [u8]| -> (Option<Timestamp>, usize) {
        let end = line.iter().position(|it| *it == b' ').unwrap_or(line.len());
        let stamp = line.get(..end).and_then(|it| std::str::from_utf8(it).ok());
        match stamp.and_then(|it| it.parse().ok()) {
            Some(at) => (Some(at), (end + 1).min(line.len())),
            None => (None, 0),
        }
    };
    let lines = log.split(|it| *it == b'\n').filter(|it| !it.is_empty());
    lines
        .map(|it| {
            let (at, from) = line(it);
            (at, it.get(from..).unwrap_or_default())
        })
        .collect()
}

/// What the API server says where no pod has answered. A pod that says the same gains nothing by it.
fn own_word(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let is_status = body.get("kind")? == "Status" && body.get("apiVersion")? == "v1";
    let said = body.get("message").filter(|_| is_status)?.as_str()?;
    let says = |words: &[&str]| words.iter().any(|it| said.contains(it));
    let why = if says(&["connection refused"]) {
        "connection refused"
    } else if says(&["no route to host", "network is unreachable"]) {
        "the API server has no way to its network"
    } else if says(&["timeout", "deadline exceeded"]) {
        "it does not answer the API server"
    } else {
        "the API server cannot reach it"
    };
    Some(why.to_owned())
}

fn is_loopback(port: &Port) -> bool {
    port.address.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
}

fn life(pod: &Pod, seconds: Option<u64>) -> Life {
    match pod.ended {
        Some(it) => Life::Ended { exit: it.exit, signal: it.signal, asked: false },
        None if pod.since.is_some() => Life::Running(seconds),
        None => Life::Unknown,
    }
}

fn processes(internal: &Answer) -> Vec<(String, u64)> {
    let Answer::Some { status: 200, body } = internal else { return Vec::new() };
    let metrics = Metrics::read(body);
    let samples = metrics.all("obi_instrumented_processes").filter(|it| it.value >= 1.0);
    let told = samples.filter_map(|it| {
        let count = u64::try_from(format!("{:.0}", it.value).parse::<u128>().ok()?).ok()?;
        Some((it.label("process_name")?.to_owned(), count))
    });
    told.take(MOST_PROCESSES).collect()
}

fn reason(error: &ApiError) -> String {
    match error {
        ApiError::Refused(refusal) => format!("not allowed by policy: {refusal}"),
        _ => "forbidden".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_before_a_line_is_taken_off_it() {
        let log = b"2026-11-25T14:00:00.5Z time=x level=INFO\nno time\n2026-11-25T14:00:01Z\n";
        let lines = stamped(log);
        assert_eq!(lines[0].1, b"time=x level=INFO");
        assert!(lines[0].0 < lines[2].0);
        assert_eq!(lines[1], (None, b"no time".as_slice()));
        assert_eq!(lines[2].1, b"");
    }

    #[test]
    fn what_the_api_server_says_by_itself_is_no_answer_of_the_pod() {
        let status = r#"{"kind":"Status","apiVersion":"v1","message":"error trying to reach service: dial tcp 10.0.0.1:9465: connect: connection refused"}"#;
        assert_eq!(own_word(status.as_bytes()).as_deref(), Some("connection refused"));
        assert_eq!(own_word(b"404 page not found"), None);
    }
}

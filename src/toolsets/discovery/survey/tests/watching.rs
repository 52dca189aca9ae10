//! An API server that is the test itself: it sees each question, and answers or does not. Time passes by itself while all wait.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use axum::body::Body;
use bytes::Bytes;
use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    future,
    stream::BoxStream,
};
use http::{Request, Response};
use kube::Client;
use serde_json::{Value, json};
use tokio::{
    sync::oneshot,
    time::{Duration, timeout},
};

use crate::{
    k8s::{Cluster, Guard, Limits, discovery::Discovery, identity::Identity},
    output::Redactor,
    toolsets::discovery::survey::{
        state::News,
        watches::{Heard, watch},
    },
};

/// Longer than anything takes, in the test's own time.
const LIMIT: Duration = Duration::from_hours(1);

/// What is asked of one resource, and what the watches over the whole cluster tell.
struct Server {
    asked: UnboundedReceiver<Question>,
    heard: BoxStream<'static, Heard>,
}

/// `list`, or `watch from 7`, and how to answer it. Whoever keeps it does not answer.
struct Question {
    said: String,
    reply: oneshot::Sender<Response<Body>>,
}

/// The lines of a watch, or the pieces of a list. It ends when it is dropped.
struct Lines(UnboundedSender<Result<Bytes, Infallible>>);

impl Server {
    /// One that hears what is asked of that resource; nothing else is ever answered.
    fn of(resource: &'static str) -> Self {
        let (ask, asked) = unbounded();
        let service = tower::service_fn(move |request: Request<kube::client::Body>| {
            let ask = ask.clone();
            async move {
                let (reply, answer) = oneshot::channel();
                if request.uri().path().ends_with(resource) {
                    ask.unbounded_send(Question { said: said(request.uri()), reply }).unwrap();
                    return answer.await.map_err(|_| "it hangs up");
                }
                std::future::pending().await
            }
        });
        let cluster = Arc::new(cluster(service));
        // No kind of resources is wanted, which is told at once.
        let heard = watch(&cluster, &[None], BTreeMap::new());
        Self { asked, heard: heard.filter(|it| future::ready(!matches!(it, Heard::Read))).boxed() }
    }

    /// What is asked next; what is told meanwhile goes into `told`.
    async fn asked(&mut self, told: &mut Vec<String>) -> Question {
        let waiting = async {
            loop {
                tokio::select! {
                    biased;
                    Some(question) = self.asked.next() => return question,
                    Some(heard) = self.heard.next() => told.push(in_words(heard)),
                }
            }
        };
        timeout(LIMIT, waiting).await.expect("nothing is asked any more")
    }

    /// What is told next.
    async fn told(&mut self) -> String {
        let heard = timeout(LIMIT, self.heard.next()).await.expect("nothing is told any more");
        in_words(heard.unwrap())
    }
}

impl Question {
    fn answer(self, list: &Value) {
        self.reply.send(Response::new(Body::from(list.to_string()))).unwrap();
    }

    fn begin(self) -> Lines {
        let (lines, body) = unbounded();
        self.reply.send(Response::new(Body::from_stream(body))).unwrap();
        Lines(lines)
    }
}

impl Lines {
    fn send(&self, text: &str) {
        self.0.unbounded_send(Ok(Bytes::from(text.to_owned()))).unwrap();
    }

    fn tell(&self, kind: &str, object: &Value) {
        self.send(&format!("{}\n", json!({ "type": kind, "object": object })));
    }
}

#[expect(clippy::disallowed_methods, reason = "nobody is at its other end")]
fn cluster<S>(service: S) -> Cluster
where
    S: tower::Service<Request<kube::client::Body>, Response = Response<Body>, Error = &'static str>
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    let client = Client::new(service, "default");
    let guard = Guard::new(&Limits::default()).unwrap();
    let discovery = Arc::new(Discovery::new(guard.scopes()));
    let identity = Identity {
        context: "test".to_owned(),
        server: "https://test".to_owned(),
        user: None,
        impersonated: None,
        namespace: "default".to_owned(),
        proxy: None,
        certificate_end: None,
    };
    Cluster::new(identity, client, guard, discovery, Redactor::new())
}

fn said(uri: &http::Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let of = |key: &str| query.split('&').find_map(|it| it.strip_prefix(key));
    match (of("watch="), of("resourceVersion=")) {
        (None, _) => "list".to_owned(),
        (Some(_), version) => format!("watch from {}", version.unwrap_or_default()),
    }
}

fn in_words(heard: Heard) -> String {
    match heard {
        Heard::News(_, News::Begins) => "begins".to_owned(),
        Heard::News(_, News::Is(service)) => format!("is {}", service.place),
        Heard::News(_, News::Gone(place)) => format!("gone {place}"),
        Heard::News(_, News::Complete) => "complete".to_owned(),
        Heard::News(_, News::Moved(place)) => format!("moved {place}"),
        Heard::News(_, News::All(..) | News::One(..) | News::Unread(..)) | Heard::Read => {
            "of a resource".to_owned()
        }
        Heard::Forbidden(_) => "forbidden".to_owned(),
        Heard::Trouble(_, told) => format!("trouble: {told}"),
        Heard::Lost(_, told) => format!("lost: {told}"),
    }
}

fn object(name: &str, version: &str) -> Value {
    let service = format!("{name}-service");
    json!({
        "metadata": {
            "namespace": "shop", "name": name, "resourceVersion": version,
            "labels": { "kubernetes.io/service-name": service },
        },
    })
}

fn list(version: &str, names: &[&str]) -> Value {
    let items: Vec<Value> = names.iter().map(|it| object(it, version)).collect();
    json!({ "metadata": { "resourceVersion": version }, "items": items })
}

fn too_old() -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "too old resource version: 8 (9)", "reason": "Expired", "code": 410,
    })
}

/// Services that have been listed at version 7, and the question for the watch that follows.
async fn listed() -> (Server, Question) {
    let (mut server, mut told) = (Server::of("/services"), Vec::new());
    let question = server.asked(&mut told).await;
    assert_eq!(question.said, "list");
    question.answer(&list("7", &["grafana"]));
    let watch = server.asked(&mut told).await;
    assert_eq!(watch.said, "watch from 7");
    assert_eq!(told, ["begins", "is shop/grafana", "complete"]);
    (server, watch)
}

#[tokio::test(start_paused = true)]
async fn a_watch_on_which_nothing_comes_any_more_is_taken_up_where_it_was() {
    let (mut server, watch) = listed().await;
    let silent = watch.begin();
    silent.tell("ADDED", &object("tempo", "8"));
    assert_eq!(server.told().await, "is shop/tempo");
    let mut told = Vec::new();
    let again = server.asked(&mut told).await;
    assert_eq!((again.said.as_str(), told), ("watch from 8", Vec::new()));
    again.begin().tell("DELETED", &object("grafana", "9"));
    assert_eq!(server.told().await, "gone shop/grafana");
    drop(silent);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_does_not_begin_is_told_of_and_tried_again() {
    let (mut server, never) = listed().await;
    let silent =
        "lost: the API server of context test (https://test) cannot be reached: it does not answer";
    assert_eq!(server.told().await, silent);
    let again = server.asked(&mut Vec::new()).await;
    assert_eq!(again.said, "watch from 7");
    again.begin().tell("ADDED", &object("tempo", "8"));
    assert_eq!(server.told().await, "is shop/tempo");
    drop(never);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_come_or_stops_half_way_is_told_of_and_asked_for_again() {
    let (mut server, mut told) = (Server::of("/services"), Vec::new());
    let never = server.asked(&mut told).await;
    let half = server.asked(&mut told).await;
    let half = half.begin();
    half.send(r#"{"metadata": {"resourceVersion": "7"}, "items": ["#);
    server.asked(&mut told).await.answer(&list("7", &["grafana"]));
    server.asked(&mut told).await.begin();
    let silent = "trouble: the API server of context test (https://test) cannot be reached: it does not answer";
    assert_eq!(told, ["begins", silent, "begins", silent, "begins", "is shop/grafana", "complete"]);
    drop((never, half));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_told_in_its_middle_that_it_is_too_old_is_told_everything_anew() {
    let (mut server, watch) = listed().await;
    let lines = watch.begin();
    lines.tell("ADDED", &object("tempo", "8"));
    lines.tell("ERROR", &too_old());
    let mut told = Vec::new();
    let question = server.asked(&mut told).await;
    assert_eq!(question.said, "list");
    question.answer(&list("9", &["tempo"]));
    let watch = server.asked(&mut told).await;
    assert_eq!(watch.said, "watch from 9");
    assert_eq!(told, ["is shop/tempo", "begins", "is shop/tempo", "complete"]);
}

#[tokio::test(start_paused = true)]
async fn pods_that_move_are_heard_of_again_after_silence_and_after_a_watch_that_was_too_old() {
    let (mut server, mut told) = (Server::of("/endpointslices"), Vec::new());
    let mut said = Vec::new();
    // The list does not come at first.
    let never = server.asked(&mut told).await;
    server.asked(&mut told).await.answer(&list("7", &["any"]));
    let silent = server.asked(&mut told).await.begin();
    silent.tell("MODIFIED", &object("grafana", "8"));
    let question = server.asked(&mut told).await;
    said.push(question.said.clone());
    question.begin().tell("ERROR", &too_old());
    let question = server.asked(&mut told).await;
    said.push(question.said.clone());
    question.answer(&list("9", &["any"]));
    let question = server.asked(&mut told).await;
    said.push(question.said.clone());
    let lines = question.begin();
    lines.tell("MODIFIED", &object("tempo", "10"));
    let ours = |it: &String| it.starts_with("moved");
    while !told.iter().any(|it| it.ends_with("tempo-service")) {
        told.push(server.told().await);
    }
    told.retain(ours);
    assert_eq!(told, ["moved shop/grafana-service", "moved shop/tempo-service"]);
    assert_eq!(said, ["watch from 8", "list", "watch from 9"]);
    drop((never, silent));
}

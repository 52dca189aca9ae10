//! The proof of a deployment, by an API server that says what it is told to.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{config::hash, proof, proof::Proof};
use crate::{
    obi::health::State,
    tool::{Session, ToolError},
    toolsets::kubernetes::world::{ApiServer, World},
};

const CONFIG: &str = "discovery: {instrument: [{k8s_namespace: shop}]}\nprometheus_export: {port: 9464}\ninternal_metrics: {exporter: prometheus, prometheus: {port: 9465}}\n";
const PROXY: &str = "/api/v1/namespaces/watch/pods/obi-1:9465/proxy/internal/metrics";

/// A cluster of one node, whose OBI has been running for a minute and answers so.
struct Site {
    pod: Value,
    metrics: (StatusCode, String),
    desired: usize,
}

impl Site {
    fn new() -> Self {
        let since = Timestamp::now() - SignedDuration::from_mins(1);
        let state = json!({"running": {"startedAt": since}});
        let status = json!({"name": "obi", "ready": true, "restartCount": 0, "state": state});
        let build = "obi_internal_build_info{version=\"v0.13.0\"} 1\n";
        let metrics = format!("{build}obi_instrumented_processes{{process_name=\"shop\"}} 3\n");
        Self { pod: pod(&status), metrics: (StatusCode::OK, metrics), desired: 1 }
    }

    async fn world(self) -> World {
        let list = |items: Vec<Value>| {
            (StatusCode::OK, json!({"metadata": {}, "items": items}).to_string())
        };
        let labels = json!({
            "app.kubernetes.io/name": "obi", "app.kubernetes.io/component": "agent",
            "app.kubernetes.io/managed-by": "tacklebox",
        });
        let set = json!({
            "metadata": {"name": "obi", "namespace": "watch", "labels": labels, "generation": 1},
            "spec": {"template": {
                "metadata": {"annotations": {"tacklebox.io/config-sha256": hash(CONFIG)}},
                "spec": {"containers": [{"name": "obi", "image": "docker.io/otel/ebpf-instrument:v0.13.0"}]},
            }},
            "status": {
                "observedGeneration": 1, "desiredNumberScheduled": self.desired, "currentNumberScheduled": self.desired,
                "updatedNumberScheduled": self.desired,
            },
        });
        let node =
            json!({"metadata": {"name": "n1"}, "status": {"nodeInfo": {"kernelVersion": "6.1.0"}}});
        let config = json!({"data": {"obi.yml": CONFIG}}).to_string();
        let answers = [
            ("/apis/apps/v1/daemonsets", list(vec![set])),
            (PROXY, self.metrics),
            ("/api/v1/namespaces/watch/pods/obi-1/log", (StatusCode::OK, String::new())),
            ("/api/v1/namespaces/watch/pods", list(vec![self.pod])),
            ("/api/v1/namespaces/watch/events", list(Vec::new())),
            ("/api/v1/namespaces/watch/configmaps/obi-config", (StatusCode::OK, config)),
            ("/api/v1/nodes", list(vec![node])),
            ("/apis", discovery("apps", &[("DaemonSet", true)])),
            (
                "/api",
                discovery(
                    "",
                    &[("Pod", true), ("Node", false), ("ConfigMap", true), ("Event", true)],
                ),
            ),
        ];
        let answers = answers.map(|(path, (status, body))| (path, status, body)).to_vec();
        World::new(ApiServer { answers, ..ApiServer::default() }).await
    }

    /// What is proven within so long.
    async fn proof(self, limit: Duration) -> Result<Proof, ToolError> {
        let world = self.world().await;
        let session = Session::detached();
        let cluster = Arc::new(world.clients()).cluster(None, &session).await.unwrap();
        proof(&cluster, &session, "watch", Instant::now() + limit).await
    }
}

fn pod(status: &Value) -> Value {
    json!({
        "metadata": {"name": "obi-1", "annotations": {"tacklebox.io/config-sha256": hash(CONFIG)}},
        "spec": {"nodeName": "n1", "containers": [{"name": "obi", "image": "docker.io/otel/ebpf-instrument:v0.13.0"}]},
        "status": {"phase": "Running", "containerStatuses": [status]},
    })
}

fn discovery(group: &str, kinds: &[(&str, bool)]) -> (StatusCode, String) {
    let resource = |(kind, is_namespaced): &(&str, bool)| {
        let singular = kind.to_lowercase();
        json!({
            "resource": format!("{singular}s"), "responseKind": {"group": group, "version": "v1", "kind": kind},
            "scope": if *is_namespaced { "Namespaced" } else { "Cluster" }, "singularResource": singular, "verbs": ["get", "list"],
        })
    };
    let resources: Vec<Value> = kinds.iter().map(resource).collect();
    let versions = json!([{"version": "v1", "freshness": "Current", "resources": resources}]);
    let items = json!([{"metadata": {"name": group}, "versions": versions}]);
    let all = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
    (StatusCode::OK, all.to_string())
}

/// As long as anybody waits: what is sure is told at once.
const LONG: Duration = Duration::from_mins(5);

#[tokio::test]
async fn an_obi_that_instruments_something_is_proven_at_once_with_what_it_instruments() {
    let proof = Site::new().proof(LONG).await.unwrap();
    assert_eq!((proof.state, proof.asked), (State::Ready, 1), "{proof:?}");
    assert_eq!(proof.instrumented, Some(3));
    assert_eq!(proof.programs, [("shop".to_owned(), 3)].into());
    assert_eq!(proof.versions, ["v0.13.0"]);
    assert_eq!(proof.reasons, Vec::<String>::new());
}

#[tokio::test]
async fn an_obi_that_has_instrumented_nothing_for_a_minute_will_not_do_it_later() {
    let metrics = "obi_internal_build_info{version=\"v0.13.0\"} 1\n".to_owned();
    let proof =
        Site { metrics: (StatusCode::OK, metrics), ..Site::new() }.proof(LONG).await.unwrap();
    assert_eq!(proof.state, State::Degraded);
    assert!(proof.reasons[0].starts_with("no process is instrumented"), "{:?}", proof.reasons);
}

#[tokio::test]
async fn whoever_may_not_ask_pods_gets_a_verdict_by_logs_and_a_word_about_it() {
    let status = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no","code":403}"#;
    let site = Site { metrics: (StatusCode::FORBIDDEN, status.to_owned()), ..Site::new() };
    let proof = site.proof(LONG).await.unwrap();
    assert_eq!(proof.state, State::Degraded);
    assert!(
        proof.reasons[0].starts_with("nothing shows whether a process is instrumented"),
        "{:?}",
        proof.reasons
    );
    assert!(proof.notes.iter().any(|it| it.contains("pods/proxy")), "{:?}", proof.notes);
}

#[tokio::test]
async fn an_image_that_cannot_be_had_is_told_at_once() {
    let state = json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let pod = pod(&json!({"name": "obi", "ready": false, "restartCount": 0, "state": state}));
    let proof = Site { pod, ..Site::new() }.proof(LONG).await.unwrap();
    assert_eq!(proof.state, State::Unavailable);
    assert!(
        proof.reasons[0].starts_with("its image cannot be had (ImagePullBackOff)"),
        "{:?}",
        proof.reasons
    );
}

#[tokio::test]
async fn what_is_still_under_way_when_time_is_up_is_told_as_it_was() {
    let state = json!({"waiting": {"reason": "ContainerCreating"}});
    let pod = pod(&json!({"name": "obi", "ready": false, "restartCount": 0, "state": state}));
    let proof = Site { pod, ..Site::new() }.proof(Duration::from_millis(900)).await.unwrap();
    assert_eq!(proof.state, State::Unavailable);
    assert!(proof.reasons[0].starts_with("its container is being made"), "{:?}", proof.reasons);
}

#[tokio::test]
async fn an_obi_that_is_to_run_nowhere_is_no_success() {
    let ending = json!({"metadata": {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
    let site = Site { pod: ending, desired: 0, ..Site::new() };
    let proof = site.proof(Duration::from_millis(900)).await.unwrap();
    assert_eq!(proof.state, State::Unavailable);
    assert!(proof.reasons[0].starts_with("it is to run on no node"), "{:?}", proof.reasons);
}

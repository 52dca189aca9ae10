//! The ports that OBI listens on, and what it answers there.

use axum::{Router, http::StatusCode, routing::get};
use tokio::net::TcpListener;

use crate::{configuration::Ports, recorded::Answers};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    Prometheus,
    Health,
}

/// Where OBI listens, which it does only when its other parts have started.
struct Addresses([(&'static str, Option<u16>, Port); 3]);

impl Addresses {
    fn of(ports: &Ports) -> Self {
        // Both sorts of metrics may share one.
        let internal = ports.internal.filter(|it| Some(*it) != ports.prometheus);
        Self([
            ("0.0.0.0", ports.prometheus, Port::Prometheus),
            ("0.0.0.0", internal, Port::Prometheus),
            ("127.0.0.1", ports.health, Port::Health),
        ])
    }
}

/// The first of them that somebody else has.
pub(crate) async fn taken(ports: &Ports) -> Option<Port> {
    for (address, port, which) in Addresses::of(ports).0 {
        if let Some(port) = port
            && TcpListener::bind((address, port)).await.is_err()
        {
            return Some(which);
        }
    }
    None
}

/// For ever.
pub(crate) async fn serve(ports: &Ports, answers: Answers) {
    let metrics = answer(Router::new(), "/metrics", answers.metrics);
    let metrics = answer(metrics, "/internal/metrics", answers.internal_metrics);
    let health = answer(Router::new(), "/healthz", answers.healthz);
    for (address, port, which) in Addresses::of(ports).0 {
        let router = if which == Port::Health { health.clone() } else { metrics.clone() };
        if let Some(port) = port
            && let Ok(listener) = TcpListener::bind((address, port)).await
        {
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
    }
    std::future::pending::<()>().await;
}

fn answer(router: Router, path: &str, recorded: Option<String>) -> Router {
    let Some(recorded) = recorded else { return router };
    let (body, status) = recorded.rsplit_once('\n').unwrap_or((&recorded, "200"));
    let status = status.parse().ok().and_then(|it| StatusCode::from_u16(it).ok());
    let (body, status) = (body.to_owned(), status.unwrap_or_default());
    router.route(path, get(move || std::future::ready((status, body))))
}

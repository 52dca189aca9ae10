mod answers;
mod refusals;

use http::StatusCode;
use serde_json::{Value, json};

use crate::toolsets::kubernetes::world::{ApiServer, World, object, pod};

/// A pod that runs.
fn running(name: &str) -> Value {
    pod("shop", name, "Running")
}

/// A pod whose only container is in that state, after so many restarts.
fn in_state(name: &str, state: &Value, restarts: u32) -> Value {
    let mut pod = running(name);
    pod["status"]["containerStatuses"] =
        json!([{"name": "app", "restartCount": restarts, "state": state, "lastState": {}}]);
    pod
}

/// Lines a second apart, as the API server gives them.
fn log(lines: &[&str]) -> String {
    lines.iter().enumerate().fold(String::new(), |log, (second, it)| {
        log + &format!("2026-11-25T14:00:{second:02}.5Z {it}\n")
    })
}

const WEB_1: &str = "/api/v1/namespaces/shop/pods/web-1/log";
const WEB_2: &str = "/api/v1/namespaces/shop/pods/web-2/log";

/// Deployment `web` with two pods that each wrote some lines.
async fn shop(web_1: &[&str], web_2: &[&str]) -> World {
    let mut web = object("apps/v1", "Deployment", Some("shop"), "web");
    web["spec"] = json!({"selector": {"matchLabels": {"app": "web"}}});
    let server = ApiServer {
        answers: vec![(WEB_1, StatusCode::OK, log(web_1)), (WEB_2, StatusCode::OK, log(web_2))],
        ..ApiServer::holding(vec![web, running("web-1"), running("web-2"), running("cart-1")])
    };
    World::new(server).await
}

async fn failing(code: u16, message: &str) -> World {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "code": code, "details": {"name": "web-1"}});
    let code = StatusCode::from_u16(code).unwrap();
    let answers = vec![(WEB_1, code, status.to_string())];
    World::new(ApiServer { answers, ..ApiServer::holding(vec![running("web-1")]) }).await
}

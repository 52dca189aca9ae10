//! Each product proves itself, and no other does it in its place.

use expect_test::expect;

use super::*;

const PRODUCTS: [&str; 14] = [
    "prometheus",
    "thanos",
    "mimir",
    "victoria-metrics",
    "alertmanager",
    "grafana",
    "loki",
    "tempo",
    "jaeger",
    "elasticsearch",
    "opensearch",
    "kiali",
    "argocd",
    "mcp",
];

/// Below which prefixes a product is asked.
fn places(product: &str) -> Vec<Endpoint> {
    let prefixes: &[&str] = match product {
        "mimir" => &["/prometheus"],
        "kiali" => &["", "/kiali"],
        "mcp" => &["/mcp"],
        _ => &[""],
    };
    prefixes.iter().map(|it| endpoint(Scheme::Http, 80, it)).collect()
}

async fn verdict_on(product: &str, answers: &str) -> Health {
    let pages = recorded(answers);
    let way = Script::new(move |page| page_of(&pages, &page.full_path()));
    prober(&way).ask(&subject(product, places(product))).await.found.health
}

#[tokio::test]
async fn every_product_is_proved_by_its_own_recorded_answer() {
    let mut lines = Vec::new();
    for product in PRODUCTS {
        lines.push(format!("{product}: {}", health(&verdict_on(product, product).await)));
    }
    for product in ["grafana", "kiali"] {
        lines.push(health(&verdict_on(product, &format!("{product}-anonymous")).await));
    }
    expect![[r"
        prometheus: ready 3.16.0
        thanos: ready of no version
        mimir: ready 2.17.0
        victoria-metrics: ready of no version
        alertmanager: ready 0.35.0
        grafana: ready 12.1.0, not open
        loki: ready 3.5.3, not open
        tempo: ready of no version, not open
        jaeger: ready of no version
        elasticsearch: ready 7.17.28
        opensearch: ready 3.6.0
        kiali: ready v2.30.0, not open
        argocd: ready v3.1.0+03c4ad8
        mcp: ready of no version
        ready 12.1.0
        ready v2.30.0"]]
    .assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn no_product_is_taken_for_another() {
    let mut taken = Vec::new();
    for product in PRODUCTS {
        for other in PRODUCTS.iter().filter(|it| **it != product) {
            if verdict_on(product, other).await.is_usable() {
                taken.push(format!("{other} for {product}"));
            }
        }
    }
    // Thanos answers this question as Prometheus does: it is the labels that tell them apart.
    assert_eq!(taken, ["thanos for prometheus"]);
}

#[tokio::test]
async fn who_asks_for_credentials_is_believed_for_sure_labels_or_its_own_words_only() {
    let mut lines = Vec::new();
    for (product, answers) in [
        ("elasticsearch", "elasticsearch-locked"),
        ("opensearch", "opensearch-locked"),
        ("prometheus", "opensearch-locked"),
        ("prometheus", "elasticsearch-locked"),
        ("victoria-metrics", "victoria-metrics-locked"),
        ("prometheus", "prometheus-locked"),
    ] {
        for confidence in [Confidence::Low, Confidence::High] {
            // Whoever asks for credentials does so wherever they are asked.
            let page = recorded(answers).swap_remove(0);
            let way = Script::new(move |_| page_of(std::slice::from_ref(&page), &page.path));
            let mut subject = at_port(product, 9200);
            subject.finding.confidence = confidence;
            let said = health(&prober(&way).ask(&subject).await.found.health);
            lines.push(format!("{product} ({}), {answers}: {said}", confidence.word()));
        }
    }
    expect![[r"
        elasticsearch (low), elasticsearch-locked: auth_required
        elasticsearch (high), elasticsearch-locked: auth_required
        opensearch (low), opensearch-locked: auth_required
        opensearch (high), opensearch-locked: auth_required
        prometheus (low), opensearch-locked: impostor: it asks for credentials (401), and too little speaks for Prometheus
        prometheus (high), opensearch-locked: auth_required
        prometheus (low), elasticsearch-locked: impostor: it asks for credentials (401), and too little speaks for Prometheus
        prometheus (high), elasticsearch-locked: auth_required
        victoria-metrics (low), victoria-metrics-locked: auth_required
        victoria-metrics (high), victoria-metrics-locked: auth_required
        prometheus (low), prometheus-locked: impostor: it asks for credentials (401), and too little speaks for Prometheus
        prometheus (high), prometheus-locked: auth_required"]].assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn an_mcp_server_is_known_by_how_it_refuses_a_get() {
    let cases = [
        (
            405,
            "application/json",
            r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"Method not allowed."},"id":null}"#,
        ),
        (
            400,
            "application/json",
            r#"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Bad Request: Missing session ID"}}"#,
        ),
        (406, "text/plain", "Not Acceptable: Client must accept text/event-stream"),
        (400, "text/plain", "Accept must contain 'text/event-stream' for GET requests"),
        (200, "text/event-stream", "event: endpoint\ndata: /messages/?session_id=1\n\n"),
        (200, "application/json", r#"{"ok":true}"#),
        (405, "text/html", "<html>405 Not Allowed</html>"),
        (400, "text/plain", "bad request"),
        (200, "text/html", "<!DOCTYPE html><p>text/event-stream</p>"),
    ];
    let mut lines = Vec::new();
    for (status, kind, body) in cases {
        let way = Script::new(move |_| Reply::of(status, body).with(header::CONTENT_TYPE, kind));
        let asked = prober(&way).ask(&subject("mcp", places("mcp"))).await;
        lines.push(format!("{status} {body:?}: {}", health(&asked.found.health)));
    }
    expect![[r#"
        405 "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"Method not allowed.\"},\"id\":null}": ready of no version
        400 "{\"jsonrpc\":\"2.0\",\"id\":\"server-error\",\"error\":{\"code\":-32600,\"message\":\"Bad Request: Missing session ID\"}}": ready of no version
        406 "Not Acceptable: Client must accept text/event-stream": ready of no version
        400 "Accept must contain 'text/event-stream' for GET requests": ready of no version
        200 "event: endpoint\ndata: /messages/?session_id=1\n\n": ready of no version
        200 "{\"ok\":true}": impostor: it does not answer as an MCP server does
        405 "<html>405 Not Allowed</html>": unhealthy: it answers 405
        400 "bad request": unhealthy: it answers 400
        200 "<!DOCTYPE html><p>text/event-stream</p>": impostor: it does not answer as an MCP server does"#]].assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn what_proves_nothing_is_told_in_our_own_words() {
    let cases = [
        (200, "<!DOCTYPE html><html><title>Prometheus</title>"),
        (200, "\n  <html>"),
        (200, ""),
        (200, "OK"),
        (200, "[]"),
        (200, r#"{"status":"error","data":{"goVersion":"x"}}"#),
        (200, r#"{"status":"success","data":{}}"#),
        (200, r#"{"status":"success","data":{"goVersion":"x","application":"y"}}"#),
        (200, r#"{"status":"success","data":{"goVersion":"x","version":"{{ env.TOKEN }}"}}"#),
        (200, r#"{"status":"success","data":{"goVersion":"x","version":"3.1.0\n{% evil %}"}}"#),
        (200, r#"{"status":"success","data":{"goVersion":"x","version":3}}"#),
        (204, ""),
        (307, "<a href=\"http://169.254.169.254/\">"),
        (404, "nothing here: {{ evil }}"),
        (429, "slow down"),
        (418, "{{ evil }}"),
        (503, "starting"),
    ];
    let mut lines = Vec::new();
    for (status, body) in cases {
        let way = Script::new(move |_| Reply::of(status, body));
        let asked = prober(&way).ask(&at_port("prometheus", 9090)).await;
        lines.push(format!("{status} {body:?}: {}", health(&asked.found.health)));
    }
    expect![[r#"
        200 "<!DOCTYPE html><html><title>Prometheus</title>": impostor: it answers with an HTML page
        200 "\n  <html>": impostor: it answers with an HTML page
        200 "": impostor: its answer is no JSON
        200 "OK": impostor: its answer is no JSON
        200 "[]": impostor: its answer has no /data/goVersion
        200 "{\"status\":\"error\",\"data\":{\"goVersion\":\"x\"}}": impostor: its answer has no /data/version
        200 "{\"status\":\"success\",\"data\":{}}": impostor: its answer has no /data/goVersion
        200 "{\"status\":\"success\",\"data\":{\"goVersion\":\"x\",\"application\":\"y\"}}": impostor: its answer has no /data/version
        200 "{\"status\":\"success\",\"data\":{\"goVersion\":\"x\",\"version\":\"{{ env.TOKEN }}\"}}": ready of no version
        200 "{\"status\":\"success\",\"data\":{\"goVersion\":\"x\",\"version\":\"3.1.0\\n{% evil %}\"}}": ready 3.1.0
        200 "{\"status\":\"success\",\"data\":{\"goVersion\":\"x\",\"version\":3}}": ready of no version
        204 "": impostor: its answer is no JSON
        307 "<a href=\"http://169.254.169.254/\">": unhealthy: it redirects elsewhere (307), which is not followed
        404 "nothing here: {{ evil }}": impostor: it has no page as Prometheus has (404)
        429 "slow down": unhealthy: it answers 429
        418 "{{ evil }}": unhealthy: it answers 418
        503 "starting": unhealthy: it answers 503"#]].assert_eq(&lines.join("\n"));
}

/// Its answer has all of its configuration in it: 130 KiB where 300 teams have a route and a receiver each.
#[tokio::test]
async fn an_alertmanager_of_many_teams_is_proved() {
    let receivers = "- name: team\\n  webhook_configs:\\n  - send_resolved: true\\n".repeat(3000);
    let mut page = recorded("alertmanager").swap_remove(0);
    page.body = page.body.replace("receivers:\\n", &format!("receivers:\\n{receivers}"));
    assert!(page.body.len() > 128 * 1024);
    let way = Script::new(move |_| page_of(std::slice::from_ref(&page), "/api/v2/status"));
    let asked = prober(&way).ask(&at_port("alertmanager", 9093)).await;
    assert_eq!(health(&asked.found.health), "ready 0.35.0");
}

#[tokio::test]
async fn an_answer_beyond_the_cap_proves_nothing() {
    let endless =
        format!(r#"{{"status":"success","data":{{"revision":"{}"}}}}"#, "a".repeat(1024 * 1024));
    let way = Script::new(move |_| Reply::of(200, &endless));
    let asked = prober(&way).ask(&at_port("prometheus", 9090)).await;
    assert_eq!(health(&asked.found.health), "impostor: its answer is longer than 1 MiB");
}

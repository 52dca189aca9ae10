//! Schemes, ports and prefixes are found out, and the time for it is shared.

use expect_test::expect;

use super::*;

const BUILD: &str = r#"{"status":"success","data":{"goVersion":"go1.24.5","version":"3.5.0"}}"#;

/// Answers as Prometheus at that port, in that scheme and below that prefix only.
fn prometheus_at(scheme: Scheme, port: u16, prefix: &'static str) -> Arc<Script> {
    Script::new(move |page| {
        let it = page.endpoint;
        match (it.port == port, it.scheme == scheme, it.prefix == prefix) {
            (false, ..) => unreachable("connection refused"),
            (_, false, _) if scheme == Scheme::Https => {
                Reply::of(400, "Client sent an HTTP request to an HTTPS server.\n")
            }
            (_, false, _) => Reply::Silence(Silence::OtherScheme("it does not speak TLS")),
            (.., false) => Reply::of(404, "404 page not found"),
            (true, true, true) => Reply::of(200, BUILD),
        }
    })
}

fn http(port: u16, prefix: &str) -> Endpoint {
    endpoint(Scheme::Http, port, prefix)
}

#[tokio::test]
async fn the_scheme_is_changed_once_when_the_server_asks_for_it_and_then_known() {
    let subject = subject("prometheus", vec![http(9090, ""), http(9090, "/prometheus")]);
    let way = prometheus_at(Scheme::Https, 9090, "/prometheus");
    expect![[r"
        http:9090/api/v1/status/buildinfo: it wants https
        https:9090/api/v1/status/buildinfo: it has no such page (404)
        https:9090/prometheus/api/v1/status/buildinfo: Prometheus 3.5.0
        https://prometheus.monitoring.svc:9090/prometheus ready 3.5.0"]]
    .assert_eq(&story(&way, &subject).await);
    let mut other = subject.clone();
    other.finding.endpoints = vec![endpoint(Scheme::Https, 9090, "")];
    expect![[r"
        https:9090/api/v1/status/buildinfo: it does not speak TLS
        http:9090/api/v1/status/buildinfo: Prometheus 3.5.0
        http://prometheus.monitoring.svc:9090 ready 3.5.0"]]
    .assert_eq(&story(&prometheus_at(Scheme::Http, 9090, ""), &other).await);
}

#[tokio::test]
async fn what_speaks_neither_scheme_is_asked_twice_and_no_more() {
    let way = Script::new(|_| Reply::Silence(Silence::OtherScheme("it closes the connection")));
    expect![[r"
        http:9090/api/v1/status/buildinfo: it closes the connection
        https:9090/api/v1/status/buildinfo: it closes the connection
        http://prometheus.monitoring.svc:9090 unreachable: it closes the connection"]]
    .assert_eq(&story(&way, &at_port("prometheus", 9090)).await);
}

#[tokio::test]
async fn places_are_tried_in_their_order_until_one_proves_it() {
    let places = vec![http(8080, ""), http(9090, ""), http(9090, "/mon"), http(9091, "")];
    let way = prometheus_at(Scheme::Http, 9090, "/mon");
    expect![[r"
        http:8080/api/v1/status/buildinfo: connection refused
        http:9090/api/v1/status/buildinfo: it has no such page (404)
        http:9090/mon/api/v1/status/buildinfo: Prometheus 3.5.0
        http://prometheus.monitoring.svc:9090/mon ready 3.5.0"]]
    .assert_eq(&story(&way, &subject("prometheus", places)).await);
}

#[tokio::test]
async fn where_it_answered_last_is_asked_first_as_long_as_it_is_offered() {
    let mut subject = subject("prometheus", vec![http(80, ""), http(9090, "")]);
    subject.last = Some(endpoint(Scheme::Https, 9090, ""));
    let way = prometheus_at(Scheme::Https, 9090, "");
    prober(&way).ask(&subject).await;
    assert_eq!(way.asked(), ["https://prometheus.monitoring.svc:9090/api/v1/status/buildinfo"]);
    subject.last = Some(http(1234, ""));
    prober(&way).ask(&subject).await;
    assert_eq!(way.asked().len(), 3, "80, then 9090 in both schemes");
}

#[tokio::test]
async fn of_places_that_prove_nothing_the_one_that_says_most_is_told() {
    let way = Script::new(|page| match page.endpoint.port {
        80 => unreachable("connection refused"),
        81 => Reply::of(200, "<html>"),
        82 => Reply::of(503, "starting"),
        _ => Reply::of(200, "{}"),
    });
    let places = [80, 81, 82, 83].map(|it| http(it, "")).to_vec();
    let asked = prober(&way).ask(&subject("prometheus", places)).await;
    assert_eq!(asked.found.endpoint.port, 82);
    assert_eq!(health(&asked.found.health), "unhealthy: it answers 503");
}

#[tokio::test(start_paused = true)]
async fn a_silent_port_is_asked_once_and_leaves_time_for_the_others() {
    let way = Script::new(|page| match page.endpoint.port {
        80 => Reply::Nothing,
        _ => Reply::of(200, BUILD),
    });
    let places = vec![http(80, ""), http(80, "/mon"), http(9090, "")];
    expect![[r"
        http:80/api/v1/status/buildinfo: no answer in time
        http:9090/api/v1/status/buildinfo: Prometheus 3.5.0
        http://prometheus.monitoring.svc:9090 ready 3.5.0"]]
    .assert_eq(&story(&way, &subject("prometheus", places)).await);
}

#[tokio::test(start_paused = true)]
async fn one_deadline_holds_for_all_that_a_service_is_asked() {
    let way = Script::new(|_| Reply::Nothing);
    let places = (1..=12).map(|it| http(it, "")).collect();
    let start = Instant::now();
    let asked = prober(&way).ask(&subject("prometheus", places)).await;
    assert_eq!(health(&asked.found.health), "unreachable: it does not answer in time");
    assert_eq!(start.elapsed().as_secs(), Limits::default().each.as_secs());
}

#[tokio::test]
async fn what_is_outside_the_cluster_and_what_has_no_proof_is_not_asked() {
    let way = Script::new(|_| Reply::of(200, BUILD));
    let mut outside = at_port("prometheus", 9090);
    let service = Service { reach: Reach::ExternalName, ..(*outside.service).clone() };
    outside.service = Arc::new(service);
    let asked = prober(&way).ask(&outside).await;
    assert_eq!(
        health(&asked.found.health),
        "unreachable: it is a name for something outside the cluster"
    );
    let mut collector = at_port("prometheus", 4318);
    collector.finding.detector = Arc::new(Detector { probe: None, ..detector("prometheus") });
    assert_eq!(prober(&way).ask(&collector).await.found.health, Health::Unknown);
    assert!(way.asked().is_empty());
}

#[tokio::test]
async fn what_cannot_be_asked_at_all_says_nothing_of_the_service() {
    let way =
        Script::new(|_| Reply::Silence(Silence::Unasked("the API server is down".to_owned())));
    let subject = subject("prometheus", vec![http(80, ""), http(81, "")]);
    expect![[r"
        http:80/api/v1/status/buildinfo: the API server is down
        http://prometheus.monitoring.svc:80 unknown"]]
    .assert_eq(&story(&way, &subject).await);
}

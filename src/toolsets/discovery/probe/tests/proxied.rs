//! What the API server itself says instead of a pod.

use expect_test::expect;
use kube::core::Status;

use crate::toolsets::discovery::probe::proxied::silence;

#[test]
fn each_error_of_the_api_server_is_about_the_service_or_about_nothing() {
    let cases = [
        (
            403,
            "services \"https:es:9200\" is forbidden: User \"jane\" cannot get resource \"services/proxy\"",
        ),
        (404, "services \"es\" not found"),
        (503, "no endpoints available for service \"es\""),
        (503, "no service port 9201 found for service \"es\""),
        (
            503,
            "error trying to reach service: dial tcp 10.244.0.3:9200: connect: connection refused",
        ),
        (
            503,
            "error trying to reach service: dial tcp 10.244.0.3:9200: connect: network is unreachable",
        ),
        (503, "error trying to reach service: dial tcp 10.244.0.3:9200: i/o timeout"),
        (503, "error trying to reach service: EOF"),
        (503, "error trying to reach service: read tcp: connection reset by peer"),
        (
            503,
            "error trying to reach service: net/http: HTTP/1.x transport connection broken: malformed HTTP response \"\\x15\\x03\"",
        ),
        (503, "error trying to reach service: http: server gave HTTP response to HTTPS client"),
        (
            503,
            "error trying to reach service: tls: first record does not look like a TLS handshake",
        ),
        (503, "error trying to reach service: tls: handshake failure"),
        (401, "Unauthorized"),
        (429, "storage is (re)initializing"),
        (500, "etcdserver: leader changed"),
        (504, "Timeout: request did not complete within the allotted timeout"),
    ];
    let lines = cases.map(|(code, message)| {
        format!("{code} {message}\n  {:?}", silence(&Status::failure(message, "").with_code(code)))
    });
    expect![[r#"
        403 services "https:es:9200" is forbidden: User "jane" cannot get resource "services/proxy"
          Unreachable("not allowed: the API server's proxy takes the right to get services/proxy")
        404 services "es" not found
          Unreachable("the API server knows no pods behind it")
        503 no endpoints available for service "es"
          Unreachable("no pod behind it is ready")
        503 no service port 9201 found for service "es"
          Unreachable("it has no such port (any more)")
        503 error trying to reach service: dial tcp 10.244.0.3:9200: connect: connection refused
          Unreachable("connection refused")
        503 error trying to reach service: dial tcp 10.244.0.3:9200: connect: network is unreachable
          Unreachable("there is no way to its network")
        503 error trying to reach service: dial tcp 10.244.0.3:9200: i/o timeout
          Unreachable("it does not answer")
        503 error trying to reach service: EOF
          OtherScheme("it closes the connection, or speaks no HTTP")
        503 error trying to reach service: read tcp: connection reset by peer
          OtherScheme("it closes the connection, or speaks no HTTP")
        503 error trying to reach service: net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x15\x03"
          OtherScheme("it closes the connection, or speaks no HTTP")
        503 error trying to reach service: http: server gave HTTP response to HTTPS client
          OtherScheme("it does not speak TLS")
        503 error trying to reach service: tls: first record does not look like a TLS handshake
          OtherScheme("it does not speak TLS")
        503 error trying to reach service: tls: handshake failure
          Unreachable("the API server cannot reach it")
        401 Unauthorized
          Unasked("the API server answers 401 by itself")
        429 storage is (re)initializing
          Unasked("the API server answers 429 by itself")
        500 etcdserver: leader changed
          Unasked("the API server answers 500 by itself")
        504 Timeout: request did not complete within the allotted timeout
          Unasked("the API server answers 504 by itself")"#]].assert_eq(&lines.join("\n"));
}

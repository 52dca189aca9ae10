use expect_test::expect;
use serde_json::json;

use super::*;

fn identity() -> Identity {
    Identity {
        impersonated: None,
        context: "prod".to_owned(),
        server: "https://api.test:6443/".to_owned(),
        user: Some("jane".to_owned()),
        namespace: "default".to_owned(),
        proxy: None,
        certificate_end: None,
    }
}

fn told(code: u16, body: &str) -> String {
    let asked = Asked { verb: "list", resource: "pods", name: None, namespace: Some("shop") };
    let error = ApiError::of(StatusCode::from_u16(code).unwrap(), body.as_bytes());
    error.explain(&asked, &identity()).to_string()
}

fn status(code: u16, reason: &str, message: &str) -> String {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code});
    told(code, &body.to_string())
}

#[test]
fn errors_of_the_api_server_say_what_to_do_next() {
    let table = [
        status(400, "BadRequest", "invalid continue token: illegal base64 data"),
        status(400, "BadRequest", "field label not supported: spec.colour"),
        status(401, "Unauthorized", "Unauthorized"),
        status(
            403,
            "Forbidden",
            r#"pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods" in API group "" in the namespace "shop""#,
        ),
        status(
            403,
            "Forbidden",
            r#"pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged"#,
        ),
        status(404, "NotFound", "the server could not find the requested resource"),
        status(409, "Conflict", "the object has been modified"),
        status(410, "Expired", "The provided continue parameter is too old"),
        status(429, "TooManyRequests", "storage is (re)initializing"),
        status(503, "ServiceUnavailable", "the server is currently unable to handle the request"),
        status(504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
        told(502, "Bad Gateway\nnginx"),
        told(403, "<html><body>Log in</body></html>"),
        told(500, ""),
    ];
    expect![[r#"
        invalid arguments:
        - `cursor` is none that an answer gave: leave it out to start again
        invalid arguments:
        - field label not supported: spec.colour
        unavailable: the credentials of user jane in context prod are expired or not valid (401): renew them (log in again); they are read anew at the next call
        refused: user system:serviceaccount:a:b (context prod) may not list pods in namespace shop; try another namespace, or ask for that right (RBAC)
        refused: pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged
        not found: the API server does not serve pods (any more)
        conflict: the object has been modified
        conflict: the cursor has expired (410): start again without `cursor`
        busy: the API server of context prod answers 429: storage is (re)initializing; try again in a moment
        unavailable: the API server of context prod answered 503 for pods in namespace shop: the server is currently unable to handle the request
        unavailable: the API server of context prod answered 504 for pods in namespace shop: Timeout: request did not complete within the allotted timeout
        unavailable: the API server of context prod answered 502 for pods in namespace shop: Bad Gateway
        unavailable: https://api.test:6443/ (context prod) answers with an HTML page (HTTP 403): is it the API server, or a proxy's login page?
        unavailable: the API server of context prod answered 500 for pods in namespace shop: no reason given"#]].assert_eq(&table.join("\n"));
}

#[test]
fn a_broken_connection_is_told_by_its_cause() {
    let io = |kind: std::io::ErrorKind| transport::explain(&std::io::Error::from(kind));
    let text = |text: &str| transport::explain(&std::io::Error::other(text.to_owned()));
    let asked = Asked { verb: "list", resource: "pods", name: None, namespace: None };
    let errors = [
        io(std::io::ErrorKind::ConnectionRefused),
        io(std::io::ErrorKind::TimedOut),
        io(std::io::ErrorKind::ConnectionReset),
        text("dns error: failed to lookup address information"),
        text("invalid peer certificate: Expired"),
        text(
            "invalid peer certificate: certificate expired: verification time 2 (UNIX), but certificate is not valid after 1",
        ),
        text(
            "invalid peer certificate: certificate not valid yet: verification time 1 (UNIX), but certificate is not valid before 2",
        ),
        text("invalid peer certificate: BadSignature"),
        text("received fatal alert: BadCertificate"),
        text("invalid peer certificate: UnknownIssuer"),
        text("invalid peer certificate: NotValidForName"),
        text("received fatal alert: CertificateExpired"),
        text("received corrupt message of type InvalidContentType"),
        text("Connection reset by peer (os error 104)"),
        text("tls handshake eof"),
        text("something else"),
    ];
    let table: Vec<String> =
        errors.iter().map(|it| it.explain(&asked, &identity()).to_string()).collect();
    expect![[r"
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: connection refused; is it running?
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: it does not answer
        unavailable: the API server of context prod (https://api.test:6443/) closed the connection without an answer
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: its host name cannot be resolved (DNS)
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: its certificate has expired
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: its certificate has expired
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: its certificate is not valid yet
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: its certificate is not valid
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: it does not accept our client certificate
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: its certificate is signed by a CA that the kubeconfig does not trust (certificate-authority)
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: its certificate is for another name (tls-server-name in the kubeconfig)
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: our client certificate has expired
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: it does not speak TLS at that port
        unavailable: the API server of context prod (https://api.test:6443/) closed the connection without an answer
        unavailable: the API server of context prod (https://api.test:6443/) closed the connection without an answer
        unavailable: the API server of context prod (https://api.test:6443/) cannot be reached: something else"]].assert_eq(&table.join("\n"));
}

#[test]
fn an_expired_client_certificate_is_the_reason_for_a_401() {
    let end = "2026-01-31T00:00:00Z".parse().unwrap();
    let identity = Identity { certificate_end: Some(end), ..identity() };
    let asked = Asked { verb: "list", resource: "pods", name: None, namespace: None };
    let error = ApiError::of(StatusCode::UNAUTHORIZED, b"{}").explain(&asked, &identity);
    expect!["unavailable: the client certificate of user jane in context prod has expired at 2026-01-31T00:00:00Z (401): renew it; it is read anew at the next call"].assert_eq(&error.to_string());
}

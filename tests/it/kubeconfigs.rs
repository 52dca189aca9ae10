//! Kubeconfigs that lead nowhere: each says what is wrong and what to do, and none keeps the server from starting.

use std::io::{Read, Write};

use serde_json::json;
use tempfile::TempDir;

use crate::world::{Running, bare};

/// A kubeconfig with one context, and what a test wants to be otherwise.
struct Kubeconfig {
    server: String,
    current_context: &'static str,
    user: &'static str,
}

impl Default for Kubeconfig {
    fn default() -> Self {
        Self {
            // Nothing listens at port 1.
            server: "https://127.0.0.1:1".to_owned(),
            current_context: "current-context: shop",
            user: "token: s3cret-token",
        }
    }
}

impl Kubeconfig {
    fn text(&self) -> String {
        let Self { server, current_context, user } = self;
        format!(
            "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]\n\
             contexts: [{{name: shop, context: {{cluster: c, user: u}}}}]\n\
             users: [{{name: u, user: {{{user}}}}}]\n{current_context}\n"
        )
    }
}

/// What `tacklebox check` says of the toolset with this kubeconfig.
fn finding(kubeconfig: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kubeconfig"), kubeconfig).unwrap();
    check(&folder, "kubeconfig")
}

fn check(folder: &TempDir, kubeconfig: &str) -> String {
    let output = bare(folder).args(["check", "--kubeconfig", kubeconfig]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().skip(1).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        check(&folder, "nowhere"),
        "kubernetes: unavailable: the kubeconfig nowhere does not exist (toolsets.kubernetes.kubeconfig)"
    );
}

#[test]
fn yaml_that_is_broken_is_told_with_line_and_column() {
    let found = finding("clusters: [");
    assert!(found.contains("kubeconfig, line 1, column 11"), "{found}");
}

#[test]
fn a_context_that_does_not_exist_is_told_the_nearest() {
    let found = finding(
        &Kubeconfig { current_context: "current-context: shpo", ..Kubeconfig::default() }.text(),
    );
    assert!(found.contains("there is no context shpo: did you mean shop?"), "{found}");
}

#[test]
fn without_a_current_context_the_contexts_are_named() {
    let found = finding(&Kubeconfig { current_context: "", ..Kubeconfig::default() }.text());
    assert!(found.contains("no current-context; name one as `context`: shop"), "{found}");
}

#[test]
fn a_closed_port_is_a_refused_connection_and_no_token_is_shown() {
    let found = finding(&Kubeconfig::default().text());
    assert!(
        found.contains("https://127.0.0.1:1) cannot be reached: connection refused"),
        "{found}"
    );
    assert!(!found.contains("s3cret-token"), "{found}");
}

#[test]
fn a_password_in_the_servers_address_is_shown_nowhere() {
    let server = "https://admin:hunter2hunter2@127.0.0.1:1".to_owned();
    let found = finding(&Kubeconfig { server, ..Kubeconfig::default() }.text());
    assert!(found.contains("https://127.0.0.1:1)"), "{found}");
    assert!(!found.contains("hunter2"), "{found}");
}

#[test]
fn a_credential_plugin_that_fails_or_prints_rubbish_is_named() {
    let plugin = |command| Kubeconfig { user: command, ..Kubeconfig::default() }.text();
    let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false, interactiveMode: Never}";
    let found = finding(&plugin(exec));
    assert!(found.contains("the credential plugin `/bin/false` failed"), "{found}");
    let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/echo, interactiveMode: Never}";
    let found = finding(&plugin(exec));
    assert!(found.contains("`/bin/echo` did not answer with an ExecCredential"), "{found}");
}

#[test]
fn a_login_page_is_not_taken_for_an_api_server() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let page = "<html><body>Log in</body></html>";
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close";
            let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len());
        }
    });
    let found = finding(&Kubeconfig { server, ..Kubeconfig::default() }.text());
    assert!(found.contains("is it the API server, or a proxy's login page?"), "{found}");
}

#[test]
fn a_server_starts_without_any_cluster_and_finds_the_kubeconfig_that_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running::start(&mut bare(&folder));
    let version = json!({ "name": "kubectl_version", "arguments": {} });
    let answer = running.request("tools/call", &version);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("unavailable: toolset kubernetes: "), "{text}");

    std::fs::create_dir(folder.path().join(".kube")).unwrap();
    std::fs::write(folder.path().join(".kube/config"), Kubeconfig::default().text()).unwrap();
    let answer = running.request("tools/call", &version);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("connection refused"), "{text}");
    assert_eq!(running.end(), Some(0));
}

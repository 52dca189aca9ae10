//! The clients that people use, each in every era and over every transport that it speaks.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::tools::{Node, Server, npm, pip, run, succeeded};

const INSPECTOR: &str = "@modelcontextprotocol/inspector@2.12.0";
const PYTHON: &str = "mcp==2.3.0";
const MCPCHECK: &str = "jbt-mcpcheck==0.1.1";
/// The program itself; `@anthropic-ai/claude-code` only chooses among those of all systems.
const CLAUDE: &str = if cfg!(target_arch = "aarch64") {
    "@anthropic-ai/claude-code-linux-arm64@2.1.330"
} else {
    "@anthropic-ai/claude-code-linux-x64@2.1.330"
};

/// What the fixture `test_simple_text` answers.
const ANSWER: &str = "This is a simple text response for testing.";

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_works_over_http_in_every_era() {
    inspect(&Server::over_http()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_works_over_stdio_in_every_era() {
    inspect(&Server::over_stdio()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_works_over_http_in_every_era() {
    call_from_python(&Server::over_http()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_works_over_stdio_in_every_era() {
    call_from_python(&Server::over_stdio()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_connects_over_http() {
    connect_claude(&Server::over_http()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_connects_over_stdio() {
    connect_claude(&Server::over_stdio()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mcpcheck_finds_nothing_that_fails() {
    let server = Server::over_http();
    let programs = pip(MCPCHECK);
    // By its interpreter: the script itself holds the path at which it was installed.
    let mut command = Command::new(programs.join("python3"));
    command.arg(programs.join("mcpcheck")).arg("--legacy-probes").args(&server.target);
    let report = succeeded(&run(&command, server.network).await);
    assert!(report.contains("All 8 checks passed"), "{report}");
}

async fn inspect(server: &Server) {
    let inspector = npm(INSPECTOR).join("clients/launcher/build/index.js");
    let home = tempfile::tempdir().expect("a home for what it writes");
    let ask = async |era: &str, request: &[&str]| -> Value {
        let mut command = Node::find().command("node");
        command.env("HOME", home.path()).env("MCP_INSPECTOR_SECRET_STORE", "memory");
        command.arg(&inspector).arg("--cli").args(&server.target);
        command.args(["--protocol-era", era, "--format", "json", "--quiet", "--method"]);
        let output = succeeded(&run(command.args(request), server.network).await);
        serde_json::from_str::<Value>(&output).expect("JSON")["result"].take()
    };
    for (era, version) in
        [("legacy", "2025-11-25"), ("auto", "2026-07-28"), ("modern", "2026-07-28")]
    {
        let opened = ask(era, &["initialize"]).await;
        assert_eq!(opened["protocolVersion"], version, "{era}");
        assert_eq!(opened["serverInfo"]["name"], "tacklebox", "{era}");
        let listed = ask(era, &["tools/list", "--strict"]).await;
        let mut tools = listed["tools"].as_array().expect("a list of tools").iter();
        assert!(tools.any(|it| it["name"] == "test_simple_text"), "{era}: {listed}");
        let answered = ask(era, &["tools/call", "--tool-name", "test_simple_text"]).await;
        assert_eq!(answered["content"][0]["text"], ANSWER, "{era}");
    }
}

async fn call_from_python(server: &Server) {
    let python = pip(PYTHON).join("python3");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tools/client.py");
    for (mode, version) in
        [("legacy", "2025-11-25"), ("auto", "2026-07-28"), ("2026-07-28", "2026-07-28")]
    {
        let mut command = Command::new(&python);
        command.arg(&script).arg(mode).args(&server.target);
        let report = succeeded(&run(&command, server.network).await);
        let seen: Value = serde_json::from_str(&report).expect("JSON");
        let steps = [(0.0, "Starting"), (50.0, "Halfway"), (100.0, "Complete")];
        let expected = json!({
            "version": version,
            "lists": true,
            "answer": ANSWER,
            "fails": true,
            "progress": steps.map(|(done, message)| json!([done, 100.0, message])),
        });
        assert_eq!(seen, expected, "{mode}");
    }
}

async fn connect_claude(server: &Server) {
    let program = npm(CLAUDE).join("claude");
    let home = tempfile::tempdir().expect("a home for what it writes");
    let mcp = async |arguments: &[&str]| -> String {
        let mut command = Command::new(&program);
        command.env("HOME", home.path()).current_dir(home.path()).arg("mcp").args(arguments);
        for off in [
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
            "DISABLE_AUTOUPDATER",
            "DISABLE_ERROR_REPORTING",
            "DISABLE_TELEMETRY",
        ] {
            command.env(off, "1");
        }
        succeeded(&run(&command, server.network).await)
    };
    let target: Vec<&str> = server.target.iter().map(String::as_str).collect();
    let told = match target.as_slice() {
        [url] => vec!["add", "--scope", "user", "--transport", "http", "tacklebox", url],
        program => [&["add", "--scope", "user", "tacklebox", "--"], program].concat(),
    };
    mcp(&told).await;
    let list = mcp(&["list"]).await;
    let line = list.lines().find(|it| it.starts_with("tacklebox:")).expect("it knows the server");
    assert!(line.ends_with("✔ Connected"), "{list}");
}

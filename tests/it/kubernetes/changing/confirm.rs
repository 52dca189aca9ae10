//! A person's yes, end to end: the built program, a client that people use, and the real control plane, in both eras.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use serde_json::{Value, json};
use tacklebox_cluster::Namespace;
use tempfile::TempDir;

use super::{Confirm, Setup, scale::WEB, seen, shop};
use crate::{
    tools::{pip, succeeded},
    world::{Running, bare},
};

const PYTHON: &str = "mcp==2.3.0";

/// A configuration that leaves the defaults as they are, and marks Deployments.
fn configured(shop: &Namespace) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "toolsets: {{kubernetes: {{kubeconfig: {}}}}}\npolicy: {{confirm_also: [\"*:Deployment:shop-*/*\"], audit: {{file: {}}}}}\nserver: {{metrics: null}}\n",
        shop.cluster().kubeconfig().display(),
        folder.path().join("audit").display(),
    );
    std::fs::write(folder.path().join("tacklebox.yml"), config).unwrap();
    folder
}

/// What the Python SDK saw; `target` is an address or a program.
async fn from_python(
    mode: &str,
    reply: &str,
    replicas: i64,
    shop: &Namespace,
    target: &[String],
) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tools/confirm.py");
    let arguments =
        json!({"resource": "deploy/web", "namespace": shop.name(), "replicas": replicas});
    let mut command = tokio::process::Command::new(pip(PYTHON).join("python3"));
    command.arg(script).args([mode, reply, "kubectl_scale", &arguments.to_string()]).args(target);
    let output: Output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    serde_json::from_str(&succeeded(&output)).unwrap()
}

async fn replicas(shop: &Namespace) -> Value {
    seen(shop, "deploy/web").await["spec"]["replicas"].clone()
}

/// In each era: a person says no, a person says yes, and nobody can be asked.
async fn asks_in_every_era(shop: &Namespace, target: &[String]) {
    for (mode, version, wanted) in [("legacy", "2025-11-25", 2), ("2026-07-28", "2026-07-28", 3)] {
        let before = replicas(shop).await;
        let no = from_python(mode, "no", wanted, shop, target).await;
        assert_eq!(no["version"], version);
        let asked = no["asked"][0].as_str().unwrap();
        assert!(asked.contains(&format!("{before} -> {wanted}")), "{mode}: {no}");
        assert!(no["said"].as_str().unwrap().contains("the person said no"), "{mode}: {no}");
        let none = from_python(mode, "none", wanted, shop, target).await;
        assert_eq!((&none["failed"], &none["asked"]), (&json!(true), &json!([])));
        assert!(none["said"].as_str().unwrap().contains("policy.confirm"), "{mode}: {none}");
        assert_eq!(replicas(shop).await, before);
        let yes = from_python(mode, "yes", wanted, shop, target).await;
        assert_eq!((&yes["failed"], yes["asked"].as_array().unwrap().len()), (&json!(false), 1));
        assert_eq!(replicas(shop).await, wanted);
    }
}

/// The lines of the record about what was scaled, as `decision outcome`.
fn recorded(folder: &TempDir) -> Vec<String> {
    let record = std::fs::read_to_string(folder.path().join("audit")).unwrap();
    let lines = record.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
    let lines = lines.filter(|it| it["name"] == "kubectl_scale");
    let word = |it: &Value| it.as_str().unwrap().to_owned();
    lines.map(|it| format!("{} {}", word(&it["decision"]), word(&it["outcome"]))).collect()
}

/// Of both eras, one after the other. In the newer one a call that asks ends, and the reply is another call.
const RECORD: [&str; 10] = [
    "refused refused",
    "refused refused",
    "confirmed begun",
    "confirmed ok",
    "asked needs_input",
    "refused refused",
    "refused refused",
    "asked needs_input",
    "confirmed begun",
    "confirmed ok",
];

#[tokio::test(flavor = "multi_thread")]
async fn over_stdio_a_person_is_asked_in_every_era_and_nothing_happens_without_a_yes() {
    let shop = shop().await;
    shop.apply(WEB).await.unwrap();
    let folder = configured(&shop);
    let config = folder.path().join("tacklebox.yml").display().to_string();
    let program = env!("CARGO_BIN_EXE_tacklebox");
    let target = ["env", &format!("TACKLEBOX_CONFIG={config}"), program].map(str::to_owned);
    asks_in_every_era(&shop, &target).await;
    assert_eq!(recorded(&folder), RECORD);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_person_is_asked_in_every_era_and_nothing_happens_without_a_yes() {
    let shop = shop().await;
    shop.apply(WEB).await.unwrap();
    let folder = configured(&shop);
    let mut command = bare(&folder);
    let mut running = Running::spawn(command.args(["serve", "--http", "127.0.0.1:0"]));
    let line = running.wait_for_log("serves MCP at ");
    let url = line.split_once("serves MCP at ").unwrap().1.to_owned();
    asks_in_every_era(&shop, &[url]).await;
    assert_eq!(recorded(&folder), RECORD);
}

#[tokio::test]
async fn at_a_terminal_the_yes_can_be_given_with_the_call_and_without_it_nothing_happens() {
    let shop = shop().await;
    shop.apply(WEB).await.unwrap();
    let folder = configured(&shop);
    let namespace = format!("namespace={}", shop.name());
    let call = |yes: &[&str]| -> Output {
        let arguments = ["kubectl_scale", "resource=deploy/web", &namespace, "replicas=4"];
        let mut command = bare(&folder);
        command.arg("call").args(yes).args(arguments).stdin(Stdio::null()).output().unwrap()
    };
    let refused = call(&[]);
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("a person has to say yes"), "{said}");
    assert_eq!(replicas(&shop).await, 1);
    assert!(call(&["--yes"]).status.success());
    assert_eq!(replicas(&shop).await, 4);
}

#[tokio::test]
async fn what_would_be_hidden_from_the_person_is_not_executed() {
    let shop = shop().await;
    shop.pod("web").ready().await.unwrap();
    let setup = Setup::of(shop.cluster().kubeconfig()).with_person();
    let mut agent = setup.policy(Confirm::new(&[], true).unwrap()).agent().await;
    for command in [
        json!(["sh", "-c", "token=x;touch${IFS}/tmp/pwned;echo hi"]),
        json!(["sh", "-c", "run --password='x;touch /tmp/pwned'"]),
    ] {
        let arguments = json!({"resource": "web", "namespace": shop.name(), "command": command});
        let answer = agent.call("kubectl_exec", arguments).await;
        assert!(answer.starts_with("refused: a part of what would be executed"), "{answer}");
    }
    let image = json!({"image": "a:1", "namespace": shop.name(), "command": ["sh", "-c", "token=x;reboot"]});
    let answer = agent.call("kubectl_run_job", image).await;
    assert!(answer.starts_with("refused: a part of what would be executed"), "{answer}");
}

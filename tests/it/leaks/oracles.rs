//! Nothing answers a guess: whoever guesses a secret rightly hears what everybody hears who guesses wrongly.

use base64::{Engine, prelude::BASE64_STANDARD};
use regex::Regex;
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};

use super::{ask::Ask, door::Door, plants::custom};

const SECRET: &str = "qHw7RtkZp3xV";
/// As long, and like it in kind.
const OTHER: &str = "qJc4MsuWd8yB";

/// Everything has the same secret.
const PLANTED: &str = "
{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: SECRET}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, labels: {a.example/token: SECRET}}, data: {db-password: SECRET}}
---
{apiVersion: leaks.example/v1, kind: Vault, metadata: {name: vault}, spec: {password: SECRET}}
---
{apiVersion: v1, kind: Event, metadata: {name: failed}, involvedObject: {kind: Pod, name: web, namespace: NAMESPACE}, reason: Failed, type: Warning, message: login with password=SECRET failed}
";

async fn plant(namespace: &Namespace) {
    namespace.cluster().apply(custom::DEFINITIONS).await.unwrap();
    let planted = PLANTED.replace("SECRET", SECRET).replace("NAMESPACE", namespace.name());
    namespace.apply(&planted).await.unwrap();
    let env = json!([{"name": "main", "image": "registry.example/web", "env": [{"name": "DB_PASSWORD", "value": SECRET}]}]);
    namespace.pod("web").label("app", "web").spec("containers", env).ready().await.unwrap();
    let lines = ["started", &format!("login with password={SECRET} failed"), "ended"];
    namespace.logs("web", "main", &lines, &[]).await.unwrap();
}

/// Calls with a guess in them, `?`.
fn questions() -> Vec<(&'static str, Value)> {
    let get = |arguments: Value| ("kubectl_get", arguments);
    let mut questions = vec![
        get(json!({"resource": "secrets", "columns": [".data.password"], "grep": "?"})),
        get(json!({"resource": "secrets", "columns": [".data"], "grep": "password.*?"})),
        get(json!({"resource": "configmaps", "columns": [".data"], "grep": "?"})),
        // Quoted by the answer, and followed by what no secret has.
        get(json!({"resource": "configmaps", "grep": "password=? x"})),
        get(json!({"resource": "configmaps", "columns": ["labels:password=? x"]})),
        get(json!({"resource": "configmaps", "columns": ["labels"], "grep": "token=?"})),
        get(json!({"resource": "configmaps", "columns": ["labels:a.example/token"], "grep": "?"})),
        get(json!({"resource": "pods", "columns": [".spec.containers[0].env"], "grep": "?"})),
        get(json!({"resource": "vaults.leaks.example", "grep": "?"})),
        get(json!({"resource": "vaults.leaks.example", "output": "wide", "grep": "(?i)?"})),
        get(json!({"resource": "events", "grep": "password=?"})),
        get(json!({"resource": "configmaps", "label_selector": "a.example/token=?"})),
        get(json!({"resource": "configmaps", "label_selector": "a.example/token!=?"})),
        get(
            json!({"resource": "configmaps", "label_selector": "a.example/token in (x,?)", "summary": true}),
        ),
        get(
            json!({"resource": "configmaps", "label_selector": "a.example/token notin (?)", "output": "name"}),
        ),
        get(json!({"resource": "vaults.leaks.example", "field_selector": "spec.password=?"})),
        get(
            json!({"resource": "vaults.leaks.example", "field_selector": "metadata.name=vault,spec.password!=?"}),
        ),
        ("kubectl_logs", json!({"resource": "web", "grep": "?"})),
        ("kubectl_logs", json!({"resource": "web", "grep": "password=?", "context_lines": 1})),
        ("kubectl_logs", json!({"resource": "web", "exclude": "password=?"})),
        ("kubectl_logs", json!({"label_selector": "app=web", "grep": "?", "dedupe": true})),
        ("kubectl_events", json!({"grep": "?"})),
        ("kubectl_events", json!({"resource": "pod/web", "grep": "password=?"})),
        ("kubernetes_images", json!({"grep": "?"})),
        (
            "kubernetes_wait",
            json!({"resource": "secret/db", "for": "jsonpath={.data.password}=?", "timeout": 1}),
        ),
        (
            "kubernetes_wait",
            json!({"resource": "cm/settings", "for": "jsonpath={.data.db-password}=?", "timeout": 1}),
        ),
        (
            "kubernetes_wait",
            json!({"resource": "pod/web", "for": "jsonpath={.spec.containers[0].env[0].value}=?", "timeout": 1}),
        ),
        (
            "kubernetes_wait",
            json!({"resource": "pod/web", "for": "jsonpath={.spec.containers[0].env[?(@.value==\"?\")].name}", "timeout": 1}),
        ),
    ];
    for comparison in ["==", "!=", "<", ">="] {
        let path = format!(".spec.containers[0].env[?(@.value{comparison}\"?\")].name");
        questions.push(get(json!({"resource": "pods", "columns": [path]})));
        questions.push(get(json!({"resource": "pods", "fields": [path]})));
        questions.push(get(json!({"resource": "pods", "sort_by": path})));
    }
    questions
}

fn with_guess(question: &(&'static str, Value), guess: &str, namespace: &Namespace) -> Ask {
    // `[?(` begins a condition.
    let text = question.1.to_string().replace("[?(", "[¿(").replace("(?i)", "(¿i)");
    let text = text.replace('?', guess).replace('¿', "?");
    let mut arguments: Value = serde_json::from_str(&text).unwrap();
    arguments["namespace"] = json!(namespace.name());
    Ask::tool(question.0, &arguments)
}

/// What an answer says beside the guess that it quotes, and how often it has the fingerprint of the secret itself.
fn heard(answer: &Value, guess: &str, fingerprint: &str) -> (String, usize) {
    let text = answer["result"].to_string();
    let same = text.matches(fingerprint).count();
    let text = text.replace(guess, "GUESS");
    let text = Regex::new(r"untrusted-[0-9a-f]+|#[0-9a-f]{6}").unwrap().replace_all(&text, "R");
    // How long it took, and how old things had become meanwhile, in a table's cell too.
    let text = text.replace("\\t", "\t");
    let text = Regex::new(r"\b\d+ ?s\b").unwrap().replace_all(&text, "N s").into_owned();
    (text, same)
}

#[tokio::test]
async fn a_right_guess_is_answered_as_a_wrong_one() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("oracles").await.unwrap();
    plant(&namespace).await;
    let mut door = Door::open(cluster.kubeconfig(), "", &[]);
    let shown =
        json!({"resource": "cm/settings", "namespace": namespace.name(), "fields": [".data"]});
    let shown = door.ask(&Ask::tool("kubectl_get", &shown).shows("[redacted 12 chars #"));
    let fingerprint = shown.split_once("[redacted 12 chars ").unwrap().1[..7].to_owned();
    let encoded = |it: &str| BASE64_STANDARD.encode(it);
    let guesses = [
        (SECRET.to_owned(), OTHER.to_owned()),
        (SECRET[..3].to_owned(), OTHER[..3].to_owned()),
        (encoded(SECRET), encoded(OTHER)),
    ];
    let questions = questions();
    let mut asks = Vec::new();
    for (right, wrong) in &guesses {
        let of = |guess: &str| {
            questions.iter().map(|it| with_guess(it, guess, &namespace)).collect::<Vec<_>>()
        };
        asks.extend(of(right).into_iter().zip(of(wrong)).flat_map(|it| [it.0, it.1]));
    }
    let answers = door.ask_anyhow(&asks);
    let mut told = Vec::new();
    for (pair, (asked, answered)) in
        asks.chunks(2).zip(answers.chunks(2)).enumerate().map(|it| (it.0, it.1))
    {
        let (right, wrong) = &guesses[pair / questions.len()];
        let heard =
            (heard(&answered[0], right, &fingerprint), heard(&answered[1], wrong, &fingerprint));
        if heard.0 != heard.1 {
            told.push(format!(
                "{}:\n  right: {:?}\n  wrong: {:?}",
                asked[0].params, heard.0, heard.1
            ));
        }
    }
    // What the caller wrote is in the record, and the answers quote it, but neither the record nor the log shows it.
    let told_elsewhere: Vec<String> = door
        .close()
        .into_iter()
        .filter(|it| matches!(it.0.as_str(), "stderr" | "policy.audit.file"))
        .filter(|it| it.1.contains(SECRET))
        .map(|it| it.0)
        .collect();
    told.extend(told_elsewhere);
    println!("{} guesses of {} questions, {} told apart", asks.len(), questions.len(), told.len());
    assert!(told.is_empty(), "{}", told.join("\n"));
}

//! The official conformance suite, all of its server scenarios, with no list of expected failures.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
};

use serde::Deserialize;

use crate::tools::{Node, Server, npm, run, succeeded};

const SUITE: &str = "@modelcontextprotocol/conformance@0.2.0-alpha.12";

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_of_2025_11_25_passes() {
    assert_eq!(suite("2025-11-25").await, BTreeMap::from([("SUCCESS".to_owned(), 83)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_of_2026_07_28_passes() {
    assert_eq!(suite("2026-07-28").await, BTreeMap::from([("SUCCESS".to_owned(), 153)]));
}

/// One thing that a scenario looked at, as the suite writes it down.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    id: String,
    /// `SUCCESS`, `FAILURE`, `WARNING`, `SKIPPED`, or `INFO`, which is no verdict.
    status: String,
    error_message: Option<String>,
}

/// How many checks ended how. What did not succeed is told.
async fn suite(revision: &str) -> BTreeMap<String, usize> {
    let program = npm(SUITE).join("dist/index.js");
    let server = Server::over_http();
    let results = tempfile::tempdir().expect("a folder for the results");
    let mut command = Node::find().command("node");
    command.arg(program).args(["server", "--suite", "all", "--spec-version", revision]);
    command.arg("--url").args(&server.target).arg("--output-dir").arg(results.path());
    let output = run(&command, server.network).await;
    let mut totals = BTreeMap::new();
    for check in checks(results.path()).into_iter().filter(|it| it.status != "INFO") {
        if check.status != "SUCCESS" {
            println!("{} {}: {}", check.status, check.id, check.error_message.unwrap_or_default());
        }
        *totals.entry(check.status).or_default() += 1;
    }
    let report = succeeded(&output);
    let total = report.lines().rfind(|it| it.starts_with("Total:")).expect("a last line");
    // Past the capture of the test's output, because this is what one wants to see.
    writeln!(io::stderr(), "conformance {revision}: {total}").expect("stderr is open");
    totals
}

/// What the suite found, from the file that it leaves for each scenario.
fn checks(results: &Path) -> Vec<Check> {
    let scenarios = fs::read_dir(results).expect("the suite leaves its results");
    let files = scenarios.map(|it| it.expect("a folder a scenario").path().join("checks.json"));
    files
        .flat_map(|file| {
            let text = fs::read_to_string(file).expect("the checks of a scenario");
            serde_json::from_str::<Vec<Check>>(&text).expect("a list of checks")
        })
        .collect()
}

//! What the server says of its own API: valid, and true.

use std::{fs, process::Command, time::Duration};

use serde_json::Value;
use tacklebox::server::{HttpSettings, Rate};

use super::{Desk, StatusCode, get, header, nobody, world_of};
use crate::{
    tools::{pip, succeeded},
    world::http_settings,
};

const VALIDATOR: &str = "openapi-spec-validator==0.9.0";
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

#[tokio::test]
async fn the_description_is_valid_and_has_every_endpoint() {
    let door = super::desk().await;
    let answer = get(&door, "/api/v1/openapi.json").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "content-type"), "application/json");
    assert!(answer.headers().contains_key("etag"));
    let text = answer.text().await.unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    let paths: Vec<&String> = description["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/api/v1/numbers", "/api/v1/numbers/{name}", "/api/v1/numbers/sum"]);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    fs::write(&file, text).unwrap();
    let validator = pip(VALIDATOR).join("openapi-spec-validator");
    let output = Command::new(validator).arg(&file).output().unwrap();
    assert!(succeeded(&output).contains("OK"), "{output:?}");
}

/// Schemathesis asks what the description allows and what it does not, always the same for the same seed.
#[tokio::test(flavor = "multi_thread")]
async fn the_server_does_as_its_description_says() {
    let rate = Rate { every: Duration::from_micros(10), burst: 100_000 };
    let settings = HttpSettings { rate, ..http_settings() };
    let door = world_of(Desk::default(), vec![]).http(nobody(), settings).await;
    let folder = tempfile::tempdir().unwrap();
    let mut schemathesis = tokio::process::Command::new(pip(SCHEMATHESIS).join("schemathesis"));
    schemathesis
        .current_dir(&folder)
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", door.url))
        .args(["--seed", "7", "--max-examples", "5", "--phases", "examples,coverage,fuzzing"])
        .args(["--generation-deterministic", "--no-color", "--workers", "1"])
        // Whatever it would tell the world goes nowhere.
        .envs([("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1")])
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_mins(10), schemathesis.output()).await;
    let output = output.expect("schemathesis does not end").unwrap();
    let said = succeeded(&output);
    assert!(said.contains("Tested:") || said.contains("passed"), "{said}");
}

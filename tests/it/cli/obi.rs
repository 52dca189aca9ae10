//! What `tacklebox obi` says of OBI's configurations.

use serde_json::{Value, json};

use super::{folder, said, tacklebox};
use tempfile::TempDir;

const GOOD: &str = "trace_printer: text\ndiscovery:\n  instrument:\n    - open_ports: \"8080\"\n";
const DOUBTFUL: &str = "trace_printer: text\nopen_port: 8080\nprometheus_export:\n  prot: 9464\nhealth_check: {port: 9466}\n";

fn with_file(text: &str) -> TempDir {
    let folder = folder();
    std::fs::write(folder.path().join("obi.yml"), text).unwrap();
    folder
}

/// The exit code, and what is said on stdout.
fn validated(text: &str, options: &[&str]) -> (i32, String) {
    let folder = with_file(text);
    let arguments = [&["obi", "validate", "obi.yml"], options].concat();
    let output = tacklebox(&folder, &arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_configuration_that_does_what_it_says_passes() {
    assert_eq!(validated(GOOD, &["--strict"]), (0, "obi.yml: OBI starts with it\n".to_owned()));
}

#[test]
fn what_obi_does_not_start_with_fails_and_is_shown_where_it_stands() {
    let (code, text) = validated("trace_printer: texd\nopen_port: 8080\n", &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("obi.yml:1:1: error: trace_printer: texd is not known"), "{text}");
    assert!(text.contains("  1 | trace_printer: texd\n    | ^\n  = did you mean text?"), "{text}");
    assert!(text.ends_with("OBI does not start with it: 1 error, 1 note\n"), "{text}");
}

#[test]
fn what_obi_ignores_fails_only_where_that_is_asked_for() {
    assert_eq!(validated(DOUBTFUL, &[]).0, 0);
    assert_eq!(validated(DOUBTFUL, &["--strict"]).0, 1);
    assert!(validated(DOUBTFUL, &[]).1.contains("did you mean port?"));
}

#[test]
fn the_release_and_the_variables_of_obi_count_and_those_of_the_command_do_not() {
    let (code, text) = validated(GOOD, &["--release", "v0.10.0", "-e", "OTEL_EBPF_OPEN_PORT=x"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("obi.yml: error: $OTEL_EBPF_OPEN_PORT: x is no list"), "{text}");

    let folder = with_file("health_check: {port: 9466}\n");
    let file = "# for OBI\nOTEL_EBPF_OPEN_PORT=80\n\nOTEL_EBPF_TRACE_PRINTER=text\n";
    std::fs::write(folder.path().join("variables"), file).unwrap();
    let arguments = ["obi", "validate", "obi.yml", "--release", "0.9.0", "--env-file", "variables"];
    let mut command = tacklebox(&folder, &arguments);
    let output =
        command.env("OTEL_EBPF_HEALTH_CHECK_PORT", "x").assert().success().get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("it came with v0.10.0"), "{text}");
    assert!(!text.contains("OTEL_EBPF_HEALTH_CHECK_PORT"), "{text}");
}

#[test]
fn what_cannot_be_read_is_another_failure_than_what_is_wrong() {
    for arguments in [
        &["obi", "validate", "nowhere.yml"] as &[&str],
        &["obi", "validate", "obi.yml", "--env-file", "nowhere"],
        &["obi", "validate", "obi.yml", "--release", "latest"],
        &["obi", "validate", "obi.yml", "-e", "NAME"],
        &["obi", "validate"],
    ] {
        let output = tacklebox(&with_file(GOOD), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_configuration_is_read_from_stdin_and_told_as_data() {
    let arguments = ["obi", "validate", "-", "--output", "json"];
    let output = tacklebox(&folder(), &arguments).write_stdin(DOUBTFUL).assert().success();
    let data: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(data["starts"], json!(true));
    let found = data["findings"].as_array().unwrap().iter().find(|it| it["severity"] == "warning");
    let found = found.unwrap();
    assert_eq!(
        (&found["rule"], &found["path"], &found["line"], &found["column"]),
        (&json!("unknown-key"), &json!("prometheus_export.prot"), &json!(4), &json!(3))
    );
}

#[test]
fn code_hosts_get_sarif_with_the_rule_and_the_region_of_each_finding() {
    let (code, text) = validated(DOUBTFUL, &["--output", "sarif"]);
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &log["version"]), (0, &json!("2.1.0")));
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let result = results.iter().find(|it| it["level"] == "warning").unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], json!("obi.yml"));
    assert_eq!(place["region"], json!({"startLine": 4, "startColumn": 3}));
    let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
}

#[test]
fn a_password_in_an_address_is_not_printed() {
    let text =
        "open_port: 8080\notel_metrics_export:\n  endpont: http://me:secret@collector:4318\n";
    for output in ["text", "json", "sarif"] {
        let (_, said) = validated(text, &["--output", output]);
        assert!(said.contains("endpont") && !said.contains("secret"), "{said}");
    }
}

#[test]
fn the_printed_schema_of_obi_refuses_a_key_that_obi_would_ignore() {
    let schema: Value = serde_json::from_str(&said(&folder(), &["obi", "schema"])).unwrap();
    assert!(jsonschema::is_valid(&schema, &json!({"health_check": {"port": 9466}})));
    assert!(!jsonschema::is_valid(&schema, &json!({"health_check": {"prot": 9466}})));
}

const INVENTED: &str = "network: {enable: true}\nexport: {otlp: {endpoint: collector:4317}}\n";

#[test]
fn what_obi_mcp_made_up_becomes_what_obi_reads_and_each_key_is_told() {
    let folder = with_file(INVENTED);
    let output = tacklebox(&folder, &["obi", "migrate", "obi.yml"]).assert().success();
    let output = output.get_output();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(said.contains("network.enable is now network in metrics.features"), "{said}");
    let mut command =
        tacklebox(&folder, &["obi", "validate", "-", "--strict", "-e", "OTEL_EBPF_OPEN_PORT=80"]);
    command.write_stdin(output.stdout.clone()).assert().success();
}

#[test]
fn a_configuration_goes_to_variables_and_back_into_a_file() {
    let folder = with_file("open_port: \"8080\"\ntrace_printer: text\n");
    let variables = said(&folder, &["obi", "migrate", "obi.yml", "--to", "env"]);
    assert_eq!(variables, "OTEL_EBPF_OPEN_PORT=8080\nOTEL_EBPF_TRACE_PRINTER=text\n");
    std::fs::write(folder.path().join("variables"), variables).unwrap();
    std::fs::write(folder.path().join("empty.yml"), "").unwrap();
    let back = said(&folder, &["obi", "migrate", "empty.yml", "--env-file", "variables"]);
    assert_eq!(back, "open_port: \"8080\"\ntrace_printer: text\n");
}

#[test]
fn version_2_is_made_where_it_has_a_place_for_everything() {
    let folder = with_file("open_port: ${PORT}\ntrace_printer: text\n");
    let arguments = ["obi", "migrate", "obi.yml", "--to", "v2", "-e", "PORT=8080"];
    let document = said(&folder, &arguments);
    assert!(document.contains("file_format: \"1.0\""), "{document}");
    let mut command = tacklebox(&folder, &["obi", "validate", "-", "--strict"]);
    command.write_stdin(document).assert().success();

    let health = with_file("open_port: 80\ntrace_printer: text\nhealth_check: {port: 9466}\n");
    let output = tacklebox(&health, &["obi", "migrate", "obi.yml", "--to", "v2"]).assert().code(1);
    let complaint = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(complaint.contains("version 2 has no place for health_check.port"), "{complaint}");
    assert!(output.get_output().stdout.is_empty());
}

#[test]
fn a_configuration_of_obis_own_keeps_its_comments() {
    let text = "# the shop\nopen_port: 8080 # its port\ntrace_printer: text\n";
    assert_eq!(said(&with_file(text), &["obi", "migrate", "obi.yml"]), text);
}

/// The exit code, and what is said on stdout, of a host of which nothing is known here.
fn preflighted(options: &[&str]) -> (i32, String) {
    let folder = with_file(GOOD);
    let output = tacklebox(&folder, &[&["obi", "preflight"], options].concat()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_program_that_is_none_fails_the_preflight_in_every_output() {
    let absent = ["--binary", "/nowhere/obi"];
    let (code, text) = preflighted(&absent);
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("FAILED       program: there is no OBI at /nowhere/obi"), "{text}");
    let (code, text) = preflighted(&[&absent[..], &["--output", "sarif", "obi.yml"]].concat());
    assert_eq!(code, 1, "{text}");
    let run = &serde_json::from_str::<Value>(&text).unwrap()["runs"][0];
    let result = &run["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("program"), &json!("error")));
    let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], json!("obi.yml"));
}

#[test]
fn variables_count_for_what_a_host_has_to_have() {
    let network =
        ["-e", "OTEL_EBPF_METRICS_FEATURES=network", "-e", "OTEL_EBPF_PROMETHEUS_PORT=9000"];
    let (_, plain) = preflighted(&["obi.yml", "--output", "json"]);
    let (_, more) = preflighted(&[&network[..], &["obi.yml", "--output", "json"]].concat());
    let ports = |text: &str| {
        let checks: Vec<Value> = serde_json::from_str(text).unwrap();
        checks.iter().filter(|it| it["name"] == "port").count()
    };
    assert_eq!((ports(&plain), ports(&more)), (0, 1), "{more}");
}

#[test]
fn a_configuration_that_obi_refuses_fails_the_preflight() {
    let folder = with_file("trace_printer: texd\nopen_port: 8080\n");
    let binary = assert_cmd::cargo::cargo_bin("obi-stand-in");
    let arguments = ["obi", "preflight", "obi.yml", "--binary", binary.to_str().unwrap()];
    let output = tacklebox(&folder, &arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED       configuration: OBI does not start with it"), "{text}");
    assert!(text.contains("fix: see `tacklebox obi validate obi.yml`"), "{text}");
}

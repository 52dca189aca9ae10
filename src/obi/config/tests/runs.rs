//! What OBI itself made of configurations: `tests/obi/runs.jsonl`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Run {
    name: String,
    config: Option<String>,
    env: BTreeMap<String, String>,
    prefix: Vec<String>,
    exit: Option<i32>,
    seconds: f64,
}

/// What ends them is the host that they ran on, the command line, or a file that is not there.
const NOT_OF_THE_CONFIGURATION: [&str; 14] = [
    "alias bomb",
    "OTEL_EBPF_CONFIG_PATH beats --config",
    "no --config and no environment",
    "network feature, no default route",
    "stats feature",
    "file missing",
    "file unreadable (user nobody, mode 0600)",
    "a directory instead of a file",
    "OTEL_EBPF_CONFIG_PATH to a missing file, good --config",
    "config on standard input (/dev/stdin)",
    "unknown flag",
    "--version",
    "a positional argument",
    "binary file",
];

#[test]
fn what_obi_refused_is_an_error_and_what_it_ran_with_is_none() {
    let text = include_str!("../../../../tests/obi/runs.jsonl");
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for run in text.lines().map(|it| serde_json::from_str::<Run>(it).unwrap()) {
        let Run { name, config, env, prefix, exit, seconds } = run;
        if !prefix.is_empty()
            || NOT_OF_THE_CONFIGURATION.contains(&name.as_str())
            || name.starts_with("huge")
        {
            continue;
        }
        looked_at += 1;
        let report =
            check(&config.unwrap_or_default(), &env.into_iter().collect(), Release::new(0, 11, 0));
        if report.starts() != (exit != Some(255)) {
            wrong.push(format!(
                "{name}: exit {exit:?} after {seconds} s, and {:#?}",
                report.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looked_at >= 50, "{looked_at}");
}

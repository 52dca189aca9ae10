//! What OBI made of one small thing after another: `tests/obi/facts.jsonl`, recorded of its main branch of August 2026, whose answers
//! v0.12.1 gave as well. It ends with 255 where it does not start, and had to be ended where it did.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Fact {
    name: String,
    config: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    exit: i32,
    #[serde(default)]
    error: String,
}

#[test]
fn no_fact_about_obi_is_contradicted() {
    let text = include_str!("../../../../tests/obi/facts.jsonl");
    let facts = text.lines().map(|it| serde_json::from_str::<Fact>(it).unwrap());
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for Fact { name, config, env, exit, error } in facts {
        looked_at += 1;
        let report = check(&config, &env.into_iter().collect(), Release::KNOWN);
        if report.starts() == (exit == 255) {
            wrong.push(format!("{name}: exit {exit}, {error}, and {:#?}", report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looked_at >= 600, "{looked_at}");
}

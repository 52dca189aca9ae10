//! Configurations and what OBI makes of them: `tests/obi/configurations.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{super::RULES, *};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) config: String,
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    #[serde(default = "known")]
    pub(super) release: String,
    #[serde(default = "yes")]
    pub(super) starts: bool,
    #[serde(default)]
    pub(super) findings: Vec<String>,
}

fn known() -> String {
    Release::KNOWN.to_string()
}

fn yes() -> bool {
    true
}

pub(super) fn cases() -> Vec<Case> {
    let text = include_str!("../../../../tests/obi/configurations.yaml");
    let cases: Vec<Case> = serde_saphyr::from_str(text).unwrap();
    assert!(cases.len() >= 60, "{}", cases.len());
    cases
}

pub(super) fn judged(case: &Case) -> super::super::Report {
    let environment = case.environment.clone().into_iter().collect();
    check(&case.config, &environment, case.release.parse().unwrap())
}

/// `warning unknown-key 3:1 export`
fn line(finding: &Finding) -> String {
    let Finding { severity, rule, path, place, .. } = finding;
    let severity = serde_json::to_value(severity).unwrap();
    let place = place.map_or_else(|| "-".to_owned(), |it| format!("{}:{}", it.line, it.column));
    let path = if path.is_empty() { "-" } else { path };
    format!("{} {rule} {place} {path}", severity.as_str().unwrap())
}

#[test]
fn of_each_configuration_is_said_what_obi_makes_of_it_and_where_and_nothing_else() {
    let mut wrong = Vec::new();
    for case in cases() {
        let report = judged(&case);
        let said = report.findings.iter().filter(|it| it.severity != Severity::Note).map(line);
        let said: BTreeSet<String> = said.collect();
        let expected: BTreeSet<String> = case.findings.iter().cloned().collect();
        if report.starts() != case.starts || said != expected {
            let (name, starts) = (&case.name, report.starts());
            wrong.push(format!(
                "{name}: starts {starts}\n  said {said:#?}\n  expected {expected:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whatever_is_wrong_is_told_with_what_to_do_about_it() {
    for case in cases() {
        for finding in judged(&case).findings {
            assert!(!finding.problem.is_empty(), "{}: {finding:#?}", case.name);
            assert!(!finding.fix.is_empty(), "{}: {finding:#?}", case.name);
        }
    }
}

#[test]
fn every_rule_is_in_the_list_and_every_rule_in_the_list_is_one() {
    let mut broken: BTreeSet<&str> =
        cases().iter().flat_map(|it| judged(it).findings).map(|it| it.rule).collect();
    broken.extend(findings(&"#".repeat(2 << 20)).iter().map(|it| it.rule));
    broken.extend(findings(&aliases()).iter().map(|it| it.rule));
    let listed: Vec<&str> = RULES.iter().map(|it| it.id).collect();
    assert!(listed.is_sorted());
    assert_eq!(listed, broken.into_iter().collect::<Vec<_>>());
}

/// A few lines that stand for millions.
fn aliases() -> String {
    let line = |it: u32| {
        let before = char::from_u32('a' as u32 + it - 1).unwrap();
        let name = char::from_u32('a' as u32 + it).unwrap();
        format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(","))
    };
    format!("a: &a [x,x,x,x,x,x,x,x,x]\n{}", (1..7).map(line).collect::<String>())
}

#[test]
fn so_many_keys_that_obi_would_not_come_back_are_no_configuration() {
    let many = (0..20_000).fold(String::new(), |text, it| format!("{text}k{it}: 1\n"));
    let found = findings(&many);
    assert_eq!(found.iter().map(|it| it.rule).collect::<Vec<_>>(), ["too-large"]);
}

#[test]
fn a_password_in_an_endpoint_is_not_repeated() {
    let found =
        findings("open_port: 80\notel_metrics_export:\n  endpoint: user:secret@host:4317\n");
    assert!(found.iter().any(|it| it.rule == "bad-endpoint"), "{found:#?}");
    assert!(!format!("{found:?}").contains("secret"), "{found:#?}");
}

//! What OBI itself said: `tests/obi/runs.jsonl`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Run {
    name: String,
    exit: Option<i32>,
    ended_by: String,
    stdout_tail: Vec<String>,
    stderr_tail: Vec<String>,
}

fn runs() -> Vec<Run> {
    let text = include_str!("../../../../tests/obi/runs.jsonl");
    text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

impl Run {
    fn lines(&self) -> Vec<Line> {
        let lines = [self.stdout_tail.join("\n"), self.stderr_tail.join("\n")].concat();
        read(lines.as_bytes())
    }
}

#[test]
fn every_line_at_warning_or_error_is_known() {
    let loud = |it: &Line| it.level >= Some(Level::Warn) && it.problem.is_none();
    let unknown: Vec<String> = runs()
        .iter()
        .flat_map(|run| run.lines().into_iter().filter(loud))
        .map(|it| it.raw)
        .collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn every_run_that_obi_ended_says_why() {
    let mut looked_at = 0;
    for run in runs().iter().filter(|it| it.ended_by == "self") {
        looked_at += 1;
        let last = run
            .lines()
            .into_iter()
            .rev()
            .find_map(|it| it.problem.filter(|problem| problem.severity == Severity::Fatal));
        assert!(last.is_some(), "{}: {:#?}", run.name, run.lines());
    }
    assert!(looked_at >= 40, "{looked_at}");
}

#[test]
fn no_run_that_went_on_has_a_line_that_says_it_ended() {
    for run in runs().iter().filter(|it| it.ended_by != "self" && it.exit == Some(0)) {
        let fatal = |it: &Line| it.problem.is_some_and(|it| it.severity == Severity::Fatal);
        assert!(!run.lines().iter().any(fatal), "{}: {:#?}", run.name, run.lines());
    }
}

#[test]
fn problems_are_told_apart() {
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for run in runs() {
        let problems = run.lines().into_iter().filter_map(|it| it.problem);
        let worst = problems.min_by_key(|it| it.severity).map(|it| it.name.as_str());
        names.entry(run.name).or_default().extend(worst);
    }
    let told: Vec<String> =
        names.iter().map(|(run, names)| format!("{run}: {}", names.join(", "))).collect();
    expect_test::expect_file!["runs.txt"].assert_eq(&format!("{}\n", told.join("\n")));
}

#[test]
fn lines_of_every_run_are_taken_apart() {
    let formats: Vec<Format> = runs().iter().flat_map(Run::lines).map(|it| it.format).collect();
    let plain = formats.iter().filter(|it| **it == Format::Plain).count();
    assert!(formats.len() > 400 && plain < 20, "{plain} of {}", formats.len());
}

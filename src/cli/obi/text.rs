//! A report for a person at a terminal: each finding with its line and a mark below the place.

use std::{fmt::Write, sync::LazyLock};

use regex::Regex;

use super::given::Source;
use crate::{
    obi::config::{Finding, Report, Severity},
    tree::Place,
};

/// Whoever reads the log of a pipeline has no business with a password in an address.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?P<before>://|[\s"'])(?P<user>[^/@\s"']*:[^/@\s"']+)@"#).expect("a constant")
});

pub(super) fn shown(source: &Source, report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&one(source, finding));
    }
    let _ = writeln!(text, "{}: {}", source.name, verdict(report));
    text
}

fn one(source: &Source, finding: &Finding) -> String {
    let Finding { severity, rule, path, place, problem, fix } = finding;
    let mut text = source.name.clone();
    if let Some(Place { line, column }) = place {
        let _ = write!(text, ":{line}:{column}");
    }
    let subject = if path.is_empty() { String::new() } else { format!("{path}: ") };
    let _ = writeln!(text, ": {severity}: {subject}{problem} [{rule}]");
    if let Some(place) = place {
        text.push_str(&marked(&source.text, *place).unwrap_or_default());
    }
    if !fix.is_empty() {
        let _ = writeln!(text, "  = {fix}");
    }
    text
}

/// The line of the text, and a mark below the column.
fn marked(text: &str, place: Place) -> Option<String> {
    let line = text.lines().nth(usize::try_from(place.line - 1).ok()?)?;
    let column = usize::try_from(place.column - 1).ok()?;
    let before = line.chars().take(column);
    // A tab before the mark keeps it below its place.
    let blank: String = before.map(|it| if it == '\t' { '\t' } else { ' ' }).collect();
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    Some(format!("  {number} | {}\n  {margin} | {blank}^\n", without_password(line)))
}

fn without_password(line: &str) -> String {
    let starred = |it: &regex::Captures<'_>| {
        let user = it.name("user").map(|it| it.as_str().chars().count()).unwrap_or_default();
        format!("{}{}@", it.name("before").map_or("", |it| it.as_str()), "*".repeat(user))
    };
    PASSWORD.replace_all(line, starred).into_owned()
}

fn verdict(report: &Report) -> String {
    let count = |severity| report.findings.iter().filter(|it| it.severity == severity).count();
    let numbers = [Severity::Error, Severity::Warning, Severity::Note].map(|it| (count(it), it));
    let said: Vec<String> = numbers
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}{}", if number == 1 { "" } else { "s" }))
        .collect();
    let starts = if report.starts() { "OBI starts with it" } else { "OBI does not start with it" };
    if said.is_empty() { starts.to_owned() } else { format!("{starts}: {}", said.join(", ")) }
}

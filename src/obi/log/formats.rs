//! In which way a line is written.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::{
    line::{Format, Level},
    pairs::{pairs, word},
};

pub(super) struct Parsed {
    pub(super) format: Format,
    pub(super) at: Option<String>,
    pub(super) level: Option<Level>,
    pub(super) message: String,
    pub(super) fields: Vec<(String, String)>,
}

static EARLY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:SDK )?(?<at>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)?) (?<level>DEBUG|INFO|WARN|ERROR)(?:[+-]\d+)? (?<rest>.*)$",
    )
});
static KLOG: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?<level>[IWEF])(?<at>\d{4} \d\d:\d\d:\d\d\.\d+)\s+\d+ [^\s\]]+:\d+\] (?<rest>.*)$")
});
static ZAP: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:(?<at>\d\S*)\s+)?(?<level>(?i:debug|info|warn|error|dpanic|panic|fatal))\s+\S+\.go:\d+\s+(?<rest>.*)$",
    )
});
static TRACE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) \([^)]*\) (?<rest>\w+\(subType=.*)$")
});
/// Where the message of an early line may end.
static KEY: LazyLock<Regex> = LazyLock::new(|| regex(r"(?-u) [A-Za-z_][\w.]*="));

/// Nobody writes a message with more in it that looks like a key.
const MOST_KEYS: usize = 16;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant")
}

pub(super) fn parsed(line: &str) -> Parsed {
    let ways = [text, json, early, klog, zap, trace, flow];
    ways.iter().find_map(|way| way(line)).unwrap_or_else(|| Parsed {
        format: Format::Plain,
        at: None,
        level: None,
        message: line.trim().to_owned(),
        fields: Vec::new(),
    })
}

fn text(line: &str) -> Option<Parsed> {
    line.starts_with("time=").then_some(())?;
    let (mut fields, _) = pairs(line);
    let (at, level) = (taken(&mut fields, "time"), taken(&mut fields, "level")?);
    let (level, message) = (level_of(&level), taken(&mut fields, "msg")?);
    Some(Parsed { format: Format::Text, at, level, message, fields })
}

/// The value of a field that is not among the fields any more.
fn taken(fields: &mut Vec<(String, String)>, name: &str) -> Option<String> {
    let at = fields.iter().position(|(key, _)| key == name)?;
    Some(fields.remove(at).1)
}

fn json(line: &str) -> Option<Parsed> {
    line.starts_with('{').then_some(())?;
    let Value::Object(object) = serde_json::from_str(line).ok()? else { return None };
    let mut fields: Vec<(String, String)> =
        object.into_iter().map(|(key, value)| (key, written(value))).collect();
    let (at, level) = (taken(&mut fields, "time"), taken(&mut fields, "level")?);
    let (level, message) = (level_of(&level), taken(&mut fields, "msg")?);
    Some(Parsed { format: Format::Json, at, level, message, fields })
}

fn written(value: Value) -> String {
    if let Value::String(text) = value { text } else { value.to_string() }
}

fn early(line: &str) -> Option<Parsed> {
    let found = EARLY.captures(line)?;
    let rest = part(&found, "rest");
    let ends = KEY.find_iter(rest).take(MOST_KEYS).map(|it| it.start());
    let split = ends.filter_map(|end| {
        let (message, behind) = rest.split_at(end);
        let (fields, is_clean) = pairs(behind);
        is_clean.then(|| (message.to_owned(), fields))
    });
    let (message, fields) =
        split.into_iter().next().unwrap_or_else(|| (rest.to_owned(), Vec::new()));
    Some(of(Format::Early, &found, message, fields))
}

fn klog(line: &str) -> Option<Parsed> {
    let found = KLOG.captures(line)?;
    let rest = part(&found, "rest");
    let (message, fields) = if rest.starts_with('"') {
        let (message, behind) = word(rest, &[' ']);
        (message, pairs(behind).0)
    } else {
        (rest.to_owned(), Vec::new())
    };
    Some(of(Format::Klog, &found, message, fields))
}

fn zap(line: &str) -> Option<Parsed> {
    let found = ZAP.captures(line)?;
    let rest = part(&found, "rest");
    let begin = rest.find("\t{").or_else(|| rest.find(" {")).unwrap_or(rest.len());
    let (message, object) = rest.split_at(begin);
    let object = serde_json::from_str(object.trim()).ok();
    let fields = if let Some(Value::Object(object)) = object {
        object.into_iter().map(|(key, value)| (key, written(value))).collect()
    } else {
        Vec::new()
    };
    let message = if fields.is_empty() { rest } else { message };
    Some(of(Format::Zap, &found, message.to_owned(), fields))
}

fn trace(line: &str) -> Option<Parsed> {
    let found = TRACE.captures(line)?;
    let message = part(&found, "rest").to_owned();
    Some(of(Format::Trace, &found, message, Vec::new()))
}

fn flow(line: &str) -> Option<Parsed> {
    let (message, fields) = line.split_once(": ").filter(|(it, _)| *it == "network_flow")?;
    let (message, fields) = (message.to_owned(), pairs(fields).0);
    Some(Parsed { format: Format::Flow, at: None, level: None, message, fields })
}

fn of(
    format: Format,
    found: &Captures<'_>,
    message: String,
    fields: Vec<(String, String)>,
) -> Parsed {
    let at = found.name("at").map(|it| it.as_str().to_owned());
    let level = found.name("level").and_then(|it| level_of(it.as_str()));
    Parsed { format, at, level, message, fields }
}

fn part<'a>(found: &Captures<'a>, name: &str) -> &'a str {
    found.name(name).map(|it| it.as_str()).unwrap_or_default()
}

/// Those of slog may lie between two: `ERROR+4`.
fn level_of(text: &str) -> Option<Level> {
    let name = text.split(['+', '-']).next().unwrap_or_default();
    Some(match name.to_ascii_uppercase().as_str() {
        "DEBUG" => Level::Debug,
        "INFO" | "I" => Level::Info,
        "WARN" | "W" => Level::Warn,
        "ERROR" | "E" | "F" | "FATAL" | "PANIC" | "DPANIC" => Level::Error,
        _ => return None,
    })
}

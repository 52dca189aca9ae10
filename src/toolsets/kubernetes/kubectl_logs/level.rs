//! How serious a line says it is, in the formats that programs log in.

use std::sync::LazyLock;

use regex::Regex;

use crate::nearest::nearest;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// Where a level stands: klog's letter, a JSON or logfmt field, a word in brackets, a word at the start or in capitals.
static PLACES: LazyLock<[Regex; 6]> = LazyLock::new(|| {
    let word = "trace|debug|info|information|notice|warn|warning|error|err|fatal|critical|crit|panic|severe|alert|emerg|emergency";
    let capitals = word.to_ascii_uppercase();
    let key = r"(?:log[._]?)?level(?:name)?|lvl|severity(?:_?text)?";
    [
        r"^(?<level>[IWEF])\d{4} \d{2}:\d{2}:\d{2}".to_owned(),
        format!(r#"(?i)"@?(?:{key})"\s*:\s*"?(?<level>[a-z]+|\d{{2}})\b"#),
        format!(r#"(?i)(?:^|[\s,|])(?:{key})=["']?(?<level>[a-z]+)\b"#),
        format!(r"(?i)[\[<(|]\s*(?<level>{word})\s*[\])>|]"),
        format!(r"(?i)^(?<level>{word}):"),
        format!(r"(?:^|[^\w/.-])(?<level>{capitals})(?:$|[^\w/-])"),
    ]
    .map(|it| Regex::new(&it).expect("a constant"))
});

/// How programs end that do not log it.
static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:panic:|fatal error:|Traceback \(most recent|Exception in thread|thread '.*' .*panicked|Unhandled )")
        .expect("a constant")
});

/// A level as a word stands near the start of a line; further on it is more likely a part of the message.
const START: usize = 100;

impl Level {
    /// A level that a caller asks for.
    pub(super) fn parse(argument: &str, text: &str) -> Result<Self, String> {
        const KNOWN: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];
        Self::of_word(text.trim()).ok_or_else(|| {
            let hint = nearest(text, KNOWN).map(|it| format!("did you mean {it}? "));
            let hint = hint.unwrap_or_default();
            format!("`{argument}`: no level {text:?}: {hint}known are {}", KNOWN.join(", "))
        })
    }

    /// What a line says; none for a line that names no level.
    pub(super) fn of(line: &str) -> Option<Self> {
        let end = line.char_indices().nth(START).map_or(line.len(), |it| it.0);
        let start = line.get(..end).unwrap_or(line);
        let [klog, json, logfmt, bracketed, first, capitals] = &*PLACES;
        let fields = [(klog, start), (json, line), (logfmt, line)];
        let words = [(bracketed, start), (first, start), (capitals, start)];
        let found = fields
            .into_iter()
            .chain(words)
            .find_map(|(place, text)| Self::of_word(place.captures(text)?.name("level")?.as_str()));
        found.or_else(|| ENDS.is_match(start).then_some(Self::Fatal))
    }

    /// Names of all loggers, klog's letters, and the numbers of bunyan and pino.
    fn of_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "trace" | "trc" | "10" => Some(Self::Trace),
            "debug" | "dbg" | "20" => Some(Self::Debug),
            "info" | "inf" | "information" | "notice" | "i" | "30" => Some(Self::Info),
            "warn" | "warning" | "wrn" | "w" | "40" => Some(Self::Warn),
            "error" | "err" | "severe" | "e" | "50" => Some(Self::Error),
            "fatal" | "ftl" | "critical" | "crit" | "panic" | "alert" | "emerg" | "emergency"
            | "f" | "60" => Some(Self::Fatal),
            _ => None,
        }
    }
}

/// Whether a line goes on with what the line before it began: a stack trace, or an indented text.
pub(super) fn is_continued(line: &str) -> bool {
    line.starts_with([' ', '\t', '}', ')'])
        || line.starts_with("Caused by")
        || line.starts_with("goroutine ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_format_tells_its_level() {
        use Level::*;
        let cases = [
            (r#"{"ts":1764,"level":"error","msg":"no INFO here"}"#, Some(Error)),
            (r#"{"severity": "WARNING", "message": "slow"}"#, Some(Warn)),
            (r#"{"level":50,"msg":"boom"}"#, Some(Error)),
            (r#"{"log.level":"info","msg":"x"}"#, Some(Info)),
            (r#"{"msg":"no level"}"#, None),
            ("time=2026-11-25T14:00:00Z level=warn msg=\"ERROR is only a word\"", Some(Warn)),
            ("ts=1 lvl=eror", None),
            ("E1125 14:00:00.000000       1 reflector.go:147] failed", Some(Error)),
            ("I1125 14:00:00.000000       1 main.go:1] ERROR in the text", Some(Info)),
            ("2026/11/25 14:00:00 [error] 7#7: *1 open() failed", Some(Error)),
            ("[WARN ] low disk", Some(Warn)),
            ("2026-11-25 14:00:00,123 - app - CRITICAL - out of memory", Some(Fatal)),
            ("2026-11-25T14:00:00Z DEBUG cache hit", Some(Debug)),
            ("2026-11-25T14:00:00Z  INFO hyper: connected", Some(Info)),
            ("error: cannot open file", Some(Error)),
            ("<3>[warning] x", Some(Warn)),
            ("panic: runtime error: index out of range", Some(Fatal)),
            ("Traceback (most recent call last):", Some(Fatal)),
            ("GET /error/info 200", None),
            ("an error was handled", None),
            ("INFORMATIVE", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(Level::of(line), expected, "{line}");
        }
    }

    #[test]
    fn a_level_far_into_a_plain_line_is_a_part_of_the_message() {
        assert_eq!(Level::of(&format!("{} ERROR", "x ".repeat(80))), None);
    }

    #[test]
    fn a_mistyped_level_is_told_with_the_nearest() {
        assert_eq!(Level::parse("level", "WARNING"), Ok(Level::Warn));
        assert_eq!(
            Level::parse("level", "errro").unwrap_err(),
            "`level`: no level \"errro\": did you mean error? known are trace, debug, info, warn, error, fatal"
        );
    }
}

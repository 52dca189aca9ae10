//! One line.

use serde::Serialize;

use super::{
    formats::{Parsed, parsed},
    problems::Problem,
};

/// No line that anybody reads is longer; what a longer one begins with is enough.
const LONGEST: usize = 16 << 10;

/// How a line is written, which says who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// OBI itself: `time=… level=INFO msg="…"`.
    Text,
    /// The same with `log_format: json`.
    Json,
    /// OBI before it has read its configuration: `2026/11/22 02:28:19 ERROR …`. The libraries of AWS write so too.
    Early,
    /// The client of Kubernetes: `E1122 02:50:18.918168 32538 reflector.go:204] …`.
    Klog,
    /// The exporters of OpenTelemetry's collector, with `otel_sdk_log_level`.
    Zap,
    /// What `trace_printer: text` prints.
    Trace,
    /// What `network.print_flows` prints.
    Flow,
    /// Anything else: a dump of the configuration, of Go's runtime, the usage.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub format: Format,
    /// When, as it is written. Only `Text`, `Json` and some of `Zap` say in which zone.
    pub at: Option<String>,
    pub level: Option<Level>,
    pub message: String,
    pub fields: Vec<(String, String)>,
    /// All of it.
    pub raw: String,
    pub problem: Option<&'static Problem>,
}

impl Line {
    /// `None` where there is nothing in it. A log that was cut off while OBI wrote begins with zeros.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let is_empty = |it: &u8| *it == 0 || it.is_ascii_whitespace();
        let begin = bytes.iter().position(|it| *it != 0 && *it != b'\r')?;
        let end = bytes.iter().rposition(|it| !is_empty(it))?;
        let raw = text(bytes.get(begin..=end)?);
        let Parsed { format, at, level, message, fields } = parsed(&raw);
        let mut line = Self { format, at, level, message, fields, raw, problem: None };
        line.problem = Problem::of(&line);
        Some(line)
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Why something failed: the field for that, or all that is said where there is none.
    pub fn error(&self) -> &str {
        self.field("error").or_else(|| self.field("err")).unwrap_or(&self.message)
    }
}

/// What can be read of it.
fn text(bytes: &[u8]) -> String {
    let more = bytes.len().saturating_sub(LONGEST);
    let shown = bytes.get(..LONGEST).unwrap_or(bytes);
    let text = String::from_utf8_lossy(shown).replace('\0', "");
    if more > 0 { format!("{text} … {more} bytes more") } else { text }
}

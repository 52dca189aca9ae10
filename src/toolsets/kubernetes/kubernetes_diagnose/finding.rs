//! What a rule has found: whose fault it is, what shows it, and where to look next.

use serde_json::{Value, json};

use super::{model::Event, subject::Subject};

/// Kinds without a namespace that calls name.
const CLUSTER_WIDE: [&str; 9] = [
    "node",
    "nodes",
    "ns",
    "pv",
    "storageclasses",
    "apiservices",
    "validatingadmissionpolicies",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
];
/// How many lines of one finding's evidence.
const MOST_LINES: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    Sure,
    Likely,
    Possible,
}

impl Certainty {
    pub(in crate::toolsets::kubernetes) fn word(self) -> &'static str {
        match self {
            Self::Sure => "sure",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// How near the root it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    Cause,
    /// Something else must be wrong; told by itself only when nothing shows what.
    Consequence,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) subject: Subject,
    /// Our own words on one line; what others wrote stands in `evidence`.
    pub(super) problem: String,
    pub(super) certainty: Certainty,
    pub(super) depth: Depth,
    /// Lines that somebody in the cluster wrote: events, logs, messages. Untrusted, and of any length.
    pub(super) evidence: Vec<String>,
    /// The next call to make.
    pub(super) next: Option<Call>,
    /// What this one explains beside whatever depends on its subject.
    pub(super) explains: Vec<Subject>,
}

impl Finding {
    fn new(subject: Subject, problem: String, certainty: Certainty) -> Self {
        Self {
            subject,
            problem,
            certainty,
            depth: Depth::Cause,
            evidence: Vec::new(),
            next: None,
            explains: Vec::new(),
        }
    }

    pub(super) fn sure(subject: Subject, problem: impl Into<String>) -> Self {
        Self::new(subject, problem.into(), Certainty::Sure)
    }

    pub(super) fn likely(subject: Subject, problem: impl Into<String>) -> Self {
        Self::new(subject, problem.into(), Certainty::Likely)
    }

    pub(super) fn possible(subject: Subject, problem: impl Into<String>) -> Self {
        Self::new(subject, problem.into(), Certainty::Possible)
    }

    pub(super) fn consequence(self) -> Self {
        Self { depth: Depth::Consequence, ..self }
    }

    /// One line of somebody else's words.
    pub(super) fn said(mut self, line: &str) -> Self {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() && self.evidence.len() < MOST_LINES {
            self.evidence.push(line);
        }
        self
    }

    pub(super) fn event(self, event: Option<&Event>) -> Self {
        let Some(event) = event else { return self };
        let times = match event.times() {
            1 => String::new(),
            times => format!(" x{times}"),
        };
        self.said(&format!("event {}{times}: {}", event.reason, event.message))
    }

    /// The end of a container's log.
    pub(super) fn log(mut self, lines: &[String], most: usize) -> Self {
        for line in lines.iter().skip(lines.len().saturating_sub(most)) {
            self = self.said(&format!("log: {line}"));
        }
        self
    }

    pub(super) fn next(self, call: Call) -> Self {
        Self { next: Some(call), ..self }
    }

    pub(super) fn explains(mut self, subject: Subject) -> Self {
        self.explains.push(subject);
        self
    }
}

/// A call to make, with its arguments; the namespace is added when it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) tool: &'static str,
    pub(super) arguments: Value,
}

impl Call {
    pub(super) fn get(resource: &str) -> Self {
        Self { tool: "kubectl_get", arguments: json!({ "resource": resource }) }
    }

    /// Parts of a manifest.
    pub(super) fn fields(resource: &str, fields: &[&str]) -> Self {
        let arguments = json!({ "resource": resource, "fields": fields });
        Self { tool: "kubectl_get", arguments }
    }

    pub(super) fn logs(pod: &str, container: &str, previous: bool) -> Self {
        let mut arguments = json!({ "resource": pod, "container": container });
        if previous && let Value::Object(fields) = &mut arguments {
            fields.insert("previous".to_owned(), true.into());
        }
        Self { tool: "kubectl_logs", arguments }
    }

    pub(super) fn diagnose(subject: &Subject) -> Self {
        let arguments = json!({ "resource": subject.to_string() });
        Self { tool: "kubernetes_diagnose", arguments }
    }
}

impl Call {
    /// Whether it is about something that has no namespace.
    pub(super) fn is_cluster_wide(&self) -> bool {
        let resource = self.arguments.get("resource").and_then(Value::as_str).unwrap_or_default();
        let kind = resource.split(['/', ',']).next().unwrap_or_default();
        CLUSTER_WIDE.contains(&kind)
    }
}

/// What stands in a spec and can be any text (an image, a command, a label), made one harmless word for our own sentences.
pub(in crate::toolsets::kubernetes) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:/@+=$*~%".contains(c);
    let mut word: String = text.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    crate::output::clip(&mut word, 160);
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_cannot_put_sentences_into_ours() {
        assert_eq!(
            word("registry.example/web:1.0@sha256:ab"),
            "registry.example/web:1.0@sha256:ab"
        );
        assert_eq!(word("x\nIgnore all, \"please\""), "x_Ignore_all___please_");
    }
}

//! Whether an object is as it is wanted, is not yet, or can no longer become so.

use serde_json::Value;

use super::{goal::Goal, rollout};
use crate::{
    nearest::nearest,
    output::{Redactor, clip},
    toolsets::kubernetes::{field::text, path::Path},
};

/// Why a value that stands for a secret is not waited for.
pub(super) const NOT_COMPARED: &str =
    "what is there is redacted, and redacted values are not compared";

/// How what stands for a secret begins.
const MARK: &str = "[redacted ";

/// What an object says of itself is shown up to here.
const LONGEST: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is so; what to say beside that.
    Met(String),
    /// Not yet; how it is now.
    NotYet(String),
    /// It cannot come true any more, and why.
    Never(String),
}

use Verdict::{Met, Never, NotYet};

/// Of an object that is there, with its kind in it.
pub(super) fn judge(goal: &Goal, object: &Value, redactor: &Redactor) -> Verdict {
    let verdict = match goal {
        Goal::Create => Met(String::new()),
        Goal::Delete => NotYet(leaving(object)),
        Goal::Rollout => rollout::judge(object),
        Goal::Condition { kind, status } => condition(object, kind, status),
        Goal::Value { path, value, .. } => at_path(object, path, value.as_deref(), redactor),
    };
    verdict.clipped()
}

/// Of one that is not there; `was` says whether it has been.
pub(super) fn judge_absence(goal: &Goal, was: bool) -> Verdict {
    match goal {
        Goal::Delete => Met(if was { String::new() } else { "it is not there".to_owned() }),
        Goal::Create => NotYet("it is not there".to_owned()),
        _ => Never("it was deleted".to_owned()),
    }
}

impl Verdict {
    fn clipped(mut self) -> Self {
        let (Met(text) | NotYet(text) | Never(text)) = &mut self;
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        *text = line;
        clip(text, LONGEST);
        self
    }
}

pub(super) fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn conditions(object: &Value) -> impl Iterator<Item = &Value> {
    object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten()
}

/// The condition of a type, in any case of letters.
pub(super) fn of_type<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    conditions(object).find(|it| text(it, "/type").eq_ignore_ascii_case(kind))
}

fn condition(object: &Value, kind: &str, status: &str) -> Verdict {
    let found = of_type(object, kind);
    let is_so = found.is_some_and(|it| text(it, "/status").eq_ignore_ascii_case(status));
    if is_so && !found.is_some_and(|it| is_stale(object, it)) {
        return Met(found.map(|it| text(it, "/reason").to_owned()).unwrap_or_default());
    }
    let ended = ended(object);
    let wants_what_ended = |it: &Ended| it.excludes(kind, status);
    if let Some(ended) = ended.filter(wants_what_ended) {
        return Never(ended.why);
    }
    NotYet(match found {
        Some(found) if is_so => format!("{} of an older generation", described(found)),
        Some(found) => described(found),
        None => no_such(object, kind),
    })
}

/// A controller that has not seen the last change says how things were before it.
fn is_stale(object: &Value, condition: &Value) -> bool {
    let generation = object.pointer("/metadata/generation").and_then(Value::as_i64);
    let observed = condition
        .get("observedGeneration")
        .or_else(|| object.pointer("/status/observedGeneration"));
    match (generation, observed.and_then(Value::as_i64)) {
        (Some(generation), Some(observed)) => observed < generation,
        _ => false,
    }
}

/// `Ready=False, ContainersNotReady: containers with unready status: [main]`
pub(super) fn described(condition: &Value) -> String {
    let (kind, status) = (text(condition, "/type"), text(condition, "/status"));
    let (reason, message) = (text(condition, "/reason"), text(condition, "/message"));
    let details = [reason, message].into_iter().filter(|it| !it.is_empty());
    let details: Vec<&str> = details.collect();
    if details.is_empty() {
        format!("{kind}={status}")
    } else {
        format!("{kind}={status}, {}", details.join(": "))
    }
}

fn no_such(object: &Value, kind: &str) -> String {
    let all: Vec<String> = conditions(object)
        .map(|it| format!("{}={}", text(it, "/type"), text(it, "/status")))
        .collect();
    if all.is_empty() {
        format!("no condition {kind}, nor any other")
    } else {
        let near = nearest(kind, conditions(object).map(|it| text(it, "/type")));
        let hint = near.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
        format!("no condition {kind}; {hint}there are {}", all.join(", "))
    }
}

/// A state that nothing leaves any more.
struct Ended {
    why: String,
    /// Conditions that stay as they are, with their status.
    lasting: &'static [(&'static str, &'static str)],
}

impl Ended {
    fn excludes(&self, kind: &str, status: &str) -> bool {
        let lasting = self.lasting.iter().find(|it| it.0.eq_ignore_ascii_case(kind));
        lasting.is_some_and(|it| !it.1.eq_ignore_ascii_case(status))
    }
}

fn ended(object: &Value) -> Option<Ended> {
    let is_true = |kind: &str| of_type(object, kind).filter(|it| text(it, "/status") == "True");
    match (text(object, "/kind"), text(object, "/status/phase")) {
        ("Pod", phase @ ("Failed" | "Succeeded")) => Some(Ended {
            why: format!("the pod is {phase}{}", details_of_end(object)),
            lasting: &[("Ready", "False"), ("ContainersReady", "False")],
        }),
        ("Job", _) => match (is_true("Failed"), is_true("Complete")) {
            (Some(failed), _) => Some(Ended {
                why: described(failed),
                lasting: &[("Complete", "False"), ("SuccessCriteriaMet", "False")],
            }),
            (None, Some(complete)) => {
                Some(Ended { why: described(complete), lasting: &[("Failed", "False")] })
            }
            _ => None,
        },
        ("Deployment", _) => rollout::given_up(object)
            .map(|why| Ended { why, lasting: &[("Available", "False")] })
            // One that is available has nothing left to come true.
            .filter(|_| is_true("Available").is_none()),
        _ => None,
    }
}

/// `: main ended with exit code 3 (Error)`
fn details_of_end(pod: &Value) -> String {
    let states = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
    let failed = states.into_iter().flatten().find_map(|it| {
        let code = it.pointer("/state/terminated/exitCode")?.as_i64().filter(|it| *it != 0)?;
        let reason = text(it, "/state/terminated/reason");
        Some(format!(": {} ended with exit code {code} ({reason})", text(it, "/name")))
    });
    let reason = text(pod, "/status/reason");
    failed.unwrap_or_else(|| if reason.is_empty() { String::new() } else { format!(": {reason}") })
}

fn leaving(object: &Value) -> String {
    let since = text(object, "/metadata/deletionTimestamp");
    if since.is_empty() {
        return "it is there, and nobody has asked to delete it".to_owned();
    }
    let finalizers = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    let finalizers: Vec<&str> =
        finalizers.into_iter().flatten().filter_map(Value::as_str).collect();
    if finalizers.is_empty() {
        format!("it is ending since {since}")
    } else {
        format!("it is ending since {since}, held by finalizers {}", finalizers.join(", "))
    }
}

/// Compared as the answer would show it: waiting must not tell what reading would not.
fn at_path(object: &Value, path: &Path, value: Option<&str>, redactor: &Redactor) -> Verdict {
    let mut object = object.clone();
    redactor.manifest(&mut object);
    let found = path.find(&object);
    let texts: Vec<String> = found
        .into_iter()
        .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
        .map(|it| redactor.text(&it).into_owned())
        .collect();
    let met = match value {
        Some(value) => texts.iter().any(|it| it == value),
        None => texts.iter().any(|it| !it.is_empty() && it != "null"),
    };
    if met {
        return Met(String::new());
    }
    // Of what is there only the mark is looked at: anything else would tell whether the value was guessed.
    let is_mark = |it: &String| it.starts_with(MARK) && it.ends_with(']');
    if value.is_some() && !texts.is_empty() && texts.iter().all(is_mark) {
        return Never(format!("{NOT_COMPARED}; seen last: {}", texts.join(",")));
    }
    if let Some(Ended { why, .. }) = ended(&object).filter(|_| path.is_below("status")) {
        return Never(why);
    }
    NotYet(if texts.is_empty() { "nothing is there".to_owned() } else { texts.join(",") })
}

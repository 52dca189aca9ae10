//! Conditions: those that are as they should be in one line, the others with their reason.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::output::age;

/// Ends of the names of conditions that are good when they do not hold.
const BAD: [&str; 12] = [
    "Pressure",
    "Unavailable",
    "Failed",
    "Failure",
    "Stalled",
    "Degraded",
    "Suspended",
    "Terminating",
    "Disrupted",
    "Blocked",
    "Limited",
    "Remaining",
];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Condition {
    #[serde(rename = "type")]
    name: String,
    status: String,
    reason: String,
    message: String,
    last_transition_time: Option<String>,
}

/// `as they should be: Ready, Initialized`, and a line for every other one.
pub(super) fn lines(object: &Value, now: Timestamp) -> Vec<String> {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let conditions = conditions.into_iter().flatten();
    let conditions: Vec<Condition> =
        conditions.filter_map(|it| serde_json::from_value(it.clone()).ok()).collect();
    let (good, other): (Vec<_>, Vec<_>) = conditions.iter().partition(|it| it.is_good());
    let mut lines: Vec<String> = other.iter().map(|it| it.told(now)).collect();
    if !good.is_empty() {
        let good: Vec<String> = good.iter().map(|it| it.shown()).collect();
        lines.push(format!("as they should be: {}", good.join(", ")));
    }
    lines
}

impl Condition {
    fn is_good(&self) -> bool {
        self.status == if self.is_of_trouble() { "False" } else { "True" }
    }

    fn is_of_trouble(&self) -> bool {
        BAD.iter().any(|it| self.name.ends_with(it))
    }

    /// `Ready`, `no MemoryPressure`
    fn shown(&self) -> String {
        let no = if self.is_of_trouble() { "no " } else { "" };
        format!("{no}{}", self.name)
    }

    /// `Available=False MinimumReplicasUnavailable, for 5m: Deployment does not have minimum availability.`
    fn told(&self, now: Timestamp) -> String {
        let Self { name, status, reason, message, last_transition_time } = self;
        let since = last_transition_time.as_deref().and_then(|it| it.parse().ok());
        let since = since.map(|it| format!(", for {}", age::of(it, now))).unwrap_or_default();
        let reason = if reason.is_empty() { String::new() } else { format!(" {reason}") };
        let message = if message.is_empty() { String::new() } else { format!(": {message}") };
        format!("{name}={status}{reason}{since}{message}")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_well_is_one_line_and_what_is_not_says_why_and_since_when() {
        let now = "2026-11-25T12:00:00Z".parse().unwrap();
        let object = json!({"status": {"conditions": [
            {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "app waits", "lastTransitionTime": "2026-11-25T11:55:00Z"},
            {"type": "Initialized", "status": "True"},
            {"type": "MemoryPressure", "status": "False", "reason": "KubeletHasSufficientMemory"},
            {"type": "DiskPressure", "status": "True"},
            {"type": "Synced", "status": "Unknown"},
        ]}});
        expect![[r"
            Ready=False ContainersNotReady, for 5m: app waits
            DiskPressure=True
            Synced=Unknown
            as they should be: Initialized, no MemoryPressure"]]
        .assert_eq(&lines(&object, now).join("\n"));
        assert!(lines(&json!({"status": {"conditions": "none"}}), now).is_empty());
        assert!(lines(&json!({}), now).is_empty());
    }
}

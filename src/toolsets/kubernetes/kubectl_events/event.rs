//! One event, as either of the two APIs writes it.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::toolsets::kubernetes::{one_line::one_line, table::ListMeta};

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event {
    pub(super) metadata: Metadata,
    #[serde(alias = "regarding")]
    pub(super) involved_object: Subject,
    pub(super) r#type: String,
    pub(super) reason: String,
    #[serde(alias = "note", deserialize_with = "plain")]
    pub(super) message: String,
    #[serde(alias = "deprecatedCount")]
    count: Option<u64>,
    #[serde(alias = "deprecatedFirstTimestamp")]
    first_timestamp: Option<Timestamp>,
    #[serde(alias = "deprecatedLastTimestamp")]
    last_timestamp: Option<Timestamp>,
    #[serde(rename = "eventTime")]
    time: Option<Timestamp>,
    series: Option<Series>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metadata {
    pub(super) namespace: String,
    creation_timestamp: Option<Timestamp>,
}

/// What an event is about.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Subject {
    pub(super) kind: String,
    pub(super) name: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Series {
    count: u64,
    last_observed_time: Option<Timestamp>,
}

#[derive(Deserialize)]
pub(super) struct EventList {
    #[serde(default)]
    pub(super) metadata: ListMeta,
    #[serde(default)]
    pub(super) items: Vec<Event>,
}

impl Event {
    /// When it happened last; none of an event that does not say.
    pub(super) fn last(&self) -> Option<Timestamp> {
        let of_series = self.series.as_ref().and_then(|it| it.last_observed_time);
        let last = of_series.max(self.last_timestamp);
        last.or(self.time).or(self.metadata.creation_timestamp)
    }

    /// When it happened first.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.first_timestamp.or(self.time).or(self.metadata.creation_timestamp)
    }

    /// How often it happened.
    pub(super) fn count(&self) -> u64 {
        let of_series = self.series.as_ref().map_or(0, |it| it.count);
        of_series.max(self.count.unwrap_or_default()).max(1)
    }

    /// What a pattern looks at.
    pub(super) fn row(&self) -> String {
        let Subject { kind, name } = &self.involved_object;
        format!("{}\t{}\t{kind}/{name}\t{}", self.r#type, self.reason, self.message)
    }
}

fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    Ok(one_line(text.trim()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Event {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn both_apis_are_read_as_the_same() {
        let core = read(
            r#"{"metadata": {"namespace": "shop"}, "involvedObject": {"kind": "Pod", "name": "web"}, "type": "Warning", "reason": "BackOff",
            "message": "back-off", "count": 7, "firstTimestamp": "2026-11-25T14:00:00Z", "lastTimestamp": "2026-11-25T14:10:00Z", "eventTime": null}"#,
        );
        let events = read(
            r#"{"metadata": {"namespace": "shop"}, "regarding": {"kind": "Pod", "name": "web"}, "type": "Warning", "reason": "BackOff",
            "note": "back-off", "deprecatedCount": 7, "deprecatedFirstTimestamp": "2026-11-25T14:00:00Z", "deprecatedLastTimestamp": "2026-11-25T14:10:00Z"}"#,
        );
        for event in [core, events] {
            assert_eq!(event.row(), "Warning\tBackOff\tPod/web\tback-off");
            assert_eq!(event.count(), 7);
            assert_eq!(event.first(), "2026-11-25T14:00:00Z".parse().ok());
            assert_eq!(event.last(), "2026-11-25T14:10:00Z".parse().ok());
        }
    }

    #[test]
    fn a_series_says_when_it_happened_last_and_how_often() {
        let event = read(
            r#"{"eventTime": "2026-11-25T14:00:00.000001Z", "series": {"count": 12, "lastObservedTime": "2026-11-25T15:00:00.5Z"}}"#,
        );
        assert_eq!((event.count(), event.last()), (12, "2026-11-25T15:00:00.5Z".parse().ok()));
        assert_eq!(event.first(), "2026-11-25T14:00:00.000001Z".parse().ok());
    }

    #[test]
    fn an_event_that_says_little_still_has_a_time_and_a_count() {
        let event = read(
            r#"{"metadata": {"creationTimestamp": "2026-11-25T14:00:00Z"}, "message": "a\nb\u202e"}"#,
        );
        assert_eq!((event.count(), event.last()), (1, "2026-11-25T14:00:00Z".parse().ok()));
        assert_eq!(event.message, "a b");
    }
}

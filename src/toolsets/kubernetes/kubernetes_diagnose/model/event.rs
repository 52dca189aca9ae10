use jiff::Timestamp;
use serde::Deserialize;

use super::Meta;

/// A core/v1 Event. Its message is written by whoever reported it: untrusted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    pub(crate) metadata: Meta,
    pub(crate) involved_object: Involved,
    pub(crate) reason: String,
    pub(crate) message: String,
    count: Option<u32>,
    series: Option<Series>,
    last_timestamp: Option<Timestamp>,
    #[serde(rename = "eventTime")]
    at: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Involved {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// `spec.containers{web}` when it is about one container.
    pub(crate) field_path: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Series {
    count: u32,
    last_observed_time: Option<Timestamp>,
}

impl Event {
    /// How often it was seen.
    pub(crate) fn times(&self) -> u32 {
        let series = self.series.as_ref().map(|it| it.count);
        series.or(self.count).unwrap_or(1).max(1)
    }

    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        let series = self.series.as_ref().and_then(|it| it.last_observed_time);
        series.or(self.last_timestamp).or(self.at).or(self.metadata.creation_timestamp)
    }

    /// Whether it is about that container, or about none in particular.
    pub(crate) fn may_concern(&self, container: &str) -> bool {
        let path = &self.involved_object.field_path;
        path.is_empty() || path.contains(&format!("{{{container}}}"))
    }
}

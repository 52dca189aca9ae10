//! Events that say the same of one object or of many, as one row.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use jiff::Timestamp;
use regex::Regex;

use super::event::Event;
use crate::{output::age, toolsets::kubernetes::shape::shape};

/// Names shown of the objects that an event happened to.
const MOST_NAMES: usize = 2;

/// Events of one kind, type and reason whose messages differ only in names, numbers and ids.
#[derive(Debug)]
pub(super) struct Folded {
    /// The newest of them.
    event: Event,
    /// Not all messages are exactly like the newest.
    varies: bool,
    names: BTreeSet<String>,
    count: u64,
    first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    namespace: String,
    r#type: String,
    reason: String,
    kind: String,
    shape: String,
}

/// The newest first.
pub(super) fn fold(events: Vec<Event>) -> Vec<Folded> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut rows: Vec<Folded> = Vec::new();
    for event in events {
        let place = *places.entry(key(&event)).or_insert(rows.len());
        match rows.get_mut(place) {
            Some(row) => row.add(event),
            None => rows.push(Folded::of(event)),
        }
    }
    rows.sort_by_key(|it| std::cmp::Reverse(it.last));
    rows
}

fn key(event: &Event) -> Key {
    Key {
        namespace: event.metadata.namespace.clone(),
        r#type: event.r#type.clone(),
        reason: event.reason.clone(),
        kind: event.involved_object.kind.clone(),
        shape: steady(event),
    }
}

/// What changes from one occurrence of a warning to the next, and says nothing: times, addresses, ids of containers.
static CHANGING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \d{1,3}(?:\.\d{1,3}){3}(?::\d+)?
        | \b(?:\d+(?:\.\d+)?(?:ms|[smh]))+\b
        | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b
        | \b[0-9a-f]{32,}\b",
    )
    .expect("a constant")
});

/// What events of one row have in common. An exit code or a version counts in a warning, and in nothing else.
fn steady(event: &Event) -> String {
    let message = unnamed(event);
    if event.r#type == "Warning" {
        CHANGING.replace_all(&message, "#").into_owned()
    } else {
        shape(&message)
    }
}

/// The message with a star for the name of the object that it is about.
fn unnamed(event: &Event) -> String {
    match event.involved_object.name.as_str() {
        "" => event.message.clone(),
        name => event.message.replace(name, "*"),
    }
}

impl Folded {
    fn of(event: Event) -> Self {
        let names = BTreeSet::from([event.involved_object.name.clone()]);
        let (count, first, last) = (event.count(), event.first(), event.last());
        Self { event, varies: false, names, count, first, last }
    }

    fn add(&mut self, event: Event) {
        self.count += event.count();
        self.varies |= unnamed(&self.event) != unnamed(&event);
        self.names.insert(event.involved_object.name.clone());
        self.first = [self.first, event.first()].into_iter().flatten().min();
        if event.last() > self.last {
            self.last = event.last();
            self.event = event;
        }
    }

    pub(super) fn headers(namespace: bool) -> Vec<String> {
        let namespace = namespace.then_some("NAMESPACE");
        let others = ["LAST", "COUNT", "TYPE", "REASON", "OBJECT", "MESSAGE"];
        namespace.into_iter().chain(others).map(str::to_owned).collect()
    }

    pub(super) fn cells(&self, now: Timestamp, namespace: bool) -> Vec<String> {
        let Event { metadata, r#type, reason, .. } = &self.event;
        let last = self.last.map(|it| age::of(it, now)).unwrap_or_default();
        let namespace = namespace.then(|| metadata.namespace.clone());
        let others =
            [last, self.times(), r#type.clone(), reason.clone(), self.object(), self.message()];
        namespace.into_iter().chain(others).collect()
    }

    /// `12 in 5m`: how often, from the first time to the last.
    fn times(&self) -> String {
        match (self.count, self.first, self.last) {
            (count @ 2.., Some(first), Some(last)) if last.as_second() > first.as_second() => {
                format!("{count} in {}", age::of(first, last))
            }
            (count, ..) => count.to_string(),
        }
    }

    /// `Pod/web-1`, or `100 Pod: web-1, web-2, …`
    fn object(&self) -> String {
        let kind = &self.event.involved_object.kind;
        let mut names = self.names.iter().map(String::as_str);
        if self.names.len() <= 1 {
            return format!("{kind}/{}", names.next().unwrap_or_default());
        }
        let first = names.by_ref().take(MOST_NAMES).collect::<Vec<_>>().join(", ");
        let more = if names.next().is_some() { ", …" } else { "" };
        format!("{} {kind}: {first}{more}", self.names.len())
    }

    fn message(&self) -> String {
        let message =
            if self.names.len() > 1 { unnamed(&self.event) } else { self.event.message.clone() };
        if self.varies { format!("{message} (and alike)") } else { message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(name: &str, message: &str, minute: u32, count: u64) -> Value {
        json!({
            "metadata": {"namespace": "shop"}, "involvedObject": {"kind": "Pod", "name": name},
            "type": "Warning", "reason": "BackOff", "message": message, "count": count,
            "firstTimestamp": "2026-11-25T14:00:00Z", "lastTimestamp": format!("2026-11-25T14:{minute:02}:00Z"),
        })
    }

    fn rows(events: Vec<Value>) -> Vec<String> {
        let events = events.into_iter().map(|it| serde_json::from_value(it).unwrap()).collect();
        let now = "2026-11-25T15:00:00Z".parse().unwrap();
        fold(events).iter().map(|it| it.cells(now, false).join("|")).collect()
    }

    #[test]
    fn what_happened_to_many_objects_is_one_row_with_the_first_names() {
        let of = |name: &str, minute| {
            event(name, &format!("back-off 40s in pod {name}_shop"), minute, 3)
        };
        assert_eq!(
            rows(vec![
                of("web-1", 5),
                of("web-2", 9),
                of("web-3", 7),
                event("db-0", "other", 20, 1)
            ]),
            [
                "40m|1|Warning|BackOff|Pod/db-0|other",
                "51m|9 in 9m|Warning|BackOff|3 Pod: web-1, web-2, …|back-off 40s in pod *_shop",
            ]
        );
    }

    #[test]
    fn a_warning_with_another_exit_code_is_another_row_and_one_with_another_time_is_not() {
        let of = |minute, message| event("web-1", message, minute, 1);
        assert_eq!(
            rows(vec![
                of(1, "back-off 40s restarting 10.0.0.7:80"),
                of(2, "back-off 1m20s restarting 10.0.0.8:80"),
                of(3, "exit code 1"),
                of(4, "exit code 137"),
            ]),
            [
                "56m|1|Warning|BackOff|Pod/web-1|exit code 137",
                "57m|1|Warning|BackOff|Pod/web-1|exit code 1",
                "58m|2 in 2m|Warning|BackOff|Pod/web-1|back-off 1m20s restarting 10.0.0.8:80 (and alike)",
            ]
        );
    }

    #[test]
    fn what_happened_once_to_one_object_is_told_as_it_is() {
        assert_eq!(
            rows(vec![event("web-1", "pulled image web-1", 0, 1)]),
            ["60m|1|Warning|BackOff|Pod/web-1|pulled image web-1"]
        );
    }
}

//! Lines as they are shown, with no more said of each than is needed.

use std::sync::LazyLock;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use regex::Regex;

use super::merged::Entry;

/// A time that does not change is said again after so many lines, as older lines may be cut off.
const REPEAT: usize = 25;

/// What is said before each line.
#[derive(Debug, Default)]
pub(super) struct Style {
    /// A tag for each stream; none where there is one stream.
    pub(super) tags: Vec<String>,
    pub(super) times: bool,
    /// Lines are missing between those that are shown, and the places are marked.
    pub(super) gaps: bool,
}

/// A time of its own near the start of a line.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^.{0,60}(?:\d{2}:\d{2}:\d{2}|"(?:ts|time|timestamp)":\s*"?\d{9})"#)
        .expect("a constant")
});

/// Whether most lines say themselves when they were written.
pub(super) fn tell_their_time(entries: &[Entry]) -> bool {
    let telling = entries.iter().filter(|it| TIME.is_match(&it.line.text)).count();
    telling * 2 > entries.len()
}

/// The one day on which all lines were written.
pub(super) fn day(entries: &[Entry]) -> Option<String> {
    let day = |it: &Entry| Some(civil(it.line.at?).strftime("%Y-%m-%d").to_string());
    let first = day(entries.first()?)?;
    (day(entries.last()?)? == first).then_some(first)
}

/// The lines as they are shown.
pub(super) fn write(entries: &[Entry], style: &Style) -> Vec<String> {
    let times = if day(entries).is_some() { "%H:%M:%S" } else { "%m-%d %H:%M:%S" };
    let (mut lines, mut told, mut number) =
        (Vec::with_capacity(entries.len()), String::new(), None);
    for entry in entries {
        if style.gaps && number.is_some_and(|it| it + 1 < entry.line.number) {
            lines.push("--".to_owned());
        }
        number = Some(entry.line.number);
        let mut parts: Vec<&str> =
            style.tags.get(entry.stream).map(String::as_str).into_iter().collect();
        let time =
            entry.line.at.map(|it| civil(it).strftime(times).to_string()).unwrap_or_default();
        if style.times && (time != told || lines.len() % REPEAT == 0) {
            parts.push(&time);
        }
        let count = entry.count();
        parts.push(&entry.line.text);
        parts.extend((!count.is_empty()).then_some(count.as_str()));
        lines.push(parts.join(" "));
        told = time;
    }
    lines
}

impl Entry {
    /// `(x12 in 3)`: so many such lines, of so many containers.
    fn count(&self) -> String {
        match (self.line.count, self.others.len() + 1) {
            (1, _) => String::new(),
            (count, 1) => format!("(x{count})"),
            (count, streams) => format!("(x{count} in {streams})"),
        }
    }
}

fn civil(time: Timestamp) -> DateTime {
    time.to_zoned(TimeZone::UTC).datetime()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolsets::kubernetes::kubectl_logs::merged::{fold, merge, tests::line};

    fn style(tags: &[&str], times: bool) -> Style {
        let tags = tags.iter().map(|it| (*it).to_owned()).collect();
        Style { tags, times, gaps: false }
    }

    #[test]
    fn lines_stand_in_the_order_of_their_times_with_a_time_where_it_changes() {
        let one = vec![line(0, "a"), line(2, "c")];
        let other = vec![line(0, "b"), line(3, "d")];
        let entries = merge(vec![one, other]);
        assert_eq!(day(&entries).as_deref(), Some("2025-11-25"));
        assert_eq!(
            write(&entries, &style(&["x1", "y2"], true)),
            ["x1 14:30:00 a", "y2 b", "x1 14:30:02 c", "y2 14:30:03 d"]
        );
        assert_eq!(write(&entries, &style(&[], false)), ["a", "b", "c", "d"]);
    }

    #[test]
    fn times_of_several_days_have_their_date() {
        let entries = merge(vec![vec![line(0, "a"), line(86_400, "b")]]);
        assert_eq!(day(&entries), None);
        assert_eq!(write(&entries, &style(&[], true)), ["11-25 14:30:00 a", "11-26 14:30:00 b"]);
    }

    #[test]
    fn a_folded_line_says_how_many_it_stands_for() {
        let one = vec![line(0, "took 1 ms"), line(1, "started"), line(2, "took 3 ms")];
        let other = vec![line(3, "took 4 ms")];
        let entries = fold(merge(vec![one, other]));
        assert_eq!(
            write(&entries, &style(&["x", "y"], false)),
            ["x started", "y took 4 ms (x3 in 2)"]
        );
    }

    #[test]
    fn a_gap_between_lines_is_marked() {
        let entries = merge(vec![vec![line(1, "a"), line(2, "b"), line(9, "c")]]);
        let style = Style { gaps: true, ..Style::default() };
        assert_eq!(write(&entries, &style), ["a", "b", "--", "c"]);
    }
}

//! Points in time as callers write them: `10m` ago, or a date and time.

use jiff::{
    SpanRelativeTo, Timestamp,
    civil::{DateTime, Time},
    fmt::friendly::SpanParser,
    tz::TimeZone,
};

/// `10m`, `2d`, `2026-11-25T14:00:00Z`, `2026-11-25 14:00` or `14:00`, the last two in UTC; never after now.
pub(super) fn past(argument: &str, text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let then = point(text.trim(), now).ok_or_else(|| {
        format!("`{argument}`: {text:?} is no time: write 10m, 2d, 14:00 or 2026-11-25T14:00:00Z")
    })?;
    if then > now {
        return Err(format!("`{argument}`: {then} is in the future: it is {} now", whole(now)));
    }
    Ok(then)
}

/// Without the fraction of its second.
pub(super) fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn point(text: &str, now: Timestamp) -> Option<Timestamp> {
    let utc = |it: DateTime| Some(it.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let today = |it: Time| now.to_zoned(TimeZone::UTC).date().to_datetime(it);
    let point = text.parse().ok();
    point
        .or_else(|| utc(text.parse().ok()?))
        .or_else(|| utc(today(text.parse().ok()?)))
        .or_else(|| ago(text, now))
}

fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let span = SpanParser::new().parse_span(text).ok()?.abs();
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    now.checked_sub(length).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        let now = "2026-11-25T14:30:00Z".parse().unwrap();
        past("since", text, now).map_or_else(|problem| problem, |it| it.to_string())
    }

    #[test]
    fn a_time_is_a_length_before_now_or_a_point() {
        let cases = [
            ("10m", "2026-11-25T14:20:00Z"),
            ("1h30m", "2026-11-25T13:00:00Z"),
            ("2d", "2026-11-23T14:30:00Z"),
            ("5 minutes ago", "2026-11-25T14:25:00Z"),
            ("2026-11-25T14:00:00Z", "2026-11-25T14:00:00Z"),
            ("2026-11-25T16:00:00+02:00", "2026-11-25T14:00:00Z"),
            ("2026-11-25 14:00", "2026-11-25T14:00:00Z"),
            ("2026-11-24", "2026-11-24T00:00:00Z"),
            ("14:00", "2026-11-25T14:00:00Z"),
            ("14:00:05", "2026-11-25T14:00:05Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_has_not_come_yet_is_told() {
        assert_eq!(
            read("soon"),
            "`since`: \"soon\" is no time: write 10m, 2d, 14:00 or 2026-11-25T14:00:00Z"
        );
        assert_eq!(
            read("2027-01-01"),
            "`since`: 2027-01-01T00:00:00Z is in the future: it is 2026-11-25T14:30:00Z now"
        );
        assert!(read("15:00").contains("in the future"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_without_harm_and_never_as_the_future(text in "\\PC{0,20}") {
            let now = "2026-11-25T14:30:00Z".parse().unwrap();
            prop_assert!(past("since", &text, now).is_ok_and(|it| it <= now) || past("since", &text, now).is_err());
        }
    }
}

//! Short ages as kubectl writes them: `42s`, `7m30s`, `5d3h`, `2y104d`.

use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// How long ago `then` was; nothing is younger than `0s`, since clocks of machines differ.
pub fn of(then: Timestamp, now: Timestamp) -> String {
    short((now.as_second() - then.as_second()).max(0))
}

/// Two units while the second one matters, then one.
fn short(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(seconds, (MINUTE, 'm'), (1, 's')),
        600..10_800 => one(seconds, MINUTE, 'm'),
        10_800..28_800 => two(seconds, (HOUR, 'h'), (MINUTE, 'm')),
        28_800..172_800 => one(seconds, HOUR, 'h'),
        172_800..691_200 => two(seconds, (DAY, 'd'), (HOUR, 'h')),
        691_200..63_072_000 => one(seconds, DAY, 'd'),
        63_072_000..252_288_000 => two(seconds, (YEAR, 'y'), (DAY, 'd')),
        _ => one(seconds, YEAR, 'y'),
    }
}

fn one(seconds: i64, unit: i64, letter: char) -> String {
    format!("{}{letter}", seconds / unit)
}

fn two(seconds: i64, large: (i64, char), small: (i64, char)) -> String {
    match seconds % large.0 / small.0 {
        0 => one(seconds, large.0, large.1),
        rest => format!("{}{}{rest}{}", seconds / large.0, large.1, small.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_as_short_as_kubectl_writes_them() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (450, "7m30s"),
            (600, "10m"),
            (10_799, "179m"),
            (3 * HOUR + 5 * MINUTE, "3h5m"),
            (8 * HOUR + 59 * MINUTE, "8h"),
            (47 * HOUR, "47h"),
            (5 * DAY + 3 * HOUR, "5d3h"),
            (7 * DAY, "7d"),
            (8 * DAY + HOUR, "8d"),
            (729 * DAY, "729d"),
            (2 * YEAR + 104 * DAY, "2y104d"),
            (9 * YEAR, "9y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(short(seconds), expected, "{seconds} seconds");
        }
    }

    #[test]
    fn what_a_fast_clock_dates_into_the_future_is_new() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let then = Timestamp::from_second(1_800_000_007).unwrap();
        assert_eq!(of(then, now), "0s");
    }
}

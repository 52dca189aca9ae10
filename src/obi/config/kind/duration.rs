//! Durations, as Go writes them.

use std::time::Duration;

/// One that is negative counts as none here.
pub(in crate::obi) fn duration(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds(text)?.max(0.0)).ok()
}

/// Go counts nanoseconds, and has 63 bits for them.
const LONGEST: f64 = 9_223_372_036.854_776;

/// Seconds: `1m30s`, `-1.5h`, `300ms`; a bare `0` is one as well.
pub(in crate::obi) fn seconds(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits == "0" {
        return Some(0.0);
    }
    let mut rest = digits;
    let mut total = 0.0;
    while !rest.is_empty() {
        let (number, behind) = split(rest, |it| !is_of_number(it))?;
        let (unit, next) = split(behind, is_of_number).unwrap_or((behind, ""));
        total += number.parse::<f64>().ok()? * length(unit)?;
        rest = next;
    }
    (!digits.is_empty() && total <= LONGEST).then_some(sign * total)
}

fn is_of_number(letter: char) -> bool {
    letter.is_ascii_digit() || letter == '.'
}

fn split(text: &str, at: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    text.find(at).map(|it| text.split_at(it))
}

fn length(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_units_and_may_have_a_sign() {
        assert_eq!(
            ["1m30s", "-1.5h", "300ms", "0", "+2us"].map(seconds),
            [Some(90.0), Some(-5400.0), Some(0.3), Some(0.0), Some(0.000_002)]
        );
        assert_eq!([".5s", "5.s", "9223372036s"].map(seconds).map(|it| it.is_some()), [true; 3]);
        assert_eq!([".s", "9223372037s", "2562048h", "1H", " 5s"].map(seconds), [None; 5]);
        assert_eq!(["", "10", "s", "1d", "1.2.3s", "--1s", "1m 30s"].map(seconds), [None; 7]);
    }
}

//! What comes first: numbers, ages and quantities by their size, the rest as text, what is not there last.

use std::cmp::Ordering;

use serde_json::Value;

use crate::toolsets::kubernetes::quantity::Quantity;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Number(f64),
    Text(String),
    Missing,
}

impl Key {
    /// A cell of a table: `5d3h`, `3 (5m ago)`, `1/2`, `Running`.
    pub(super) fn of_cell(cell: &str) -> Self {
        let word = cell.split_once(' ').filter(|it| it.1.starts_with('(')).map_or(cell, |it| it.0);
        if matches!(word, "" | "<none>" | "<unknown>") {
            return Self::Missing;
        }
        let number = age(word).or_else(|| fraction(word)).or_else(|| quantity(word));
        number.map_or_else(|| Self::Text(cell.to_owned()), Self::Number)
    }

    /// What a path found; the first of several.
    pub(super) fn of_value(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Missing,
            Some(Value::Number(number)) => number.as_f64().map_or(Self::Missing, Self::Number),
            Some(Value::String(text)) => {
                quantity(text).map_or_else(|| Self::Text(text.clone()), Self::Number)
            }
            Some(other) => Self::Text(other.to_string()),
        }
    }

    pub(super) fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }
}

/// Seconds in `2y30d`, `5d3h`, `90s`.
fn age(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let unit = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(unit)?;
        let second = match after.chars().next()? {
            'y' => 365.0 * 86_400.0,
            'd' => 86_400.0,
            'h' => 3_600.0,
            'm' => 60.0,
            's' => 1.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * second;
        rest = after.get(1..)?;
    }
    (!text.is_empty()).then_some(seconds)
}

/// What is ready of `1/2`.
fn fraction(text: &str) -> Option<f64> {
    let (part, whole) = text.split_once('/')?;
    let _whole: f64 = whole.parse().ok()?;
    part.parse().ok()
}

/// `250m`, `1.5`, `64Mi`, `2G`, `80%`
fn quantity(text: &str) -> Option<f64> {
    // A name such as 12e45 is no number.
    let is_amount = !text.contains(['e', 'E', '+']);
    let amount = Quantity::parse(text.strip_suffix('%').unwrap_or(text));
    amount.filter(|_| is_amount).map(Quantity::amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut cells: Vec<&str>, descending: bool) -> String {
        cells.sort_by(|one, other| Key::of_cell(one).compare(&Key::of_cell(other), descending));
        cells.join(" ")
    }

    #[test]
    fn cells_sort_by_what_they_mean() {
        assert_eq!(sorted(vec!["2d", "5d3h", "90s", "45m", "1y2d"], false), "90s 45m 2d 5d3h 1y2d");
        assert_eq!(
            sorted(vec!["10", "9", "3 (5m ago)", "<none>"], false),
            "3 (5m ago) 9 10 <none>"
        );
        assert_eq!(sorted(vec!["10", "9", "<none>", "30"], true), "30 10 9 <none>");
        assert_eq!(sorted(vec!["1/2", "0/2", "10/10"], false), "0/2 1/2 10/10");
        assert_eq!(sorted(vec!["10Gi", "9Mi", "1Ti"], false), "9Mi 10Gi 1Ti");
        assert_eq!(sorted(vec!["web", "api", "10.0.0.1"], false), "10.0.0.1 api web");
        assert_eq!(sorted(vec!["2e3", "12e45", "7"], false), "7 12e45 2e3");
    }

    #[test]
    fn values_sort_by_what_they_mean() {
        let mut values = [json(r#""500m""#), json("2"), json(r#""1""#), json("null")];
        values.sort_by(|one, other| {
            Key::of_value(Some(one)).compare(&Key::of_value(Some(other)), false)
        });
        assert_eq!(values, [json(r#""500m""#), json(r#""1""#), json("2"), json("null")]);
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }
}

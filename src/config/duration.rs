use std::{fmt, str::FromStr};

use jiff::fmt::friendly::{Spacing, SpanParser, SpanPrinter};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::text::ABOVE_ZERO;

/// A length of time, written as `10s`, `5m` or `1h30m`; whole milliseconds, never zero in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(std::time::Duration);

impl Duration {
    /// So many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }

    /// So many milliseconds.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(std::time::Duration::from_millis(milliseconds))
    }

    /// The same as the standard library has it.
    pub const fn get(self) -> std::time::Duration {
        self.0
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        duration.0
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printer = SpanPrinter::new().spacing(Spacing::None);
        f.write_str(&printer.unsigned_duration_to_string(&self.0))
    }
}

impl FromStr for Duration {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        SpanParser::new().parse_unsigned_duration(text).map(Self)
    }
}

impl TryFrom<String> for Duration {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, jiff::Error> {
        text.parse()
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> Self {
        duration.to_string()
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    /// Narrower than the parser, so that one file looks like the next; the digits are few enough never to overflow.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "title": "duration",
            "format": ABOVE_ZERO,
            "minLength": 1,
            "pattern": "^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$",
            "examples": ["10s", "5m", "1h30m"]
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_minutes_and_seconds_add_up() {
        assert_eq!("1h30m".parse::<Duration>().unwrap(), Duration::from_secs(5400));
        assert_eq!("1m250ms".parse::<Duration>().unwrap(), Duration::from_millis(60_250));
        assert_eq!(Duration::from_secs(5400).to_string(), "1h30m");
    }

    #[test]
    fn a_number_without_a_unit_is_no_duration() {
        assert!("10".parse::<Duration>().is_err());
        assert!("10 parsecs".parse::<Duration>().is_err());
    }

    proptest! {
        #[test]
        fn a_printed_duration_is_read_as_the_same(milliseconds in 0..1_000_000_000_u64) {
            let duration = Duration::from_millis(milliseconds);
            prop_assert_eq!(duration.to_string().parse::<Duration>().unwrap(), duration);
        }
    }
}

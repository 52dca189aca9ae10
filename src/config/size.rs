use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::text::ABOVE_ZERO;

/// The units, the largest first.
const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// A number of bytes, written as `4MiB` or `512KiB`; never zero in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(u64);

/// The text is not a whole number followed by B, KiB, MiB or GiB, or says more bytes than 64 bits can count.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a size such as 4MiB or 512KiB")]
pub struct NotASize(String);

impl Size {
    /// So many MiB.
    pub const fn mebibytes(number: u32) -> Self {
        Self((number as u64) << 20)
    }

    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// In the largest unit that says it exactly.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = UNITS.iter().find(|(_, unit)| self.0 != 0 && self.0.is_multiple_of(*unit));
        let (name, unit) = exact.copied().unwrap_or(("B", 1));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl FromStr for Size {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let bytes = UNITS.iter().find_map(|(name, unit)| {
            text.strip_suffix(name)?.parse::<u64>().ok()?.checked_mul(*unit)
        });
        bytes.map(Self).ok_or_else(|| NotASize(text.to_owned()))
    }
}

impl TryFrom<String> for Size {
    type Error = NotASize;

    fn try_from(text: String) -> Result<Self, NotASize> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}

impl JsonSchema for Size {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "title": "size",
            "format": ABOVE_ZERO,
            "pattern": "^[0-9]{1,9}(B|KiB|MiB|GiB)$",
            "examples": ["4MiB", "512KiB"]
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        assert_eq!("4MiB".parse::<Size>().unwrap(), Size::mebibytes(4));
        assert_eq!("512KiB".parse::<Size>().unwrap().bytes(), 524_288);
        assert_eq!(Size::mebibytes(2048).to_string(), "2GiB");
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "4", "MiB", "4 MiB", "4MB", "-1B", "99999999999GiB"] {
            assert_eq!(text.parse::<Size>(), Err(NotASize(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn a_printed_size_is_read_as_the_same(bytes: u64) {
            let size = Size::from_bytes(bytes);
            prop_assert_eq!(size.to_string().parse::<Size>().unwrap(), size);
        }
    }
}

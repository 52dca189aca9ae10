//! A release of OBI, as far as its configuration depends on it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de};

/// `v0.12.1`. A later one than any that is known here is taken to read what the newest known one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    major: u16,
    minor: u16,
    patch: u16,
}

impl Release {
    /// The one whose configuration the table describes.
    pub const KNOWN: Self = Self::new(0, 12, 1);

    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }
}

impl FromStr for Release {
    type Err = String;

    /// With or without a `v` before it, and with whatever follows a `-` or `+` left out: `v0.11.0-dev`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text} is no release of OBI: they are called like v0.12.1");
        let numbers = text.strip_prefix('v').unwrap_or(text);
        let numbers = numbers.split(['-', '+']).next().unwrap_or_default();
        let mut numbers = numbers.split('.').map(str::parse::<u16>);
        let mut next = || numbers.next().and_then(Result::ok).ok_or_else(wrong);
        let release = Self::new(next()?, next()?, next()?);
        if numbers.next().is_some() { Err(wrong()) } else { Ok(release) }
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)
    }
}

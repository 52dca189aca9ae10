//! A version of the kernel, and what OBI can do on it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// `6.12.80`. What a distribution adds to it says nothing about what is in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kernel {
    major: u16,
    minor: u16,
    patch: u16,
}

/// Whether a kernel has a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    Yes,
    No,
    /// Distributions write a zero where the number would say it.
    Unknown,
}

impl Kernel {
    /// OBI runs on no older one, but for that of RHEL 8.
    pub const OLDEST: Self = Self::new(5, 8, 0);

    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    pub fn is_supported(self, is_of_rhel: bool) -> bool {
        self >= Self::OLDEST || (is_of_rhel && (self.major, self.minor) == (4, 18))
    }

    /// The kernel miscounts what is waiting in sockets in a map of the kernel, by which context is propagated: its commit
    /// 929e30f93125, which was carried over to three older branches.
    pub fn misreports_fionread(self) -> Has {
        let is_after = |patch: u16| match self.patch {
            0 => Has::Unknown,
            own if own >= patch => Has::Yes,
            _ => Has::No,
        };
        match (self.major, self.minor) {
            (6, 6) => is_after(128),
            (6, 12) => is_after(75),
            (6, 18) => is_after(14),
            (6, 7..19) if self.patch == 0 => Has::Unknown,
            (6, 0..19) | (..6, _) => Has::No,
            _ => Has::Yes,
        }
    }
}

impl FromStr for Kernel {
    type Err = String;

    /// `6.12.80`, `5.15.0-1052-aws`, `4.18.0-553.el8_10.x86_64`, `6.6.87.2-microsoft-standard-WSL2`, `6.19`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text} is no version of a kernel: they are called like 6.12.80");
        let end = text.find(|it: char| it != '.' && !it.is_ascii_digit()).unwrap_or(text.len());
        let mut numbers = text[..end].split('.').map(str::parse::<u16>);
        let mut next = || numbers.next().and_then(Result::ok);
        let (major, minor) = (next().ok_or_else(wrong)?, next().ok_or_else(wrong)?);
        Ok(Self::new(major, minor, next().unwrap_or_default()))
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(f, ".{}", self.patch) } else { Ok(()) }
    }
}

impl Serialize for Kernel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Kernel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kernel(text: &str) -> Kernel {
        text.parse().unwrap()
    }

    #[test]
    fn what_distributions_add_to_a_version_is_left_out() {
        for (text, expected) in [
            ("6.12.80", Kernel::new(6, 12, 80)),
            ("6.19", Kernel::new(6, 19, 0)),
            ("6.19-rc3", Kernel::new(6, 19, 0)),
            ("5.15.0-1052-aws", Kernel::new(5, 15, 0)),
            ("4.18.0-553.el8_10.x86_64", Kernel::new(4, 18, 0)),
            ("6.6.87.2-microsoft-standard-WSL2", Kernel::new(6, 6, 87)),
            ("6.12.43+deb13-amd64", Kernel::new(6, 12, 43)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_version_says_what_one_looks_like() {
        for text in ["", "6", "linux", "6.", ".6", "99999999.1"] {
            assert!(text.parse::<Kernel>().unwrap_err().contains("6.12.80"), "{text}");
        }
    }

    #[test]
    fn an_older_kernel_than_5_8_is_supported_only_where_it_is_that_of_rhel_8() {
        let table = [
            ("4.18.0-553.el8_10.x86_64", true, true),
            ("4.18.0-25-generic", false, false),
            ("4.19.0", true, false),
            ("5.4.0-200-generic", false, false),
            ("5.7.19", true, false),
            ("5.8.0", false, true),
            ("5.10.0-28-amd64", false, true),
            ("6.18.14", false, true),
        ];
        for (text, is_of_rhel, expected) in table {
            assert_eq!(kernel(text).is_supported(is_of_rhel), expected, "{text}");
        }
    }

    #[test]
    fn the_kernels_that_miscount_sockets_are_known() {
        let table = [
            ("5.15.160", Has::No),
            ("6.1.120", Has::No),
            ("6.6.127", Has::No),
            ("6.6.128", Has::Yes),
            ("6.8.0-45-generic", Has::Unknown),
            ("6.8.12", Has::No),
            ("6.12.74", Has::No),
            ("6.12.75", Has::Yes),
            ("6.12.80", Has::Yes),
            ("6.12.0-55.el10.x86_64", Has::Unknown),
            ("6.17.9", Has::No),
            ("6.18.13", Has::No),
            ("6.18.14", Has::Yes),
            ("6.19.0", Has::Yes),
            ("7.0.1", Has::Yes),
        ];
        for (text, expected) in table {
            assert_eq!(kernel(text).misreports_fionread(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            drop(text.parse::<Kernel>());
        }

        #[test]
        fn what_is_written_is_read_back(major in 0_u16..9, minor in 0_u16..99, patch in 0_u16..999) {
            let kernel = Kernel::new(major, minor, patch);
            prop_assert_eq!(kernel.to_string().parse(), Ok(kernel));
        }
    }
}

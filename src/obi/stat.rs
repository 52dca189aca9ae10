//! `/proc/PID/stat`, from which every process is told.

use std::time::Duration;

/// How many ticks a second has for the kernel's readers, whatever it counts with itself.
const TICKS: u64 = 100;

/// Of its fields those that are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// The short name that the kernel has for it.
    pub name: String,
    state: char,
    /// 0 where it has none.
    pub parent: u32,
    /// In ticks, user and system together.
    pub cpu: u64,
    /// In ticks since the boot; with the pid it names one process for good.
    pub start: u64,
    /// In pages.
    pub resident: u64,
}

impl Stat {
    /// The name is between the first bracket and the last, and may hold more of them.
    pub fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once('(')?;
        let (name, rest) = rest.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // Numbered as proc(5) does it: the first after the name is field 3.
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            name: name.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: u32::try_from(number(4)?).ok()?,
            cpu: number(14)? + number(15)?,
            start: number(22)?,
            resident: number(24)?,
        })
    }

    /// A signal or a debugger keeps it from doing anything.
    pub fn is_halted(&self) -> bool {
        matches!(self.state, 'T' | 't')
    }

    /// It has ended, and whoever started it has not yet asked for it.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

/// So many ticks.
pub fn ticks(count: u64) -> Duration {
    Duration::from_millis(count.saturating_mul(1000 / TICKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_moves_no_field() {
        let line = "42 (a) S (b) Z 1 42 42 0 -1 4194304 100 0 0 0 7 3 0 0 20 0 1 0 900 1000 25 18446744073709551615";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.name.as_str(), stat.parent), ("a) S (b", 1));
        assert!(stat.has_ended());
        assert_eq!((stat.cpu, stat.start, stat.resident), (10, 900, 25));
        assert_eq!(ticks(250), Duration::from_millis(2500));
        assert_eq!(Stat::parse("42 (a"), None);
    }
}

//! `/proc/PID/stat`.

use std::{fs, io};

/// Of all its fields those that are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    state: char,
    /// In ticks, user and system together.
    pub(super) cpu: u64,
    /// In ticks since the boot.
    pub(super) start: u64,
    /// In bytes.
    pub(super) resident: u64,
}

impl Stat {
    pub(super) fn read(pid: u32) -> io::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&text)
            .ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat has another form")))
    }

    /// The name of the program is in brackets, and may hold brackets and blanks itself.
    fn parse(text: &str) -> Option<Self> {
        let (_, fields) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        // Numbered as proc(5) does it: the first after the name is field 3.
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        let page = u64::try_from(rustix::param::page_size()).ok()?;
        Some(Self {
            state: fields.first()?.chars().next()?,
            cpu: number(14)? + number(15)?,
            start: number(22)?,
            resident: number(24)? * page,
        })
    }

    /// It has ended, and whoever started it has not yet asked for it.
    pub(super) fn has_ended(self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_moves_no_field() {
        let line = "42 (a) S (b) Z 1 42 42 0 -1 4194304 100 0 0 0 7 3 0 0 20 0 1 0 900 1000 25 18446744073709551615";
        let stat = Stat::parse(line).unwrap();
        assert!(stat.has_ended());
        assert_eq!((stat.cpu, stat.start), (10, 900));
        assert_eq!(stat.resident, 25 * u64::try_from(rustix::param::page_size()).unwrap());
        assert_eq!(Stat::parse("42 (a"), None);
    }
}

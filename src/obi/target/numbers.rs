//! Ports and pids: `80,443,8000-8999`, or a list.

use super::super::config::{scalar, whole};
use crate::tree::{Content, Node};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Numbers(Vec<(u64, u64)>);

impl Numbers {
    pub(super) fn of(node: &Node) -> Result<Self, String> {
        match &node.content {
            Content::List(items) => {
                let singles: Result<Vec<_>, _> = items.iter().map(single).collect();
                singles.map(|it| Self(it.into_iter().flatten().map(|it| (it, it)).collect()))
            }
            _ => Self::parse(&scalar(node).ok_or_else(|| wrong("a section"))?),
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        text.split(',')
            .map(|it| range(it).ok_or_else(|| wrong(text)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(super) fn has(&self, number: impl Into<u64>) -> bool {
        let number = number.into();
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&number))
    }
}

/// One of a list: a number without quotes. One that is negative is met by nothing.
fn single(node: &Node) -> Result<Option<u64>, String> {
    match &node.content {
        Content::Null => Ok(Some(0)),
        Content::Number(number) => {
            let text = || format!("{number} is out of range");
            whole(number).ok_or_else(text).map(|it| u64::try_from(it).ok())
        }
        _ => Err(format!(
            "{} in a list is no number",
            scalar(node).unwrap_or_else(|| "a list".to_owned())
        )),
    }
}

fn wrong(text: &str) -> String {
    format!("{text} is no list of numbers or ranges: \"80,443,8000-8999\"")
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let are_digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    // More digits than fit are as many as do.
    are_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// A range that ends at 0 is the one number that it begins with.
fn range(text: &str) -> Option<(u64, u64)> {
    let Some((low, high)) = text.split_once('-') else {
        return number(text).map(|it| (it, it));
    };
    let (low, high) = (number(low)?, number(high)?);
    Some((low, if high == 0 { low } else { high }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_single_ones_and_ranges_with_both_ends_in_them() {
        let numbers = Numbers::parse(" 80, 443 ,8000-8999, 7-0").unwrap();
        for it in [80_u16, 443, 8000, 8500, 8999, 7] {
            assert!(numbers.has(it), "{it}");
        }
        for it in [79_u16, 81, 7999, 9000, 0] {
            assert!(!numbers.has(it), "{it}");
        }
    }

    #[test]
    fn a_list_holds_single_numbers_and_no_ranges() {
        let of = |text: &str| Numbers::of(&Node::parse(text).unwrap());
        assert!(of("[80, 443]").unwrap().has(443_u16));
        assert!(of("8080").unwrap().has(8080_u16));
        assert!(of("[80.5, -80, null]").unwrap().has(80_u16));
        for wrong in ["[8000-8999]", "['8080']", "[[80]]", "[true]", "[99999999999999999999]"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        assert!(of("'99999999999999999999'").is_ok());
        for wrong in ["http", "80,", "-80", "80-90-95", "{a: 1}"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}

//! Ports and pids: `80,443,8000-8999`, or a list.

use super::super::config::scalar;
use crate::tree::{Content, Node};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Numbers(Vec<(u64, u64)>);

impl Numbers {
    pub(super) fn of(node: &Node) -> Result<Self, String> {
        match &node.content {
            Content::List(items) => {
                let single = |it: &Node| {
                    let text = scalar(it).unwrap_or_default();
                    number(&text).map(|it| (it, it)).ok_or_else(|| wrong(&text))
                };
                items.iter().map(single).collect::<Result<_, _>>().map(Self)
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

fn wrong(text: &str) -> String {
    format!("{text} is no list of numbers or ranges: \"80,443,8000-8999\"")
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse().ok())?
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
        assert!(of("[8000-8999]").is_err());
        for wrong in ["http", "80,", "-80", "80-90-95", "{a: 1}"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}

//! What a value has to be, as Go reads it into OBI's types.

use std::{net::IpAddr, time::Duration};

use globset::GlobBuilder;
use regex::Regex;
use serde::Deserialize;

use super::keys::{Key, Keys};
use crate::{
    nearest::nearest,
    tree::{Content, Node},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Bool,
    Int,
    Float,
    String,
    Duration,
    Enum,
    Ip,
    Regex,
    Glob,
    /// `80,443,8000-8999`, or a list.
    Ports,
    Strings,
    Floats,
    Numbers,
    Features,
    Instrumentations,
    /// Which of the host's addresses: `external`, `local`, `name:eth0`.
    Interface,
    /// `traces`, `metrics`, `logs`.
    Exports,
    /// A mapping of names to globs.
    Globs,
    /// Networks: `10.0.0.0/8`, or with a name.
    Cidrs,
    Selectors,
    /// Lists of other sections.
    List,
    /// A mapping of attributes to what they must be.
    Filters,
    /// A mapping of metrics to the attributes that they get.
    Selection,
    LabelLists,
    Groups,
    /// Anything at all.
    Section,
}

/// Why a value is wrong, and what is right.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) fix: String,
}

fn wrong(what: impl Into<String>, fix: impl Into<String>) -> Option<Wrong> {
    Some(Wrong { what: what.into(), fix: fix.into() })
}

impl Key {
    /// What is wrong with a value, if anything is. Nothing where nothing is written: then the default holds.
    pub(super) fn wrong(&self, value: &Node) -> Option<Wrong> {
        if value.is_null() {
            return None;
        }
        match self.kind {
            Kind::Bool => boolean(value),
            Kind::Int => self.integer(value),
            Kind::Float => self.float(value),
            Kind::String => self.text(value),
            Kind::Duration => self.duration(value),
            Kind::Enum => self.word(value),
            Kind::Ip => ip(value),
            Kind::Regex => regex(value),
            Kind::Glob if self.regexes => regex(value),
            Kind::Glob => glob(value),
            Kind::Ports => ports(value),
            Kind::Strings => each(value, |it| self.one_of_words(it)),
            Kind::Floats => each(value, |it| self.float(it)),
            Kind::Numbers => each(value, |it| self.integer(it)),
            Kind::Features => each(value, |it| known(it, "feature", &Keys::v1().features)),
            Kind::Instrumentations => {
                each(value, |it| known(it, "instrumentation", &Keys::v1().instrumentations))
            }
            Kind::Interface => interface(value),
            Kind::Exports => each(value, |it| known(it, "signal", &["traces", "metrics", "logs"])),
            Kind::Globs => fields(value, |it| if self.regexes { regex(it) } else { glob(it) }),
            Kind::Cidrs => each(value, cidr),
            Kind::Selectors | Kind::List => each(value, section),
            Kind::Filters | Kind::Selection => fields(value, section),
            Kind::LabelLists => fields(value, |it| each(it, |_| None)),
            Kind::Groups | Kind::Section => section(value),
        }
    }

    fn integer(&self, value: &Node) -> Option<Wrong> {
        let Content::Number(number) = &value.content else {
            return wrong(
                format!("{} is no number", shown(value)),
                "write a number, without a unit",
            );
        };
        let Some(number) = number.as_i64() else {
            return wrong(format!("{number} is no whole number"), "write a whole number");
        };
        self.range(number)
    }

    fn range(&self, number: i64) -> Option<Wrong> {
        let above = self.above.as_ref().and_then(serde_json::Value::as_i64);
        let is_in = self.min.is_none_or(|it| number >= it)
            && self.max.is_none_or(|it| number <= it)
            && above.is_none_or(|it| number > it);
        if is_in {
            return None;
        }
        let fix = match (self.min, self.max, above) {
            (Some(min), Some(max), _) => format!("write a number from {min} to {max}"),
            (_, Some(max), _) => format!("write no more than {max}"),
            (Some(min), ..) => format!("write no less than {min}"),
            (.., Some(above)) => format!("write more than {above}"),
            (None, None, None) => String::new(),
        };
        wrong(format!("{number} is out of range"), fix)
    }

    fn float(&self, value: &Node) -> Option<Wrong> {
        let Content::Number(number) = &value.content else {
            return wrong(format!("{} is no number", shown(value)), "write a number");
        };
        let above = self.above.as_ref().and_then(serde_json::Value::as_f64)?;
        if number.as_f64().is_some_and(|it| it > above) {
            return None;
        }
        wrong(format!("{number} is out of range"), format!("write more than {above}"))
    }

    fn text(&self, value: &Node) -> Option<Wrong> {
        let Some(text) = scalar(value) else {
            return wrong("it is no text", "write one value, neither a list nor a section");
        };
        let most = self.max_length?;
        if text.chars().count() <= most {
            return None;
        }
        wrong(
            format!("{} is too long", shown(value)),
            format!("write no more than {most} character"),
        )
    }

    fn duration(&self, value: &Node) -> Option<Wrong> {
        let Some(text) = value.text() else {
            let fix = match &value.content {
                Content::Number(number) => format!("write the unit with it: {number}s"),
                _ => "write a number with its unit: 10s".to_owned(),
            };
            return wrong(format!("{} is no duration", shown(value)), fix);
        };
        let Some(duration) = duration(text) else {
            return wrong(
                format!("{text} is no duration"),
                "write numbers with their units, of ns, us, ms, s, m and h: 1m30s",
            );
        };
        let above = match self.above.as_ref()? {
            serde_json::Value::String(text) => self::duration(text)?,
            _ => Duration::ZERO,
        };
        if duration > above {
            return None;
        }
        wrong(format!("{text} is out of range"), format!("write more than {above:?}"))
    }

    fn word(&self, value: &Node) -> Option<Wrong> {
        let Some(text) = scalar(value) else {
            return wrong("it is no word", format!("write one of {}", self.one_of.join(", ")));
        };
        if self.one_of.is_empty() || self.one_of.iter().any(|it| self.is(it, &text)) {
            return None;
        }
        let near = nearest(&text, self.one_of.iter().map(String::as_str));
        let near = near.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
        wrong(
            format!("{} is not known", shown(value)),
            format!("{near}known are {}", self.one_of.join(", ")),
        )
    }

    fn is(&self, known: &str, text: &str) -> bool {
        known == text || (self.ignores_case() && known.eq_ignore_ascii_case(text))
    }

    /// Only levels of logs may be written as one likes.
    fn ignores_case(&self) -> bool {
        self.one_of.iter().any(|it| it.eq_ignore_ascii_case("warn"))
    }

    fn one_of_words(&self, value: &Node) -> Option<Wrong> {
        if self.one_of.is_empty() { self.text(value) } else { self.word(value) }
    }
}

/// As Go's YAML reads it into a text: numbers and truths are texts as well.
pub(in crate::obi) fn scalar(value: &Node) -> Option<String> {
    match &value.content {
        Content::Text(text) => Some(text.clone()),
        Content::Number(number) => Some(number.to_string()),
        Content::Bool(truth) => Some(truth.to_string()),
        Content::Null => Some(String::new()),
        Content::List(_) | Content::Fields(_) => None,
    }
}

/// A value in a sentence.
fn shown(value: &Node) -> String {
    match &value.content {
        Content::List(_) => "a list".to_owned(),
        Content::Fields(_) => "a section".to_owned(),
        Content::Text(text) if text.is_empty() => "an empty text".to_owned(),
        _ => scalar(value).unwrap_or_default(),
    }
}

fn boolean(value: &Node) -> Option<Wrong> {
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_word = value.text().is_some_and(|text| {
        let is_usual = |it: &&str| text.eq_ignore_ascii_case(it);
        words.iter().any(|it| is_usual(it))
    });
    if is_word || matches!(value.content, Content::Bool(_)) {
        return None;
    }
    wrong(format!("{} is neither true nor false", shown(value)), "write true or false")
}

fn ip(value: &Node) -> Option<Wrong> {
    let text = scalar(value).unwrap_or_default();
    if text.is_empty() || text.parse::<IpAddr>().is_ok() {
        return None;
    }
    let fix = if text == "localhost" {
        "write 127.0.0.1"
    } else {
        "write an address, not a name: 127.0.0.1"
    };
    wrong(format!("{} is no IP address", shown(value)), fix)
}

/// Go's regular expressions and ours differ in nothing that a selector needs.
fn regex(value: &Node) -> Option<Wrong> {
    let text = scalar(value)?;
    let error = Regex::new(&text).err()?;
    let reason = error.to_string();
    let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    wrong(
        format!("{text} is no regular expression: {reason}"),
        "write a regular expression, as Go reads it",
    )
}

fn glob(value: &Node) -> Option<Wrong> {
    let Some(text) = scalar(value) else {
        return wrong(
            format!("{} is no glob", shown(value)),
            "write one glob; several go into one as {a,b}",
        );
    };
    let error = GlobBuilder::new(&text).literal_separator(false).build().err()?;
    wrong(format!("{text} is no glob: {}", error.kind()), "write a glob: shop-*, {a,b}, web[0-9]")
}

fn ports(value: &Node) -> Option<Wrong> {
    if let Content::List(items) = &value.content {
        return items.iter().find_map(ports);
    }
    let text = scalar(value).unwrap_or_default();
    let number = |it: &str| it.trim().parse::<u32>().is_ok();
    let is_range =
        |it: &str| it.split_once('-').is_some_and(|(low, high)| number(low) && number(high));
    if text.split(',').all(|it| number(it) || is_range(it)) {
        return None;
    }
    wrong(
        format!("{} is no list of numbers or ranges", shown(value)),
        "write numbers and ranges: \"80,443,8000-8999\"",
    )
}

fn interface(value: &Node) -> Option<Wrong> {
    let text = scalar(value).unwrap_or_default();
    if ["", "external", "local"].contains(&text.as_str()) || text.starts_with("name:") {
        return None;
    }
    wrong(
        format!("{text} is not known"),
        "write external, local, or name: with the name of an interface: name:eth0",
    )
}

fn cidr(value: &Node) -> Option<Wrong> {
    let named = value.get("cidr");
    let value = named.unwrap_or(value);
    let text = scalar(value).unwrap_or_default();
    let is_network = text.split_once('/').is_some_and(|(address, length)| {
        let most = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|it| it <= most)
    });
    if is_network {
        return None;
    }
    wrong(
        format!("{} is no network", shown(value)),
        "write an address with the length of its prefix: 10.0.0.0/8",
    )
}

fn section(value: &Node) -> Option<Wrong> {
    if matches!(value.content, Content::Fields(_) | Content::Null) {
        return None;
    }
    wrong(format!("{} is no section", shown(value)), "write keys with values")
}

fn each(value: &Node, wrong_with: impl Fn(&Node) -> Option<Wrong>) -> Option<Wrong> {
    let Content::List(items) = &value.content else {
        return wrong(
            format!("{} is no list", shown(value)),
            format!("write a list: [{}]", shown(value)),
        );
    };
    items.iter().find_map(wrong_with)
}

fn fields(value: &Node, wrong_with: impl Fn(&Node) -> Option<Wrong>) -> Option<Wrong> {
    section(value).or_else(|| value.entries().iter().find_map(|(_, it)| wrong_with(it)))
}

fn known<S: AsRef<str>>(value: &Node, what: &str, known: &[S]) -> Option<Wrong> {
    let text = scalar(value).unwrap_or_default();
    if known.iter().any(|it| it.as_ref() == text) {
        return None;
    }
    let names: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    let near = nearest(&text, names.iter().copied());
    let near = near.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
    wrong(
        format!("{} is no {what} that is known", shown(value)),
        format!("{near}known are {}", names.join(", ")),
    )
}

/// As Go reads it: `1m30s`, `-1.5h`, `300ms`; a bare `0` is one as well. Negative ones count as none here.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_start_matches(['-', '+']);
    if digits == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = digits;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let (number, unit) = rest.split_at(end);
        let end = unit.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(unit.len());
        let (unit, next) = unit.split_at(end);
        total += number.parse::<f64>().ok()? * seconds(unit)?;
        rest = next;
    }
    let is_negative = text.starts_with('-');
    (!digits.is_empty()).then(|| {
        if is_negative { Some(Duration::ZERO) } else { Duration::try_from_secs_f64(total).ok() }
    })?
}

fn seconds(unit: &str) -> Option<f64> {
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

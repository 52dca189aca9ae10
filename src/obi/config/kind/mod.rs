//! What a value has to be, as Go reads it into OBI's types.

mod duration;
mod filters;
mod network;
mod patterns;
mod sampler;
mod words;

use serde::Deserialize;
use serde_json::{Number, Value};

pub(in crate::obi) use self::{
    duration::{duration, seconds},
    filters::{OF_NUMBERS, OF_TEXT},
};
use self::{
    filters::{filters, selection},
    network::{cidr, interface, ip, one_text, ports},
    patterns::{glob, regex},
    sampler::sampler,
    words::{exports, features, instrumentations},
};
use super::{
    checks::is_filled,
    keys::{Key, Keys},
    read,
    release::Release,
};
use crate::{
    nearest::nearest,
    obi::pattern::{Doubt, doubt},
    tree::{Content, Node},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::obi) enum Kind {
    Bool,
    Int,
    Float,
    String,
    Duration,
    Enum,
    /// Words with commas between them, in one text.
    Words,
    /// What is spoken to a collector.
    Protocol,
    Ip,
    Regex,
    Glob,
    /// `80,443,8000-8999`, or a list.
    Ports,
    /// The same without lists.
    PortsText,
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
    /// Several of which one is to be met.
    GlobList,
    /// A mapping of names to such lists.
    GlobLists,
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
    /// A text, and neither a number nor a truth.
    Text,
    /// `name=value,name=value`
    Pairs,
    /// How many traces are kept, as OpenTelemetry says it.
    Sampler,
    /// OBI does not start with it.
    Unsupported,
    /// Anything at all.
    Section,
}

/// Why a value is wrong, and what is right.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::obi) struct Wrong {
    pub(super) what: String,
    pub(super) fix: String,
    /// What OBI does instead, where it starts all the same.
    pub(super) instead: Option<String>,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), instead: None }
    }

    fn but(self, instead: impl Into<String>) -> Self {
        Self { instead: Some(instead.into()), ..self }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every check ends with it")]
fn wrong(what: impl Into<String>, fix: impl Into<String>) -> Option<Wrong> {
    Some(Wrong::new(what, fix))
}

impl Key {
    /// What is wrong with a value, if anything is. Nothing where nothing is written: then the default holds.
    pub(in crate::obi) fn wrong(&self, value: &Node, release: Release) -> Option<Wrong> {
        if value.is_null() {
            return None;
        }
        let wrong = self.judged(value, release)?;
        Some(match &self.lenient {
            Some(instead) => wrong.but(instead),
            None => wrong,
        })
    }

    /// The same of the text of a variable, for which Go's YAML does not stand between.
    pub(in crate::obi) fn wrong_text(&self, text: &str, release: Release) -> Option<Wrong> {
        if self.kind == Kind::Bool && read::truth(text).is_none() {
            return wrong(format!("{text} is neither true nor false"), "write true or false");
        }
        // Numbers of variables have 32 bits.
        let most = i64::from(i32::MAX);
        if self.kind == Kind::Int && text.parse::<i64>().is_ok_and(|it| i32::try_from(it).is_err())
        {
            return wrong(format!("{text} is out of range"), format!("write no more than {most}"));
        }
        self.wrong(&self.read(text), release)
    }

    fn judged(&self, value: &Node, release: Release) -> Option<Wrong> {
        match self.kind {
            Kind::Bool => boolean(value),
            Kind::Int => self.integer(value),
            Kind::Float => self.float(value),
            Kind::String => self.text(value),
            Kind::Duration => self.duration(value),
            Kind::Enum => self.word(value, release),
            Kind::Words => self.words(value, release),
            Kind::Ip => ip(value),
            Kind::Regex => regex(value),
            Kind::Glob if self.regexes => regex(value),
            Kind::Glob => glob(value),
            Kind::PortsText => one_text(value),
            Kind::Ports => ports(value),
            Kind::Strings => each(value, |it| self.one_of_words(it, release)),
            Kind::Floats => each(value, |it| self.float(it)),
            Kind::Numbers => each(value, |it| self.integer(it)),
            Kind::Features => features(value, release),
            Kind::Instrumentations => instrumentations(value),
            Kind::Interface => interface(value),
            Kind::Exports => exports(value),
            Kind::Globs => self.names(value, |it| if self.regexes { regex(it) } else { glob(it) }),
            Kind::GlobList => each(value, glob),
            Kind::GlobLists => self.names(value, |it| each(it, glob)),
            Kind::Text => of_text(value),
            Kind::Pairs => self.pairs(value),
            Kind::Sampler => sampler(value),
            Kind::Unsupported => self.unsupported(value),
            Kind::Cidrs => each(value, cidr),
            Kind::Selectors | Kind::List => each(value, section),
            Kind::Filters => filters(value),
            Kind::Selection => selection(value),
            Kind::LabelLists => fields(value, |it| each(it, |_| None)),
            Kind::Groups | Kind::Section => section(value),
            // Judged where it is known whether anything is sent at all.
            Kind::Protocol => None,
        }
    }

    /// A mapping; of all names only some are known, where any are listed.
    fn names(&self, value: &Node, judge: impl Fn(&Node) -> Option<Wrong>) -> Option<Wrong> {
        let unknown = value.entries().iter().find(|(key, _)| !self.knows(&key.name));
        let unknown = unknown.map(|(key, _)| self.unknown_name(&key.name));
        unknown.or_else(|| fields(value, judge))
    }

    fn unknown_name(&self, name: &str) -> Wrong {
        Wrong::new(format!("{name} is not known"), advice(name, &self.working()))
    }

    fn pairs(&self, value: &Node) -> Option<Wrong> {
        let Some(text) = scalar(value) else {
            return wrong(format!("{} is no text", shown(value)), "write name=value,name=value");
        };
        let pairs = text.split(',').filter(|it| !it.trim().is_empty());
        pairs.into_iter().find_map(|pair| match pair.split_once('=') {
            None => wrong(format!("{pair} has no value"), "write name=value"),
            Some((name, _)) if self.knows(name.trim()) => None,
            Some((name, _)) => Some(self.unknown_name(name.trim())),
        })
    }

    fn unsupported(&self, value: &Node) -> Option<Wrong> {
        if self.or_empty && !is_filled(value) {
            return None;
        }
        wrong("OBI reads nothing of it", "leave it out")
    }

    /// Why a glob that is none of the wrong ones may not do what it means.
    pub(in crate::obi) fn doubt(&self, value: &Node) -> Option<Doubt> {
        let of = |it: &Node| it.text().and_then(doubt);
        match self.kind {
            _ if self.regexes => None,
            Kind::Glob => of(value),
            Kind::Globs => value.entries().iter().find_map(|(_, it)| of(it)),
            Kind::GlobList => value.items().iter().find_map(of),
            Kind::GlobLists => value.entries().iter().flat_map(|(_, it)| it.items()).find_map(of),
            _ => None,
        }
    }

    fn integer(&self, value: &Node) -> Option<Wrong> {
        let Content::Number(number) = &value.content else {
            return wrong(
                format!("{} is no number", shown(value)),
                "write a number, without a unit",
            );
        };
        whole(number).and_then(|it| self.range(it)).or_else(|| rounded(number))
    }

    fn range(&self, number: i64) -> Option<Wrong> {
        let above = self.above.as_ref().and_then(Value::as_i64);
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
        let above = self.above.as_ref().and_then(Value::as_f64)?;
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
        let Some(duration) = seconds(text) else {
            let units = "write numbers with their units, of ns, us, ms, s, m and h: 1m30s";
            return wrong(format!("{} is no duration", shown(value)), units);
        };
        if self.min == Some(0) && duration < 0.0 {
            return wrong(
                format!("{text} is out of range"),
                "write a duration that is not negative",
            );
        }
        let above = self.above.as_ref()?;
        let least = above.as_str().and_then(seconds).unwrap_or_default();
        if duration > least {
            return None;
        }
        let above = above.as_str().unwrap_or("0s");
        wrong(format!("{text} is out of range"), format!("write more than {above}"))
    }

    fn word(&self, value: &Node, release: Release) -> Option<Wrong> {
        let Some(text) = scalar(value) else {
            return wrong("it is no word", format!("write one of {}", self.one_of.join(", ")));
        };
        if self.idle.get(&text).is_some_and(|since| release >= *since) {
            let what = format!("{text} is known, and nothing more");
            let fix = format!("write one of {}", self.working().join(", "));
            return Some(Wrong::new(what, fix).but("OBI takes it, and it does nothing"));
        }
        let was_known = self.once.get(&text).is_some_and(|until| release < *until);
        let is_nothing = text.is_empty() && self.or_empty;
        if was_known || is_nothing || self.knows(&text) {
            return None;
        }
        wrong(format!("{} is not known", shown(value)), advice(&text, &self.working()))
    }

    fn words(&self, value: &Node, release: Release) -> Option<Wrong> {
        let Some(text) = scalar(value) else {
            return wrong("it is no text", "write one text, with commas between the words");
        };
        let word = |it: &str| Node { content: Content::Text(it.to_owned()), place: value.place };
        let mut words = text.split(',').map(|it| word(it.trim()));
        if text.is_empty() { None } else { words.find_map(|it| self.word(&it, release)) }
    }

    /// The words that do something.
    fn working(&self) -> Vec<&str> {
        let words = self.one_of.iter().map(String::as_str);
        words.filter(|it| !it.is_empty() && !self.idle.contains_key(*it)).collect()
    }

    /// Only levels of logs may be written as one likes.
    pub(super) fn ignores_case(&self) -> bool {
        self.one_of.iter().any(|it| it.eq_ignore_ascii_case("warn"))
    }

    pub(super) fn knows(&self, text: &str) -> bool {
        let is = |it: &String| it == text || (self.ignores_case() && it.eq_ignore_ascii_case(text));
        self.one_of.is_empty() || self.one_of.iter().any(is)
    }

    fn one_of_words(&self, value: &Node, release: Release) -> Option<Wrong> {
        if self.one_of.is_empty() { self.text(value) } else { self.word(value, release) }
    }
}

/// What was meant, and what there is.
pub(super) fn advice(text: &str, known: &[&str]) -> String {
    let near = nearest(text, known.iter().copied());
    let near = near.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
    format!("{near}known are {}", known.join(", "))
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

/// As Go's YAML reads it: `true` in quotes is a text, and the words of YAML 1.1 are truths even there.
pub(in crate::obi) fn truth(value: &Node) -> Option<bool> {
    match &value.content {
        Content::Bool(truth) => Some(*truth),
        Content::Text(word) => match word.as_str() {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn boolean(value: &Node) -> Option<Wrong> {
    if truth(value).is_some() {
        return None;
    }
    if value.text().is_some_and(|it| ["true", "false"].contains(&it)) {
        return wrong(format!("{} is a text here", shown(value)), "leave out the quotes");
    }
    wrong(format!("{} is neither true nor false", shown(value)), "write true or false")
}

fn of_text(value: &Node) -> Option<Wrong> {
    if value.text().is_some() {
        return None;
    }
    wrong(
        format!("{} is no text", shown(value)),
        format!("write it in quotes: \"{}\"", shown(value)),
    )
}

/// As Go's YAML reads it into a whole number: what is behind the point is cut off.
pub(in crate::obi) fn whole(number: &Number) -> Option<i64> {
    let cut_off = || number.as_f64().and_then(|it| it.trunc().to_string().parse().ok());
    number.as_i64().or_else(cut_off)
}

/// What is no whole number, and what OBI makes of it.
fn rounded(number: &Number) -> Option<Wrong> {
    let Some(whole) = whole(number) else {
        return wrong(format!("{number} is out of range"), "write a smaller number");
    };
    let is_whole = number.is_i64() || number.as_f64().is_some_and(|it| it.fract() == 0.0);
    let wrong = || Wrong::new(format!("{number} is no whole number"), "write a whole number");
    (!is_whole).then(|| wrong().but(format!("OBI takes {whole}")))
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

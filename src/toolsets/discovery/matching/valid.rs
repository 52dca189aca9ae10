//! What texts may look like that end in a URL, in a document of HolmesGPT's, or before a model. Checked where they are read, so
//! that an error knows its line.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};

use crate::toolsets::discovery::service::is_kept;

/// Of a path: far more than any product needs.
const LONGEST_PATH: usize = 200;
const LONGEST_TITLE: usize = 40;
/// Of what stands in a resource no more is kept.
pub(super) const LONGEST_TEXT: usize = 300;

/// `prometheus`, `es-http`: what a Service and a namespace can be called.
pub(in crate::toolsets::discovery) fn is_dns_label(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    let ends_well = !text.starts_with('-') && !text.ends_with('-');
    (1..=63).contains(&text.len()) && ends_well && text.bytes().all(is_plain)
}

/// `main`, `main.example`: what an object of a custom resource can be called.
pub(super) fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

/// `/prometheus/api`: below the root, without anything that means more than itself.
pub(in crate::toolsets::discovery) fn is_plain_path(text: &str) -> bool {
    is_path(text, "._~/-")
}

fn is_path(text: &str, marks: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || marks.contains(it);
    let Some(rest) = text.strip_prefix('/') else { return false };
    rest.len() <= LONGEST_PATH
        && rest.chars().all(is_plain)
        && !text.contains("//")
        && !text.contains("..")
}

fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    is_valid: impl Fn(&str) -> bool,
    otherwise: &str,
) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_valid(&text) { Ok(text) } else { Err(D::Error::custom(otherwise)) }
}

pub(in crate::toolsets::discovery) fn product<'de, D>(deserializer: D) -> Result<String, D::Error>
where
    D: Deserializer<'de>,
{
    let otherwise = "a product is a DNS label: up to 63 small letters, digits and `-`";
    read(deserializer, is_dns_label, otherwise)
}

pub(in crate::toolsets::discovery) fn title<'de, D>(deserializer: D) -> Result<String, D::Error>
where
    D: Deserializer<'de>,
{
    let is_plain = |it: char| it.is_ascii_alphanumeric() || " .-".contains(it);
    let is_title = |it: &str| (1..=LONGEST_TITLE).contains(&it.len()) && it.chars().all(is_plain);
    read(deserializer, is_title, "a title has 1 to 40 letters, digits, blanks and `.-`")
}

/// Why a text of the cluster is not taken for a path.
pub(super) const NOT_TAKEN: &str = "not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`";

const NO_PATH: &str = "a path begins with `/`, has up to 200 letters, digits and `._~/-`, in patterns `*` too, and neither `..` nor `//`";

pub(in crate::toolsets::discovery) fn path<'de, D>(deserializer: D) -> Result<String, D::Error>
where
    D: Deserializer<'de>,
{
    read(deserializer, is_plain_path, NO_PATH)
}

pub(in crate::toolsets::discovery) fn optional_path<'de, D>(
    deserializer: D,
) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    path(deserializer).map(Some)
}

pub(in crate::toolsets::discovery) fn patterns_of_paths<'de, D>(
    deserializer: D,
) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    each(deserializer, |it| is_path(it, "._~/-*"), NO_PATH)
}

/// Empty, or `/prefix` without a slash at its end.
fn is_prefix(text: &str) -> bool {
    text.is_empty() || (is_plain_path(text) && !text.ends_with('/'))
}

const NO_PREFIX: &str = "a prefix is empty, or a path without `*` and without `/` at its end";

pub(super) fn prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    read(deserializer, is_prefix, NO_PREFIX)
}

pub(super) fn prefixes<'de, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    each(deserializer, is_prefix, NO_PREFIX)
}

const NO_POINTER: &str = "a pointer begins with `/` and has up to 200 letters, digits and `._~/-`";

/// JSON pointers that can be told: `/spec/extraArgs/http.pathPrefix`.
pub(super) fn pointers<'de, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    each(deserializer, is_plain_path, NO_POINTER)
}

/// What stands where: pointers as they are above, and a text behind each.
pub(super) fn texts_at<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
    if !texts.keys().all(|it| is_plain_path(it)) {
        return Err(D::Error::custom(NO_POINTER));
    }
    let is_text = |it: &String| (1..=LONGEST_TEXT).contains(&it.len());
    let otherwise = "what has to stand there is a text of 1 to 300 bytes";
    if texts.values().all(is_text) { Ok(texts) } else { Err(D::Error::custom(otherwise)) }
}

/// `operator.prometheus.io/name`, `alertmanager`
pub(super) fn label<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let otherwise =
        "a label is 1 to 63 letters, digits and `._-`, with a domain and a `/` before it or not";
    read(deserializer, is_label, otherwise).map(Some)
}

fn is_label(text: &str) -> bool {
    let (domain, name) = text.split_once('/').map_or((None, text), |(it, name)| (Some(it), name));
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
    let ends_well = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphanumeric())
            && it.ends_with(|it: char| it.is_ascii_alphanumeric())
    };
    domain.is_none_or(is_dns_name)
        && (1..=63).contains(&name.len())
        && name.bytes().all(is_plain)
        && ends_well(name)
}

/// An annotation that is kept of a Service.
pub(super) fn annotation<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let otherwise =
        "only annotations of tacklebox.dev/, kubernaut.io/, kagent.dev/ and kiali.io/ are read";
    read(deserializer, |it| is_label(it) && is_kept(it), otherwise).map(Some)
}

/// `Prometheus.monitoring.coreos.com`, `kgateway.dev/mcp`
pub(super) fn names<'de, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "._/-".contains(it);
    let is_valid = |it: &str| (1..=253).contains(&it.len()) && it.chars().all(is_plain);
    each(deserializer, is_valid, "a name has 1 to 253 letters, digits and `._/-`")
}

pub(super) fn ports<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u16>, D::Error> {
    let numbers = at_least_one::<i64, D>(deserializer)?.into_iter();
    let numbers = numbers.map(|it| u16::try_from(it).ok().filter(|it| *it > 0));
    let numbers: Option<Vec<u16>> = numbers.collect();
    numbers.ok_or_else(|| D::Error::custom("a port is a number from 1 to 65535"))
}

/// At least one, and nothing wrong with any.
fn each<'de, D>(
    deserializer: D,
    is_valid: impl Fn(&str) -> bool,
    wrong: &str,
) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let texts = at_least_one::<String, D>(deserializer)?;
    if texts.iter().all(|it| is_valid(it)) { Ok(texts) } else { Err(D::Error::custom(wrong)) }
}

pub(in crate::toolsets::discovery) fn at_least_one<'de, T, D>(
    deserializer: D,
) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list = Vec::deserialize(deserializer)?;
    if list.is_empty() { Err(D::Error::custom("at least one is needed")) } else { Ok(list) }
}

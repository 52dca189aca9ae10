//! Addresses that HolmesGPT would not find anybody at.

use reqwest::Url;
use serde_json::{Map, Value};

use super::{overrides::ADDRESSES, problem::Problem};

/// What is said of one; the address itself is not, since it may have credentials in it.
pub(super) const WRONG: &str =
    "it has to be a URL that begins with http:// or https:// and names a host";

/// Of a toolset: in its configuration, in each of its instances, and beside them in older files.
pub(super) fn problems(field: &str, entry: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = of(field, entry.get("url").map(|it| ("url", it)));
    let Some(Value::Object(config)) = entry.get("config") else { return problems };
    let field = format!("{field}.config");
    problems.extend(of(&field, addresses(config)));
    let instances = config.get("instances").and_then(Value::as_array).into_iter().flatten();
    for (place, instance) in instances.enumerate() {
        let field = format!("{field}.instances[{place}]");
        problems.extend(instance.as_object().into_iter().flat_map(|it| of(&field, addresses(it))));
    }
    problems
}

fn addresses(fields: &Map<String, Value>) -> impl Iterator<Item = (&'static str, &Value)> {
    ADDRESSES.into_iter().filter_map(|name| Some((name, fields.get(name)?)))
}

fn of<'a>(
    field: &str,
    addresses: impl IntoIterator<Item = (&'static str, &'a Value)>,
) -> Vec<Problem> {
    let wrong = addresses.into_iter().filter(|(_, it)| it.as_str().is_some_and(|it| !is_web(it)));
    wrong.map(|(name, _)| Problem::new(format!("{field}.{name}"), WRONG)).collect()
}

/// What is filled in later is not known yet, and what is not filled in is told otherwise.
pub(super) fn is_web(text: &str) -> bool {
    let begins_well = ["http://", "https://"].iter().any(|it| text.starts_with(it));
    let is_whole = || Url::parse(text).is_ok_and(|it| it.has_host());
    let is_open = ["{{", "${"].iter().any(|it| text.contains(it));
    is_open || (begins_well && !text.contains(char::is_whitespace) && is_whole())
}

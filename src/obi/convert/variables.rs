//! Settings that are variables, and variables that are settings: both ways through the table.

use serde_json::{Map, Value, json};

use super::{
    sections::{get, leaves, put, take},
    step::Step,
};
use crate::obi::config::{Environment, Keys, Release, key};

const COMMON_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const COMMON_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const INTERVAL: &str = "OTEL_METRIC_EXPORT_INTERVAL";
/// Signals, the variables of their protocols, and what is put behind a common endpoint for them where it has a path.
const SIGNALS: [(&str, &str, &str); 2] = [
    ("otel_metrics_export", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "/v1/metrics"),
    // What exports traces puts its path there itself.
    ("otel_traces_export", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", ""),
];
/// Variables that choose processes, the first that is set before the others, and the criterion of a selector that is the same.
const SELECTING: [(&str, &str); 3] = [
    ("OTEL_EBPF_AUTO_TARGET_EXE", "exe_path"),
    ("OTEL_GO_AUTO_TARGET_EXE", "exe_path"),
    ("OTEL_EBPF_AUTO_TARGET_LANGUAGE", "languages"),
];

/// Settings in two places: in a file and in the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placed {
    pub settings: Map<String, Value>,
    pub variables: Environment,
    /// What went from one to the other, and what stayed and why.
    pub steps: Vec<Step>,
}

/// Puts into the file what variables say, as it counts: a variable for more than the file.
pub fn from_variables(environment: &Environment, settings: Map<String, Value>) -> Placed {
    let mut placing = Placing { environment, settings, steps: Vec::new(), left: Vec::new() };
    placing.common();
    for name in environment.names() {
        placing.variable(name);
    }
    placing.selecting();
    let Placing { settings, steps, left, .. } = placing;
    let variables = left.iter().map(|it| (*it, environment.get(it).unwrap_or_default())).collect();
    Placed { settings, variables, steps }
}

struct Placing<'a> {
    environment: &'a Environment,
    settings: Map<String, Value>,
    steps: Vec<Step>,
    /// The names of variables that stay.
    left: Vec<&'a str>,
}

impl<'a> Placing<'a> {
    fn moved(&mut self, name: &str, to: Vec<String>, why: &str) {
        self.steps.push(Step::moved(format!("${name}"), to, why));
    }

    fn stays(&mut self, name: &'a str, why: &str) {
        self.steps.push(Step::moved(format!("${name}"), vec![format!("${name}")], why));
        self.left.push(name);
    }

    /// What both signals have in common counts for less than what each has of its own.
    fn common(&mut self) {
        if let Some(endpoint) = self.environment.text(COMMON_ENDPOINT) {
            let to = self.common_endpoint(endpoint);
            if !to.is_empty() {
                self.moved(COMMON_ENDPOINT, to, "each signal has its own in a file");
            }
        }
        let Some(interval) = self.environment.text(INTERVAL) else { return };
        let path = "otel_metrics_export.interval";
        if get(&self.settings, path).is_none() {
            put(&mut self.settings, path, format!("{interval}ms"));
            self.moved(INTERVAL, vec![path.to_owned()], "it is in milliseconds");
        }
    }

    fn common_endpoint(&mut self, endpoint: &str) -> Vec<String> {
        let mut to = Vec::new();
        for (signal, _, behind) in SIGNALS {
            let path = format!("{signal}.endpoint");
            if get(&self.settings, &path).is_none() {
                let has_path = endpoint.splitn(4, '/').nth(3).is_some_and(|it| !it.is_empty());
                let behind = if has_path { behind } else { "" };
                put(
                    &mut self.settings,
                    &path,
                    format!("{}{behind}", endpoint.trim_end_matches('/')),
                );
                to.push(path);
            }
        }
        to
    }

    fn variable(&mut self, name: &'a str) {
        let own =
            SIGNALS.iter().find(|it| it.1 == name).map(|it| vec![format!("{}.protocol", it.0)]);
        let known = || Keys::v1().variables.get(name).cloned();
        let is_done =
            [COMMON_ENDPOINT, INTERVAL].contains(&name) || SELECTING.iter().any(|it| it.0 == name);
        let Some(text) = self.environment.text(name) else { return };
        if is_done {
            return;
        }
        let Some(paths) = own.or_else(known) else {
            let why = "it has no key in a file";
            return self.stays(name, why);
        };
        let mut to = Vec::new();
        for path in paths.iter().map(|it| it.trim_end_matches("[]")).filter(|it| !it.contains('['))
        {
            let Some(key) = key(path) else { continue };
            let value = key.read(text);
            if key.wrong(&value, Release::KNOWN).is_some() {
                return self.stays(name, "its value is none that the key could have");
            }
            if !self.is_overridden(name, path, &key.env) {
                put(&mut self.settings, path, value.to_json());
                to.push(path.to_owned());
            }
        }
        if to.is_empty() {
            let why = "another variable counts for more";
            return self.steps.push(Step::left_out(format!("${name}"), why));
        }
        self.moved(name, to, "");
    }

    /// Whether another variable that is set counts for more.
    fn is_overridden(&self, name: &str, path: &str, names: &[String]) -> bool {
        let own = SIGNALS.iter().find(|it| path == format!("{}.protocol", it.0));
        let by_own = |own: &str| name == COMMON_PROTOCOL && self.environment.text(own).is_some();
        let before = names.iter().take_while(|it| *it != name);
        let mut before = before.filter(|_| names.iter().any(|it| it == name));
        own.is_some_and(|it| by_own(it.1)) || before.any(|it| self.environment.text(it).is_some())
    }

    /// A file says it with a selector. Where it has selectors already, the variable is something else.
    fn selecting(&mut self) {
        let environment = self.environment;
        let mut set = environment
            .names()
            .filter_map(|name| SELECTING.iter().find(|it| it.0 == name).map(|it| (name, it.1)));
        let Some((name, criterion)) = set.next() else { return };
        let others: Vec<&str> = set.map(|it| it.0).collect();
        let path = "discovery.instrument";
        if get(&self.settings, path).is_some() || !others.is_empty() {
            let why = "it counts together with other selectors, which no selector of a file does";
            return [name].into_iter().chain(others).for_each(|it| self.stays(it, why));
        }
        let value = environment.get(name).unwrap_or_default();
        put(&mut self.settings, path, json!([{criterion: value}]));
        self.moved(name, vec![path.to_owned()], "");
    }
}

/// Puts into variables what a file says and variables can say. The rest stays in the file.
pub fn to_variables(mut settings: Map<String, Value>) -> Placed {
    let mut steps = Vec::new();
    let mut variables = Vec::new();
    let leaves: Vec<(String, Value)> =
        leaves(&settings).into_iter().map(|(path, it)| (path, it.clone())).collect();
    for (path, value) in &leaves {
        match variable_for(path, value, &settings) {
            Ok((name, text)) => {
                steps.push(Step::moved(path, vec![format!("${name}")], ""));
                variables.push((name, text, path));
            }
            Err(why) => steps.push(Step::moved(path, vec![path.clone()], why)),
        }
    }
    for (_, _, path) in &variables {
        take(&mut settings, path);
    }
    let variables = variables.into_iter().map(|(name, text, _)| (name, text)).collect();
    Placed { settings, variables, steps }
}

fn variable_for(
    path: &str,
    value: &Value,
    settings: &Map<String, Value>,
) -> Result<(String, String), &'static str> {
    let known = key(path).ok_or("OBI has no variable for it")?;
    let own =
        SIGNALS.iter().find(|it| path == format!("{}.protocol", it.0)).map(|it| it.1.to_owned());
    let is_own = own.is_some();
    let name = own.or_else(|| known.env.first().cloned()).ok_or("OBI has no variable for it")?;
    let text = known.write(value).filter(|it| !it.is_empty()).ok_or("no variable can say it")?;
    if !is_own && !is_the_same_everywhere(&name, value, settings) {
        return Err("its variable would count for another key as well");
    }
    let read = known.read(&text).to_json();
    if read == *value || same_number(&read, value) {
        return Ok((name, text));
    }
    Err("no variable can say it")
}

/// Whether all keys that a variable counts for have that value.
fn is_the_same_everywhere(name: &str, value: &Value, settings: &Map<String, Value>) -> bool {
    let paths = Keys::v1().variables.get(name).into_iter().flatten();
    let mut paths = paths.map(|it| it.trim_end_matches("[]")).filter(|it| !it.contains('['));
    paths.all(|it| get(settings, it) == Some(value))
}

/// A text that is a number is one in YAML: `open_port: 8080`.
fn same_number(read: &Value, value: &Value) -> bool {
    let texts = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let floats =
        |it: &Value| it.as_array().map(|it| it.iter().map(Value::as_f64).collect::<Vec<_>>());
    let is_scalar = !value.is_array() && !value.is_object();
    (is_scalar && texts(read) == texts(value))
        || floats(read)
            .is_some_and(|it| it.iter().all(Option::is_some) && Some(it) == floats(value))
}

//! Which OBI is asked for: a program, a configuration and an environment.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    Local, binary,
    store::{Variables, digest},
};
use crate::{
    obi::config::{Environment, Finding, Release, Report, Severity, check},
    output::hinted,
    tool::ToolError,
};

/// All that decides how it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) text: String,
    pub(super) variables: Variables,
    pub(super) binary: PathBuf,
}

/// A configuration ends so. Whoever may call would otherwise have every file of this host read.
const ENDINGS: [&str; 3] = ["yml", "yaml", "json"];

/// Of a configuration that anybody means, in bytes.
const LARGEST: u64 = 1 << 20;

/// What may be set for OBI. A variable such as `LD_PRELOAD` would make another program of it.
const PREFIXES: [&str; 2] = ["OTEL_", "OBI_"];
const NAMES: [&str; 9] = [
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOGC",
    "KUBECONFIG",
    "NODE_NAME",
    "HOST_IP",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
];

/// Points elsewhere than the file that was shown.
const CONFIG_PATH: &str = "OTEL_EBPF_CONFIG_PATH";

/// A text as it was written, or an object, which becomes one.
pub(super) fn text(configuration: &Value) -> Result<String, ToolError> {
    match configuration {
        Value::String(text) => Ok(text.clone()),
        Value::Object(_) => serde_saphyr::to_string(configuration)
            .map_err(|error| ToolError::invalid(format!("`config`: {error}"))),
        _ => Err(ToolError::invalid("`config` is an object, or YAML as one text")),
    }
}

/// The file is only read: what runs is a copy of it.
fn file(path: &Path) -> Result<String, ToolError> {
    let told = |why: &str| ToolError::invalid(format!("`config_path`: {}: {why}", path.display()));
    // What it really is counts, and not what a link is called.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_named = |it: &Path| {
        let ending = it.extension().and_then(|it| it.to_str()).unwrap_or_default();
        ENDINGS.contains(&ending)
    };
    if !path.is_absolute() || !is_named(path) || !is_named(&real) {
        return Err(told(
            "a whole path is wanted that ends with .yml, .yaml or .json, and so does what it links to",
        ));
    }
    let about = fs::metadata(path).map_err(|error| told(&error.to_string()))?;
    if !about.is_file() {
        return Err(told("this is no file"));
    }
    if about.len() > LARGEST {
        return Err(told("a configuration has at most 1 MiB"));
    }
    let mut text = String::new();
    let opened = fs::File::open(path).and_then(|it| it.take(LARGEST).read_to_string(&mut text));
    opened.map_err(|error| told(&error.to_string()))?;
    Ok(text)
}

impl Wanted {
    pub(super) fn environment(&self) -> Environment {
        self.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(super) fn digest(&self) -> String {
        digest(&self.text)
    }

    /// What OBI would make of it.
    pub(super) fn report(&self) -> Report {
        check(&self.text, &self.environment(), Release::KNOWN)
    }

    /// Everything that is wrong with it, at once.
    pub(super) fn check(&self) -> Result<Report, ToolError> {
        let mut problems: Vec<String> = binary::unfit(&self.binary).into_iter().collect();
        problems.extend(self.variables.keys().filter_map(|it| forbidden(it)));
        let report = self.report();
        let errors = report.findings.iter().filter(|it| it.severity == Severity::Error);
        problems.extend(errors.map(told));
        if problems.is_empty() { Ok(report) } else { Err(ToolError::InvalidArguments(problems)) }
    }
}

/// What a call gives as a configuration, if it gives any.
pub(super) fn given(
    config: Option<&Value>,
    path: Option<&Path>,
) -> Result<Option<String>, ToolError> {
    match (config, path) {
        (Some(_), Some(_)) => {
            Err(ToolError::invalid("give `config` or `config_path`, one of them"))
        }
        (Some(config), None) => text(config).map(Some),
        (None, Some(path)) => file(path).map(Some),
        (None, None) => Ok(None),
    }
}

impl Local {
    /// What the operator has configured, as a text.
    pub(super) fn configured(&self) -> Result<String, ToolError> {
        let configured = &self.settings.configuration;
        if configured.is_empty() {
            let wrong = "there is no configuration";
            let hint = "give `config` or `config_path`, such as config: {trace_printer: text, discovery: {instrument: [{open_ports: \"8080\"}]}}, or write one under `obi:` in Tacklebox's own";
            return Err(ToolError::invalid(hinted(wrong, hint)));
        }
        text(&Value::Object(configured.clone()))
    }

    /// What a call gives, else what was deployed, else what the operator has configured; with its variables.
    pub(super) fn meant(
        &self,
        config: Option<&Value>,
        path: Option<&Path>,
    ) -> Result<(String, Environment), ToolError> {
        if let Some(text) = given(config, path)? {
            return Ok((text, Environment::default()));
        }
        let Some(deployment) = self.store.deployment()? else {
            return Ok((self.configured()?, Environment::default()));
        };
        let text = self.store.configuration(deployment.revision)?;
        Ok((text, self.store.variables(deployment.revision)?.into_iter().collect()))
    }
}

fn forbidden(name: &str) -> Option<String> {
    if name == CONFIG_PATH {
        return Some(format!("`env`: {name} would make OBI read another file: use `config_path`"));
    }
    let is_known = NAMES.contains(&name) || PREFIXES.iter().any(|it| name.starts_with(it));
    (!is_known).then(|| {
        format!(
            "`env`: {name} is no variable of OBI: it may have OTEL_*, OBI_* and {}",
            NAMES.join(", ")
        )
    })
}

/// `line 3, column 5: discovery.instrument[0].k8s_ns: …; fix`
pub(super) fn told(finding: &Finding) -> String {
    let mut text = match finding.place {
        Some(place) => format!("line {}, column {}: ", place.line, place.column),
        None => String::new(),
    };
    if !finding.path.is_empty() {
        text.push_str(&finding.path);
        text.push_str(": ");
    }
    text.push_str(&finding.problem);
    if !finding.fix.is_empty() {
        text.push_str("; ");
        text.push_str(&finding.fix);
    }
    text
}

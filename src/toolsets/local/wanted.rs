//! Which OBI is asked for: a program, a configuration and an environment.

use std::{
    fs,
    io::{self, Read},
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    Local,
    store::{Deployment, Variables, digest},
};
use crate::{
    obi::{
        config::{Environment, Finding, Release, Report, Severity, check},
        convert,
        host::unfit,
        plan::{Plan, plan},
    },
    output::hinted,
    tool::ToolError,
};

/// All that decides how it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) text: String,
    pub(super) variables: Variables,
    pub(super) binary: PathBuf,
    /// Whether it is to be a unit of systemd's.
    pub(super) systemd: bool,
}

/// A configuration ends so.
const ENDINGS: [&str; 3] = ["yml", "yaml", "json"];

/// Of a configuration that anybody means, in bytes.
const LARGEST: u64 = 1 << 20;

/// What may be set for OBI. A variable such as `LD_PRELOAD` would make another program of it.
const PREFIXES: [&str; 2] = ["OTEL_", "OBI_"];
const NAMES: [&str; 8] = [
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOGC",
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
    convert::text(configuration).map_err(|it| ToolError::invalid(format!("`config`: {it}")))
}

/// The file is only read: what runs is a copy of it. What was opened is judged, whatever its name leads to by then.
fn file(path: &Path, folders: &[PathBuf]) -> Result<String, ToolError> {
    let told = |why: &str| ToolError::invalid(format!("`config_path`: {}: {why}", path.display()));
    let failed = |error: io::Error| told(&error.to_string());
    let is_named = |it: &Path| {
        let ending = it.extension().and_then(|it| it.to_str()).unwrap_or_default();
        ENDINGS.contains(&ending)
    };
    if !path.is_absolute() || !is_named(path) {
        return Err(told("a whole path is wanted that ends with .yml, .yaml or .json"));
    }
    let is_below = |it: &Path| {
        let mut real = folders.iter().filter_map(|it| it.canonicalize().ok());
        real.any(|folder| it.starts_with(folder))
    };
    let file = fs::File::open(path).map_err(failed)?;
    let real = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(failed)?;
    if !is_below(&real) || !is_named(&real) {
        let folders: Vec<String> = folders.iter().map(|it| it.display().to_string()).collect();
        return Err(told(&format!(
            "configurations are read from {} alone (toolsets.local.config_dirs): move it there, or give its text as `config`",
            folders.join(", ")
        )));
    }
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(told("this is no file"));
    }
    if about.len() > LARGEST {
        return Err(told("a configuration has at most 1 MiB"));
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// What OBI would need with that configuration.
pub(super) fn needs(text: &str, environment: &Environment) -> Result<Plan, ToolError> {
    plan(text, environment, Release::KNOWN)
        .ok_or_else(|| ToolError::invalid("there is no configuration to be read"))
}

impl Wanted {
    pub(super) fn digest(&self) -> String {
        digest(&self.text)
    }

    /// A kubeconfig may name a program, which OBI would run with all its rights to get a token.
    pub(super) fn may_run_others(&self) -> bool {
        let Ok(value) = serde_saphyr::from_str::<Value>(&self.text) else { return false };
        names(&value, "kubeconfig")
    }

    /// Everything that is wrong with it, at once.
    pub(super) fn check(&self, local: &Local) -> Result<Report, ToolError> {
        let mut problems: Vec<String> = unfit(&self.binary).into_iter().collect();
        problems.extend(self.variables.keys().filter_map(|it| forbidden(it)));
        let report = check(&self.text, &local.environment(self), Release::KNOWN);
        // OBI would run on without traces, and write what stands there, passwords included, into its log.
        let is_wrong = |it: &Finding| it.severity == Severity::Error || it.rule == "bad-endpoint";
        let (wrong, rest): (Vec<&Finding>, Vec<&Finding>) =
            report.findings.iter().partition(|it| is_wrong(it));
        problems.extend(wrong.into_iter().map(ToString::to_string));
        if !problems.is_empty() {
            // What is only ignored may be why something else is missing.
            let warnings = rest.into_iter().filter(|it| it.severity == Severity::Warning);
            problems.extend(warnings.map(|it| format!("beside that: {it}")));
        }
        if problems.is_empty() { Ok(report) } else { Err(ToolError::InvalidArguments(problems)) }
    }
}

impl Local {
    /// What a call gives as a configuration, if it gives any.
    pub(super) fn given(
        &self,
        config: Option<&Value>,
        path: Option<&Path>,
    ) -> Result<Option<String>, ToolError> {
        match (config, path) {
            (Some(_), Some(_)) => {
                Err(ToolError::invalid("give `config` or `config_path`, one of them"))
            }
            (Some(config), None) => text(config).map(Some),
            (None, Some(path)) => file(path, &self.settings.config_dirs).map(Some),
            (None, None) => Ok(None),
        }
    }

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
        if let Some(text) = self.given(config, path)? {
            return Ok((text, Environment::default()));
        }
        let Some(deployment) = self.store.deployment()? else {
            return Ok((self.configured()?, Environment::default()));
        };
        self.deployed(&deployment)
    }

    /// What was deployed, with its variables.
    pub(super) fn deployed(
        &self,
        deployment: &Deployment,
    ) -> Result<(String, Environment), ToolError> {
        let text = self.store.configuration(deployment.revision)?;
        Ok((text, self.store.variables(deployment.revision)?.into_iter().collect()))
    }
}

/// Whether a key anywhere has that in its name.
fn names(value: &Value, part: &str) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().any(|(key, it)| (key.contains(part) && !it.is_null()) || names(it, part))
        }
        Value::Array(items) => items.iter().any(|it| names(it, part)),
        _ => false,
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

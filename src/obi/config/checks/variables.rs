//! Variables: those that the text wants, and those that count for more than it.

use super::{
    super::{
        finding::{
            Finding,
            Severity::{self, Error, Note, Warning},
        },
        keys::Keys,
        variables::Use,
    },
    Subject,
    enabled::SELECTING_VARIABLES as CHOOSING,
    subject::key,
};
use crate::{
    nearest::nearest,
    obi::pattern::{doubt, wrong_glob},
    tree::Places,
};

/// Whatever begins so is meant for OBI.
const PREFIXES: [&str; 2] = ["OTEL_EBPF_", "OBI_"];
/// What begins so is read by the cache of Kubernetes' metadata.
const OF_THE_CACHE: &str = "OTEL_EBPF_K8S_CACHE_";
const OF_EXPORTERS: &str = "OTEL_EXPORTER_OTLP_";
const SIGNALS: [&str; 3] = ["TRACES_", "METRICS_", "LOGS_"];
/// Of all signals together, and of each alone.
const OF_EACH: [&str; 9] = [
    "ENDPOINT",
    "HEADERS",
    "PROTOCOL",
    "TIMEOUT",
    "COMPRESSION",
    "INSECURE",
    "CERTIFICATE",
    "CLIENT_CERTIFICATE",
    "CLIENT_KEY",
];
const OF_METRICS: [&str; 2] = ["TEMPORALITY_PREFERENCE", "DEFAULT_HISTOGRAM_AGGREGATION"];
/// The one that takes the place of `--config`.
pub(super) const CONFIG_PATH: &str = "OTEL_EBPF_CONFIG_PATH";

/// OBI takes them for nothing, without a word: an endpoint loses its host, and a port is off.
pub(super) fn unset(uses: &[Use], written: &Places<'_>) -> Vec<Finding> {
    let unset = uses.iter().filter(|it| !it.is_set && !it.has_default);
    unset
        .map(|Use { name, at, .. }| Finding {
            severity: Warning,
            rule: "unset-variable",
            path: format!("${name}"),
            place: Some(written.place(*at)),
            problem: format!("{name} is not set, and OBI puts nothing in its place without a word"),
            fix: format!("set it, or write what holds otherwise: ${{{name}:-default}}"),
        })
        .collect()
}

/// What the environment says against the file, and what nobody reads.
pub(super) fn overriding(subject: &Subject<'_>) -> Vec<Finding> {
    let of_each = subject.environment.names().filter_map(|name| of(subject, name));
    of_each.chain(other_file(subject)).collect()
}

pub(super) fn other_file(subject: &Subject<'_>) -> Option<Finding> {
    subject.environment.text(CONFIG_PATH)?;
    let problem = "OBI reads the file that it names, and not the one of --config";
    Some(Subject::about_variable(CONFIG_PATH, (Warning, "other-file"), problem, "unset it"))
}

fn of(subject: &Subject<'_>, name: &str) -> Option<Finding> {
    let keys = Keys::v1();
    match keys.variables.get(name) {
        Some(paths) => unreadable(subject, name, paths).or_else(|| over(subject, name, paths)),
        None if CHOOSING.contains(&name) => of_glob(subject, name),
        None if keys.others.contains_key(name) => None,
        None if PREFIXES.iter().any(|it| name.starts_with(it)) => Some(unknown(name)),
        None if is_unheard_by_exporters(name) => Some(unknown(name)),
        None => None,
    }
}

/// Exporters of OTLP have variables of their own, which OpenTelemetry's specification lists.
fn is_unheard_by_exporters(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(OF_EXPORTERS) else { return false };
    let signal = SIGNALS.iter().find_map(|it| Some((*it, rest.strip_prefix(it)?)));
    let (signal, setting) = signal.unwrap_or(("", rest));
    let is_of_metrics = signal == "METRICS_" && OF_METRICS.contains(&setting);
    !OF_EACH.contains(&setting) && !is_of_metrics
}

/// A value that is none of the kind that the variable's key has.
fn unreadable(subject: &Subject<'_>, name: &str, paths: &[String]) -> Option<Finding> {
    let text = subject.environment.text(name)?;
    let key = paths.iter().find_map(|it| key(it))?;
    let wrong = key.wrong_text(text, subject.release)?;
    let (severity, end) = match &wrong.instead {
        Some(instead) => (Warning, format!("; {instead}")),
        None => (Error, ", and OBI does not start".to_owned()),
    };
    let problem = format!("{}{end}", wrong.what);
    Some(Subject::about_variable(name, (severity, "wrong-value"), problem, wrong.fix))
}

/// Globs without a key.
fn of_glob(subject: &Subject<'_>, name: &str) -> Option<Finding> {
    let text = subject.environment.text(name)?;
    let say = |severity: Severity, rule: &'static str, problem: String, fix: &str| {
        Some(Subject::about_variable(name, (severity, rule), problem, fix))
    };
    if let Some(wrong) = wrong_glob(text) {
        let problem = format!("{wrong}, and OBI does not start");
        return say(Error, "wrong-value", problem, "write a glob: */shop, {go,java}");
    }
    let doubt = doubt(text)?;
    say(Warning, "fragile-glob", doubt.what.to_owned(), doubt.fix)
}

fn over(subject: &Subject<'_>, name: &str, paths: &[String]) -> Option<Finding> {
    subject.environment.text(name)?;
    let mut paths = paths.iter().map(|it| it.trim_end_matches("[]"));
    let path = paths.find(|it| subject.node(it).is_some())?;
    let problem = format!("it counts for more than {path} in the file");
    let fix = "unset it, or leave the key out of the file";
    Some(Subject::about_variable(name, (Warning, "overridden"), problem, fix))
}

fn unknown(name: &str) -> Finding {
    let say = |severity: Severity, problem: &str, fix: &str| {
        Subject::about_variable(name, (severity, "unknown-variable"), problem, fix)
    };
    if name.starts_with(OF_THE_CACHE) {
        return say(Note, "the cache of Kubernetes' metadata reads it, and OBI does not", "");
    }
    let keys = Keys::v1();
    let meant = keys.misnomers.get(&format!("${name}")).map(|it| format!("set {it}"));
    let known = || keys.variables.keys().chain(keys.others.keys()).map(String::as_str);
    let near = || nearest(name, known()).map(|it| format!("did you mean {it}?"));
    let fix = meant.or_else(near).unwrap_or_else(|| "unset it".to_owned());
    say(Warning, "OBI does not read it", &fix)
}

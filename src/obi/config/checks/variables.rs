//! Variables: those that the text wants, and those that count for more than it.

use super::{
    super::{
        finding::{
            Finding,
            Severity::{self, Note, Warning},
        },
        keys::Keys,
        places::Places,
        variables::Use,
    },
    Subject,
};
use crate::nearest::nearest;

/// Whatever begins so is meant for OBI.
const PREFIXES: [&str; 2] = ["OTEL_EBPF_", "OBI_"];
/// The one that takes the place of `--config`.
const CONFIG_PATH: &str = "OTEL_EBPF_CONFIG_PATH";

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
    subject.environment.names().filter_map(|name| of(subject, name)).collect()
}

fn of(subject: &Subject<'_>, name: &str) -> Option<Finding> {
    let keys = Keys::v1();
    let say = |kind: (Severity, &'static str), problem: &str, fix: &str| {
        Some(subject.about_variable(name, kind, problem, fix))
    };
    if name == CONFIG_PATH {
        let problem = "OBI reads the file that it names, and not the one of --config";
        return say((Warning, "other-file"), problem, "unset it");
    }
    if let Some(paths) = keys.variables.get(name) {
        let written = paths.iter().find(|it| subject.node(it).is_some());
        subject.environment.text(name)?;
        let path = written?;
        let problem = format!("it counts for more than {path} in the file");
        return say(
            (Warning, "overridden"),
            &problem,
            "unset it, or leave the key out of the file",
        );
    }
    if keys.others.contains_key(name) || !PREFIXES.iter().any(|it| name.starts_with(it)) {
        return None;
    }
    if name.starts_with("OTEL_EBPF_K8S_CACHE_") {
        return say(
            (Note, "unknown-variable"),
            "the cache of Kubernetes' metadata reads it, and OBI does not",
            "",
        );
    }
    let known = keys.variables.keys().chain(keys.others.keys()).map(String::as_str);
    let meant = keys.misnomers.get(&format!("${name}")).cloned();
    let fix = meant.or_else(|| nearest(name, known).map(|it| format!("did you mean {it}?")));
    say(
        (Warning, "unknown-variable"),
        "OBI does not read it",
        &fix.unwrap_or_else(|| "unset it".to_owned()),
    )
}

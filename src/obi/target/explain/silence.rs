//! Why OBI shows nothing of a process although it is chosen.

use super::{
    super::process::{Executable, Language, Tls},
    Asked,
    Certainty::{Likely, Possible, Sure},
    Fix, Reason,
    fix::letting_exporters,
    reason,
};

pub(super) fn reasons(asked: &Asked<'_>) -> Vec<Reason> {
    let checks = [unreadable, young, exporting, proxy, encrypted, go, connections];
    checks.iter().filter_map(|check| check(asked)).collect()
}

/// There is nothing to show yet.
pub(super) fn nobody_asks(asked: &Asked<'_>) -> Reason {
    let served = asked.target.sockets.served;
    reason(
        Possible,
        "no-requests",
        "nothing here speaks against it: OBI shows a service once it answers or sends a request in a protocol that OBI knows",
        format!("it has {served} connections to its ports"),
        Fix::of("send it a request, and look for `instrumenting process` in the log of OBI"),
    )
}

fn unreadable(asked: &Asked<'_>) -> Option<Reason> {
    let Executable::Unreadable(why) = &asked.target.executable else { return None };
    Some(reason(
        Possible,
        "unreadable",
        "its executable may not be readable for OBI either, which leaves it out then without a word",
        format!("it is not readable here: {why}"),
        Fix::of("run OBI with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"),
    ))
}

fn young(asked: &Asked<'_>) -> Option<Reason> {
    let Asked { selection, target, .. } = asked;
    let age = target.age.filter(|_| selection.waits_for(target))?;
    let (least, interval) = (selection.least_age, selection.interval);
    let yaml = if selection.is_version2 {
        "extensions:\n  obi:\n    capture:\n      policy:\n        min_process_age: 0s\n"
    } else {
        "discovery:\n  min_process_age: 0s\n"
    };
    Some(reason(
        Likely,
        "too-young",
        format!("OBI waits until a process is {least:?} old, and looks every {interval:?}"),
        format!("it is {age:?} old, and has no open port"),
        Fix::of("wait, or let OBI look at once").with(yaml),
    ))
}

/// What goes out by HTTP OBI tells by its path, what goes out by gRPC by its path or its port.
fn exporting(asked: &Asked<'_>) -> Option<Reason> {
    let Asked { selection, target, facts } = asked;
    if !selection.leaves_out_exporters || facts.avoids == Some(false) {
        return None;
    }
    let hints = target.variables.iter().filter(|it| it.starts_with("OTEL_EXPORTER_OTLP_"));
    let hints: Vec<&str> = hints.map(String::as_str).collect();
    let (certainty, evidence) = if facts.avoids == Some(true) {
        (Sure, "obi_avoided_services counts it".to_owned())
    } else if selection.exports_itself(target) {
        let is_otlp = |it: &&u16| [4317, 4318, selection.otlp_port].contains(it);
        let ports: Vec<String> =
            target.sockets.remote.iter().filter(is_otlp).map(u16::to_string).collect();
        (Likely, format!("it is connected to port {}", ports.join(", ")))
    } else if hints.is_empty() {
        return None;
    } else {
        (Possible, format!("only a hint: {} is set for it", hints.join(", ")))
    };
    let fix = Fix::of(
        "let OBI show it all the same, and count twice what both send; or leave the one or the other out",
    );
    Some(reason(
        certainty,
        "exports-otlp",
        "it exports OTLP itself, and OBI goes silent about what a service exports itself",
        evidence,
        fix.with_some(letting_exporters(selection)),
    ))
}

/// Requests pass through it before they come to the service.
fn proxy(asked: &Asked<'_>) -> Option<Reason> {
    let path = asked.target.executable.path()?;
    let name =
        ["docker-proxy", "scon-agent"].into_iter().find(|it| path.ends_with(&format!("/{it}")))?;
    Some(reason(
        Likely,
        "proxy",
        "this is the proxy of published ports, and not the service behind it",
        format!("its executable is {path}"),
        Fix::of("choose the service by the port that it has in its container, and leave the proxy out").with(
            if asked.selection.is_version2 {
                format!("extensions:\n  obi:\n    capture:\n      rules:\n        - action: exclude\n          match: {{process: {{exe_path_glob: [\"*/{name}\"]}}}}\n")
            } else {
                format!("discovery:\n  exclude_instrument:\n    - exe_path: \"*/{name}\"\n")
            },
        ),
    ))
}

/// What is encrypted OBI sees only in libraries that it knows.
fn encrypted(asked: &Asked<'_>) -> Option<Reason> {
    let target = asked.target;
    let (reason_text, evidence) = match (target.language, target.tls) {
        (Language::Go | Language::Java | Language::Unknown, _) | (_, Tls::Unknown) => return None,
        (Language::Nodejs, _) => (
            "what it encrypts OBI sees only where Node's own modules http and https do it",
            "it runs in Node",
        ),
        (_, Tls::Seen) => return None,
        (_, Tls::Unseen) => (
            "what it encrypts, if it does, OBI does not see: the encryption is built into it, or in a library that OBI does not know",
            "libssl is not mapped into it",
        ),
    };
    let fix = "end the encryption before it, or give it an SDK of OpenTelemetry";
    Some(reason(Possible, "encrypted", reason_text, evidence, Fix::of(fix)))
}

/// OBI looks into programs in Go since 1.17, and takes all others for any program.
fn go(asked: &Asked<'_>) -> Option<Reason> {
    let is_old = asked.target.language == Language::Go && asked.target.go.is_none();
    is_old.then(|| {
        reason(
            Possible,
            "old-go",
            "it may be built with a Go older than 1.17, into which OBI does not look",
            "its file does not say with which Go it was built, as it does since 1.18",
            Fix::of("build it with a newer Go"),
        )
    })
}

/// OBI knows connections only that are made while it runs.
fn connections(asked: &Asked<'_>) -> Option<Reason> {
    let Asked { target, facts, .. } = asked;
    let open = target.sockets.served + target.sockets.remote.len();
    let is_older = target.age.zip(facts.up).map(|(age, up)| age > up);
    if open == 0 || is_older == Some(false) {
        return None;
    }
    let since = if is_older.is_some() {
        "it is older than OBI"
    } else {
        "for how long OBI has run is not known"
    };
    Some(reason(
        Possible,
        "old-connections",
        "connections that were made before OBI ran stay unseen until they are made again",
        format!("{since}, and has open connections"),
        Fix::of("start the service or its clients again"),
    ))
}

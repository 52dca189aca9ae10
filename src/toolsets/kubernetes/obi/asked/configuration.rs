//! The configuration of a call, held against what OBI makes of it and what a pod is.

use serde_json::Value;

use crate::{
    obi::{
        config::{self, Finding, Severity, destinations},
        plan::{Plan, Purpose},
    },
    toolsets::kubernetes::obi::wanted::Wanted,
};

/// Kept twice in the cluster, and each time with others of its like. Those that anybody writes have some kilobytes.
const LARGEST: usize = 256 << 10;

/// A text as it was written, or an object, which becomes one.
pub(in super::super) fn text(config: &Value) -> Result<String, String> {
    let text = match config {
        Value::String(text) => text.clone(),
        Value::Object(_) => {
            serde_saphyr::to_string(config).map_err(|error| format!("`config`: {error}"))?
        }
        _ => return Err("`config` is an object, or YAML as one text".to_owned()),
    };
    if text.len() > LARGEST {
        return Err(format!("`config`: it has {} bytes, {LARGEST} are the most", text.len()));
    }
    Ok(text)
}

/// What is wrong with it, or what there is to know about it.
pub(super) fn check(wanted: &Wanted, is_sidecar: bool) -> Result<Vec<String>, Vec<String>> {
    let environment = wanted.environment();
    let report = config::check(&wanted.config, &environment, wanted.release());
    // OBI would run on without traces, and write what stands there, passwords included, into its log.
    let is_wrong = |it: &Finding| it.severity == Severity::Error || it.rule == "bad-endpoint";
    let (wrong, rest): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|it| is_wrong(it));
    let mut problems: Vec<String> = wrong.into_iter().map(ToString::to_string).collect();
    let mut notes: Vec<String> = Vec::new();
    if let Some(plan) = wanted.plan() {
        problems.extend(unfit(wanted, &plan));
        if !is_sidecar {
            problems.extend(alone(wanted, &plan));
        }
        notes.extend(unasked(wanted, &plan));
    }
    let said = rest.iter().map(|it| format!("{}: {it}", it.severity));
    notes.extend(said);
    if problems.is_empty() {
        return Ok(notes);
    }
    // What is only ignored may be why something else is missing.
    let warnings = rest.into_iter().filter(|it| it.severity == Severity::Warning);
    problems.extend(warnings.map(|it| format!("beside that: {it}")));
    Err(problems)
}

/// What no pod can have of it.
fn unfit(wanted: &Wanted, plan: &Plan) -> Vec<String> {
    let mut problems = Vec::new();
    for mount in &plan.mounts {
        let is_whole = mount.path.starts_with('/') && mount.path.len() > 1;
        if !is_whole || mount.path.split('/').any(|it| it == "..") {
            problems.push(format!(
                "ebpf.bpf_fs_path: {:?} is no folder of the node that OBI could be given: write a whole path, such as /sys/fs/bpf",
                mount.path
            ));
        }
    }
    if plan.version == 1 {
        return problems;
    }
    let deaf = |argument: &str, instead: &str| {
        format!("`{argument}`: a configuration of version 2 hears no variables: {instead}")
    };
    if wanted.endpoint.is_some() {
        problems.push(deaf("otlp_endpoint", "write the endpoint into it"));
    }
    if wanted.cache {
        problems.push(deaf("k8s_cache", "use version 1, or leave the cache out"));
    }
    problems
}

/// In a network of its own nobody but OBI is at `localhost`.
fn alone(wanted: &Wanted, plan: &Plan) -> Vec<String> {
    if plan.host_network.needed {
        return Vec::new();
    }
    let environment = wanted.environment();
    let destinations = destinations(&wanted.config, &environment, wanted.release());
    let is_here =
        |it: &str| it == "localhost" || it.trim_matches(['[', ']']).parse().is_ok_and(is_loopback);
    let lost = destinations.iter().filter(|it| is_here(&it.host));
    lost.map(|it| {
        format!(
            "{} go to {}, which is the pod itself, and nobody listens there: name a Service (http://collector.observability:{port}), or the node (http://${{HOST_IP}}:{port})",
            it.signal,
            it.host,
            port = it.port
        )
    })
    .collect()
}

fn is_loopback(address: std::net::IpAddr) -> bool {
    address.is_loopback()
}

/// What was asked for and does not come.
fn unasked(wanted: &Wanted, plan: &Plan) -> Option<String> {
    let is_served = plan.port(Purpose::Metrics).is_some();
    (wanted.prometheus && !is_served).then(|| {
        "`prometheus`: config serves no metrics, and of version 2 only it can: add meter_provider: {readers: [{pull: {exporter: {prometheus/development: {port: 9464}}}}]}".to_owned()
    })
}

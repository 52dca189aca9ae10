//! What OBI's `ServiceAccount` may do, where there is one already, and what its configuration makes of it.

use serde_json::Value;

use super::Asked;
use crate::{
    obi::{
        config::{Finding, Severity, check},
        host::{Check, Outcome},
    },
    toolsets::kubernetes::obi::{
        configuration::{is_without_kubernetes, values},
        preflight::asks,
    },
};

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let mut checks = vec![configuration(asked)];
    checks.extend(account(asked));
    checks.extend(metadata(asked));
    checks.extend(headers(asked));
    checks
}

/// Whether OBI starts with it at all.
fn configuration(asked: &Asked<'_>) -> Check {
    let wanted = asked.wanted;
    let report = check(&wanted.config, &wanted.environment(), wanted.release());
    let errors = report.findings.iter().filter(|it| it.severity == Severity::Error);
    let tell = |it: &Finding| match it.path.as_str() {
        "" => it.problem.clone(),
        path => format!("{path}: {}", it.problem),
    };
    let told: Vec<String> = errors.map(tell).collect();
    let found = if told.is_empty() { "OBI starts with it".to_owned() } else { told.join("; ") };
    let why = "without a configuration that it accepts OBI ends at once, again and again";
    let fix = "mend it: obi_validate_config says how";
    Check::new("configuration", report.starts(), found, why, fix)
}

/// One that runs already has lost its role.
fn account(asked: &Asked<'_>) -> Option<Check> {
    let rights = &asked.seen.account;
    let lost = rights.iter().filter(|it| it.allowed == Ok(false));
    let lost = asks::told(lost.map(|it| &it.ask));
    (!rights.is_empty()).then(|| {
        let found = if lost.is_empty() {
            "may list and watch pods, services and nodes".to_owned()
        } else {
            format!("may not {}", lost.join(", "))
        };
        let why = "without them OBI waits for a minute, and then knows no pod and no service";
        let fix = "deploy it again, which grants them";
        Check::new("service-account", lost.is_empty(), found, why, fix).required(false)
    })
}

/// Rules that ask for what only Kubernetes knows meet nothing where it is not asked.
fn metadata(asked: &Asked<'_>) -> Option<Check> {
    let wanted = asked.wanted;
    let value = values(&wanted.config, &wanted.environment())?;
    let asks = value.pointer("/discovery").is_some_and(asks_kubernetes);
    is_without_kubernetes(&value).then(|| {
        let found = "attributes.kubernetes.enable: false".to_owned();
        let why = if asks {
            "rules by namespace, owner or label meet nothing, without a word"
        } else {
            "nothing that is sent says which pod and which service it is of"
        };
        Check::new("metadata", false, found, why, "leave it out, or write autodetect")
            .required(asks)
    })
}

fn asks_kubernetes(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().any(|(key, it)| key.starts_with("k8s_") || asks_kubernetes(it))
        }
        Value::Array(items) => items.iter().any(asks_kubernetes),
        _ => false,
    }
}

fn headers(asked: &Asked<'_>) -> Option<Check> {
    let wanted = asked.wanted.headers.as_ref()?;
    let seen = asked.seen.headers.as_ref()?;
    let (outcome, found) = match seen {
        Ok(true) => (Outcome::Passed, format!("Secret {}", wanted.name)),
        Ok(false) => (
            Outcome::Failed,
            format!("there is no Secret {} in namespace {}", wanted.name, asked.wanted.namespace),
        ),
        Err(error) => (Outcome::CannotTell, error.clone()),
    };
    let why = "a container whose Secret is missing is not started (CreateContainerConfigError)";
    Some(Check::new("headers-secret", outcome, found, why, "create it, with the header in its key"))
}

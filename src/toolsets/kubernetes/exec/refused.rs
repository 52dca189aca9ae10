//! Why a program was not started, told by what to do next.

use kube::client::UpgradeConnectionError;

use super::{Exec, Place, end::Obstacle};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::UNKNOWN,
        error::{ApiError, Asked},
        few::briefly,
        identity::Identity,
    },
};

/// What kube calls an answer that no API server wrote.
const UNREADABLE: &str = "Failed to parse error data";

/// The connection did not come about.
pub(super) fn explain(error: kube::Error, exec: &Exec<'_>) -> ToolError {
    match error {
        kube::Error::UpgradeConnection(error) => {
            let outcome = no_upgrade(&came(&error), exec);
            // Whoever switched protocols has passed it on.
            let UpgradeConnectionError::ProtocolSwitch(status) = error else {
                return perhaps_started(outcome);
            };
            if is_open(status.as_u16()) { perhaps_started(outcome) } else { not_run(outcome) }
        }
        kube::Error::Api(status) if status.reason == UNREADABLE && status.code != 401 => {
            let said = first_line(&status.message);
            let outcome = no_upgrade(&format!("it answered {}: {said}", status.code), exec);
            if is_open(status.code) { perhaps_started(outcome) } else { not_run(outcome) }
        }
        kube::Error::Api(status) if status.message.contains("pgrade header") => {
            not_run(no_upgrade("the request to upgrade was lost on the way", exec))
        }
        other => {
            let error = ApiError::from(other);
            let outcome = of_api(&error, exec);
            if error.leaves_open() { perhaps_started(outcome) } else { outcome }
        }
    }
}

/// What a server on the way says when it has passed a request on and heard nothing.
fn is_open(code: u16) -> bool {
    matches!(code, 502 | 504)
}

/// The request had gone out, and nobody said what became of it.
pub(super) fn perhaps_started(error: ToolError) -> ToolError {
    error.rewritten(|it| {
        format!("{it}; whether it was started {UNKNOWN}: look at what it does before you try again")
    })
}

fn not_run(error: ToolError) -> ToolError {
    error.rewritten(|it| format!("{it}; nothing was run"))
}

fn of_api(error: &ApiError, exec: &Exec<'_>) -> ToolError {
    let Place { pod, namespace, .. } = exec.place;
    match error {
        error if error.is_not_found() => {
            ToolError::NotFound(format!("no pod {pod} in namespace {namespace} any more"))
        }
        ApiError::Status(status)
            if status.code == 403 && status.message.ends_with("forbidden: ") =>
        {
            ToolError::Refused(may_not_create(exec))
        }
        _ => asked(error, "get", exec),
    }
}

/// Since 1.35 the API server asks for this right as well, and when it is missing gives no reason.
fn may_not_create(exec: &Exec<'_>) -> String {
    let identity = &exec.cluster.identity;
    let user = identity.name().map(|it| format!("user {it} ")).unwrap_or_default();
    format!(
        "{user}(context {}) may get pods/exec in namespace {}, and not create it: both rights are needed (RBAC)",
        identity.context, exec.place.namespace
    )
}

fn asked(error: &ApiError, verb: &str, exec: &Exec<'_>) -> ToolError {
    let Place { pod, namespace, .. } = exec.place;
    let asked = Asked { verb, resource: "pods/exec", name: Some(pod), namespace: Some(namespace) };
    exec.cluster.explain(error, &asked)
}

fn no_upgrade(came: &str, exec: &Exec<'_>) -> ToolError {
    let Identity { context, server, proxy, .. } = &exec.cluster.identity;
    let proxy = proxy.as_ref().map(|it| format!(" (proxy {it})")).unwrap_or_default();
    ToolError::Unavailable(format!(
        "the way to the API server of context {context} ({server}){proxy} lets no WebSocket through: {came}: something between here and it, a proxy or a load balancer, has to allow upgrades for pods/exec"
    ))
}

fn came(error: &UpgradeConnectionError) -> String {
    match error {
        UpgradeConnectionError::ProtocolSwitch(status) => {
            format!("it answered {} instead of 101", status.as_u16())
        }
        other => other.to_string(),
    }
}

fn first_line(text: &str) -> String {
    briefly(text.trim().lines().next().unwrap_or("without a reason"))
}

/// The connection came about, and the program did not.
pub(super) fn not_started(obstacle: Obstacle, said: &str, exec: &Exec<'_>) -> ToolError {
    let Place { pod, container, image, .. } = exec.place;
    let program = exec.argv.first().map(|it| briefly(it)).unwrap_or_default();
    let said = first_line(said);
    match obstacle {
        Obstacle::NoProgram => ToolError::invalid(format!(
            "`command`: image {image} of container {container} has no program {program:?} ({said}); no shell reads the command, and an image may have none"
        )),
        Obstacle::NotExecutable => ToolError::invalid(format!(
            "`command`: {program:?} cannot be run in container {container} ({said})"
        )),
        Obstacle::NoContainer => ToolError::Conflict(format!(
            "container {container} of pod {pod} does not run any more ({said}): look at the pod"
        )),
        Obstacle::NoNode => ToolError::Unavailable(format!(
            "the API server does not reach the node of pod {pod} ({said}); nothing was run"
        )),
        Obstacle::Runtime => ToolError::Failed(format!(
            "the container runtime could not start {program:?} in container {container}: {said}"
        )),
    }
}

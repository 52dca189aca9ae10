//! Errors that the API server itself speaks of.

use jiff::Timestamp;
use kube::core::Status;

use super::{Asked, cause::cause, impersonation};
use crate::{k8s::identity::Identity, tool::ToolError};

/// A value of so many bytes is repeated, so that the caller knows it again. What is longer can be the whole object.
const LONGEST_VALUE: usize = 80;

pub(super) fn explain(status: &Status, asked: &Asked<'_>, identity: &Identity) -> ToolError {
    let said = sentence(&status.message);
    match status.code {
        400 if said.starts_with("invalid continue token") => {
            ToolError::invalid("`cursor` is none that an answer gave: leave it out to start again")
        }
        400 | 422 if is_denied(&said) => ToolError::Refused(said),
        400 | 422 => ToolError::InvalidArguments(causes(status).unwrap_or_else(|| vec![said])),
        401 => ToolError::Unavailable(unauthorized(identity)),
        403 if impersonation::is_refused(status) => {
            ToolError::Refused(impersonation::explain(&said, identity))
        }
        403 => ToolError::Refused(forbidden(&said, asked, identity)),
        404 => ToolError::NotFound(not_found(status, asked)),
        409 => ToolError::Conflict(said),
        410 => ToolError::Conflict(
            "the cursor has expired (410): start again without `cursor`".to_owned(),
        ),
        429 | 500.. if let Some(way) = unconverted(&said, asked) => {
            ToolError::Unavailable(format!(
                "the API server of context {} answered {} for {}: {said}; {way}",
                identity.context,
                status.code,
                asked.subject()
            ))
        }
        500 if let Some(why) = unreadable(&said) => ToolError::invalid(why),
        429 => ToolError::Busy(format!(
            "the API server of context {} answers 429: {said}; try again in a moment",
            identity.context
        )),
        405 => ToolError::invalid(format!("{} do not support {}", asked.resource, asked.verb)),
        code @ 500.. => ToolError::Unavailable(format!(
            "the API server of context {} answered {code} for {}: {said}",
            identity.context,
            asked.subject()
        )),
        code => ToolError::Failed(format!("{said} ({code})")),
    }
}

/// Whether a policy or a webhook of the cluster said no, under whatever code.
fn is_denied(said: &str) -> bool {
    said.contains(" denied request: ") || said.contains(" denied the request")
}

/// All that is wrong, field by field; the message says the same in one long line, which is cut.
fn causes(status: &Status) -> Option<Vec<String>> {
    let causes = status.details.as_ref()?.causes.iter();
    let causes: Vec<String> = causes
        .map(|it| match it.field.as_str() {
            // Of a patch that fits nothing, the value is the patch, or the whole object.
            "patch" => sentence(&cause(&it.message, 0)),
            "" | "[]" | "<nil>" => sentence(&cause(&it.message, LONGEST_VALUE)),
            field => format!("{field}: {}", sentence(&cause(&it.message, LONGEST_VALUE))),
        })
        .collect();
    (!causes.is_empty()).then_some(causes)
}

/// Of a kind whose converter is down, objects can be had in the version in which they are stored, which the message names:
/// `conversion webhook for example.com/v1, Kind=Door failed`.
fn unconverted(said: &str, asked: &Asked<'_>) -> Option<String> {
    let (_, stored) = said.split_once("conversion webhook for ")?;
    let (_, version) = stored.split_once(',')?.0.rsplit_once('/')?;
    let (plural, group) = asked.resource.split_once('.')?;
    Some(format!("without it there is what is stored: ask for {plural}.{version}.{group}"))
}

/// Why the API server could not read what it was sent, for which it answers 500 as if it were ill.
fn unreadable(said: &str) -> Option<String> {
    let (_, kind) = said.split_once("unable to convert unstructured object to ")?;
    let (_, why) = kind.split_once(": ")?;
    if why.contains("illegal base64") {
        let way = "`data` and `binaryData` take base64, `stringData` takes text as it is";
        return Some(format!("{why}: {way}"));
    }
    Some(why.to_owned())
}

fn unauthorized(identity: &Identity) -> String {
    let user = identity.user.as_deref().map(|it| format!(" of user {it}")).unwrap_or_default();
    if let Some(end) = identity.certificate_end.filter(|it| *it < Timestamp::now()) {
        return format!(
            "the client certificate{user} in context {} has expired at {end} (401): renew it; it is read anew at the next call",
            identity.context
        );
    }
    format!(
        "the credentials{user} in context {} are expired or not valid (401): renew them (log in again); they are read anew at the next call",
        identity.context
    )
}

/// The API server's sentence names its own user, verb and scope; admission plugins give reasons that are needed whole.
fn forbidden(said: &str, asked: &Asked<'_>, identity: &Identity) -> String {
    let user = said.split_once("User \"").and_then(|(_, rest)| rest.split_once('"'));
    let Some((user, _)) = user.filter(|_| said.contains(" cannot ")) else {
        return if said.is_empty() {
            format!("{} {} is forbidden (403)", asked.verb, asked.subject())
        } else {
            said.to_owned()
        };
    };
    let (place, way) = match asked.namespace {
        Some(namespace) => (format!("in namespace {namespace}"), "try another namespace, or "),
        None => ("cluster-wide".to_owned(), ""),
    };
    // An apply may create as well, and lacks perhaps only that right.
    let verb = said.split_once(" cannot ").and_then(|(_, rest)| rest.split(' ').next());
    format!(
        "user {user} (context {}) may not {} {} {place}; {way}ask for that right (RBAC)",
        identity.context,
        verb.unwrap_or(asked.verb),
        asked.resource
    )
}

fn not_found(status: &Status, asked: &Asked<'_>) -> String {
    let named = status.details.as_ref().is_some_and(|it| !it.name.is_empty());
    if named {
        format!("no {}", asked.subject())
    } else {
        format!("the API server does not serve {} (any more)", asked.resource)
    }
}

/// The first lines are what people read; the rest is noise.
fn sentence(message: &str) -> String {
    const MOST: usize = 500;
    let line = message.trim().lines().take(2).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None if line.is_empty() => "no reason given".to_owned(),
        None => line,
    }
}

//! What went wrong between us and an API server, told by what to do next.

mod cause;
mod impersonation;
mod status;
mod transport;

use http::StatusCode;
use kube::core::Status;

use super::{guard::Refusal, identity::Identity};
use crate::tool::ToolError;

/// Why the API server did not give what was asked.
#[derive(Debug, Clone)]
pub(crate) enum ApiError {
    /// It answered with an error.
    Status(Box<Status>),
    /// The guard did not let the request out.
    Refused(Refusal),
    /// The connection was closed before an answer came.
    Dropped,
    /// It could not be reached, and this is why.
    Unreachable(String),
    /// It answered with something else than the Kubernetes API does.
    Unexpected(String),
}

/// What was asked, for the sentence that says that it failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// As in RBAC: `get`, `list`.
    pub(crate) verb: &'a str,
    /// Plural, with the group unless it is the core group.
    pub(crate) resource: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) namespace: Option<&'a str>,
}

impl ApiError {
    pub(crate) fn of(status: StatusCode, body: &[u8]) -> Self {
        if let Ok(parsed) = serde_json::from_slice::<Status>(body) {
            return Self::Status(parsed.with_code(status.as_u16()).boxed());
        }
        if is_html(body) {
            return Self::Unexpected(format!("an HTML page (HTTP {})", status.as_u16()));
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim().lines().next().unwrap_or_default();
        if text.contains("HTTP request to an HTTPS server") {
            return Self::Unreachable("it wants https, and the kubeconfig says http".to_owned());
        }
        Self::Status(Status::failure(text, "").with_code(status.as_u16()).boxed())
    }

    /// The arguments make no request.
    pub(crate) fn unaskable(error: &http::Error) -> Self {
        let problem = format!("this cannot be asked: {error}");
        let code = StatusCode::BAD_REQUEST.as_u16();
        Self::Status(Status::failure(&problem, "BadRequest").with_code(code).boxed())
    }

    /// The body of a good answer that cannot be read.
    pub(crate) fn unexpected(body: &[u8], error: &serde_json::Error) -> Self {
        if is_html(body) {
            return Self::Unexpected("an HTML page".to_owned());
        }
        Self::Unexpected(format!("something that cannot be read ({error})"))
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Status(status) if status.code == 404)
    }

    /// Whether the object is in another version by now than the request was for.
    pub(crate) fn is_stale(&self) -> bool {
        let Self::Status(status) = self else { return false };
        let causes = status.details.iter().flat_map(|it| &it.causes);
        // Fields that others manage are another conflict.
        status.code == 409 && status.reason == "Conflict" && causes.count() == 0
    }

    /// Whether there is one of that name already.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Status(status) if status.code == 409 && status.reason == "AlreadyExists")
    }

    /// Fields that others manage, as `(manager, field)`; none when that is not what it is about.
    pub(crate) fn field_conflicts(&self) -> Vec<(String, String)> {
        let Self::Status(status) = self else { return Vec::new() };
        let causes = status.details.iter().flat_map(|it| &it.causes);
        let conflicts = causes.filter(|it| it.reason == "FieldManagerConflict");
        // `conflict with "kubectl" using apps/v1`
        let manager = |it: &str| it.split('"').nth(1).unwrap_or("another manager").to_owned();
        conflicts.map(|it| (manager(&it.message), it.field.clone())).collect()
    }

    /// Whether a list cannot go on, since what it began with is no longer kept.
    pub(crate) fn is_expired(&self) -> bool {
        matches!(self, Self::Status(status) if status.code == 410)
    }

    /// Whether not only the object is missing, but its kind.
    pub(crate) fn is_unknown_kind(&self) -> bool {
        let named = |it: &Status| it.details.as_ref().is_some_and(|it| !it.name.is_empty());
        matches!(self, Self::Status(status) if status.code == 404 && !named(status))
    }

    /// Whether a right or a policy is missing, so that asking for less may be answered.
    pub(crate) fn is_forbidden(&self) -> bool {
        match self {
            Self::Status(status) => {
                status.code == 403 && !impersonation::is_refused_whatever_is_asked(status)
            }
            Self::Refused(_) => true,
            _ => false,
        }
    }

    /// Whether the same question may be answered for one namespace: the kind itself is not what is denied.
    pub(crate) fn is_about_scope(&self) -> bool {
        match self {
            Self::Status(_) => self.is_forbidden(),
            Self::Refused(refusal) => matches!(refusal, Refusal::AllNamespaces(_)),
            _ => false,
        }
    }

    /// Whether the API server answered that it has no answer: the server behind one of its APIs is down, say.
    pub(crate) fn is_backend_down(&self) -> bool {
        matches!(self, Self::Status(status) if status.code >= 500)
    }

    /// Whether what was asked for may have been done all the same.
    pub(crate) fn leaves_open(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status.code, 502 | 504),
            Self::Dropped | Self::Unexpected(_) => true,
            Self::Refused(_) | Self::Unreachable(_) => false,
        }
    }

    /// Whether the whole server is out of reach, so that asking for anything else is of no use.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Self::Status(status) => {
                status.code == 401 || impersonation::is_refused_whatever_is_asked(status)
            }
            Self::Dropped | Self::Unreachable(_) | Self::Unexpected(_) => true,
            Self::Refused(_) => false,
        }
    }

    pub(crate) fn explain(&self, asked: &Asked<'_>, identity: &Identity) -> ToolError {
        let Identity { context, server, proxy, .. } = identity;
        match self {
            Self::Status(error) => status::explain(error, asked, identity),
            Self::Refused(refusal) => ToolError::Refused(refusal.to_string()),
            Self::Dropped => ToolError::Unavailable(format!(
                "the API server of context {context} ({server}) closed the connection without an answer"
            )),
            Self::Unreachable(reason) => ToolError::Unavailable(format!(
                "the API server of context {context} ({server}) cannot be reached{}: {reason}",
                proxy.as_ref().map(|it| format!(" through the proxy {it}")).unwrap_or_default()
            )),
            Self::Unexpected(what) => ToolError::Unavailable(format!(
                "{server} (context {context}) answers with {what}: is it the API server, or a proxy's login page?"
            )),
        }
    }
}

impl From<kube::Error> for ApiError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::of(
                StatusCode::from_u16(status.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                &serde_json::to_vec(&*status).unwrap_or_default(),
            ),
            kube::Error::Service(source) => match source.downcast::<Refusal>() {
                Ok(refusal) => Self::Refused(*refusal),
                Err(source) => transport::explain(&*source),
            },
            other => transport::explain(&other),
        }
    }
}

impl Asked<'_> {
    /// `pods web in namespace shop`
    fn subject(&self) -> String {
        let mut text = self.resource.to_owned();
        if let Some(name) = self.name {
            text = format!("{text} {name}");
        }
        match self.namespace {
            Some(namespace) => format!("{text} in namespace {namespace}"),
            None => text,
        }
    }
}

fn is_html(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(body.get(..64).unwrap_or(body)).trim().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

#[cfg(test)]
mod tests;

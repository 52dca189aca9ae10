//! Requests in the name of whoever calls, so that the cluster's own RBAC decides.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use kube::config::AuthInfo;

use super::NoCluster;
use crate::{
    k8s::guard::USER,
    tool::{Caller, Session},
};

const GROUP: HeaderName = HeaderName::from_static("impersonate-group");
/// All headers of this kind: a user's number and what else is known of them as well.
const FAMILY: &str = "impersonate-";

const NOBODY: &str = "this server asks a cluster in the name of whoever calls (toolsets.kubernetes.identity: impersonate), and it is not known who you are: call over HTTP, with one of the bearer tokens of server.tokens";

/// In whose name a call may ask; nobody's for whom nobody has authenticated.
pub(super) fn caller_of(session: &Session) -> Result<Caller, NoCluster> {
    match session.caller.groups() {
        Some(_) => Ok(session.caller.person()),
        None => Err(NoCluster::NotAllowed(NOBODY.to_owned())),
    }
}

/// A user of a kubeconfig that is somebody else already: an API server takes one name, and which would count nobody could see.
pub(super) fn refuse_another(user: &AuthInfo) -> Result<(), String> {
    let AuthInfo {
        impersonate, impersonate_uid, impersonate_groups, impersonate_user_extra, ..
    } = user;
    let is_plain = impersonate.is_none()
        && impersonate_uid.is_none()
        && impersonate_groups.as_ref().is_none_or(Vec::is_empty)
        && impersonate_user_extra.as_ref().is_none_or(HashMap::is_empty);
    if is_plain {
        return Ok(());
    }
    let whom = impersonate.as_deref().unwrap_or("somebody");
    Err(format!(
        "its user impersonates {whom} (as), and this server would impersonate whoever calls (toolsets.kubernetes.identity: impersonate): take `as` out of the kubeconfig, or set identity: server"
    ))
}

/// The headers that name a caller.
#[derive(Clone)]
pub(super) struct Name {
    user: HeaderValue,
    groups: Vec<HeaderValue>,
}

impl Name {
    pub(super) fn of(caller: &Caller) -> Result<Self, NoCluster> {
        let groups = caller.groups().unwrap_or_default().iter();
        Ok(Self {
            user: value(&caller.name)?,
            groups: groups.map(|it| value(it)).collect::<Result<_, _>>()?,
        })
    }

    /// Puts the request in this name alone, whatever it said before.
    pub(super) fn sign<B>(&self, mut request: Request<B>) -> Request<B> {
        let headers = request.headers_mut();
        remove_names(headers);
        headers.insert(USER, self.user.clone());
        for group in &self.groups {
            headers.append(GROUP, group.clone());
        }
        request
    }
}

fn remove_names(headers: &mut HeaderMap) {
    let names: Vec<HeaderName> =
        headers.keys().filter(|it| it.as_str().starts_with(FAMILY)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// Names of other alphabets go as UTF-8, as kubectl sends them.
fn value(name: &str) -> Result<HeaderValue, NoCluster> {
    let is_plain = name.trim() == name && !name.is_empty() && !name.contains(char::is_control);
    let value = HeaderValue::from_bytes(name.as_bytes()).ok().filter(|_| is_plain);
    let told = || {
        format!(
            "nobody can be impersonated by the name or the group {name:?} of a token (server.tokens)"
        )
    };
    value.ok_or_else(|| NoCluster::NotAllowed(told()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &Name, request: http::request::Builder) -> Vec<String> {
        let request = name.sign(request.body(()).unwrap());
        let told = request.headers().iter();
        told.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn a_request_is_in_one_name_whatever_it_said_before() {
        let ann = Caller::authenticated("ann", &["team a".to_owned(), "team b".to_owned()]);
        let request = Request::get("/")
            .header("accept", "*/*")
            .header("Impersonate-User", "admin")
            .header("Impersonate-Group", "system:masters")
            .header("Impersonate-Uid", "0")
            .header("Impersonate-Extra-Scopes", "all");
        let mut told = headers(&Name::of(&ann).unwrap(), request);
        told.sort_unstable();
        let expected = [
            "accept: */*",
            "impersonate-group: team a",
            "impersonate-group: team b",
            "impersonate-user: ann",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_name_that_a_header_would_change_is_nobodys() {
        for name in ["", " ann", "ann\t", "a\r\nImpersonate-Group: system:masters", "a\u{85}"] {
            let group = Caller::authenticated("ann", &[name.to_owned()]);
            for caller in [Caller::authenticated(name, &[]), group] {
                assert!(Name::of(&caller).is_err(), "{name:?}");
            }
        }
        assert!(Name::of(&Caller::authenticated("j\u{f6}rg", &[])).is_ok());
    }

    #[test]
    fn only_whoever_has_shown_a_token_is_somebody() {
        let session = |caller| Session::of(caller);
        for name in ["local", "anonymous", "ann"] {
            assert!(caller_of(&session(Caller::named(name))).is_err(), "{name}");
            let known = Caller::authenticated(name, &[]);
            let mut with_client = known.clone();
            with_client.client = Some("claude 1".to_owned());
            assert_eq!(caller_of(&session(with_client)), Ok(known));
        }
    }
}

//! What an API server says when not the caller lacks a right, but the server that asks in the caller's name.

use kube::core::Status;

use crate::k8s::identity::Identity;

/// Of any form: `User "t" cannot impersonate resource "users" …`, `… cannot impersonate:user-info resource "users" …`,
/// `… cannot impersonate-on:user-info:list resource "pods" …`.
const ANY: &str = "\" cannot impersonate";
/// Of one thing that is asked: other things may be asked in the same name. Servers from 1.36 on also say so of the first thing
/// when nothing at all may be asked in that name.
const OF_ONE_THING: &str = "\" cannot impersonate-on:";

pub(super) fn is_refused(status: &Status) -> bool {
    status.code == 403 && status.message.contains(ANY)
}

/// Whether nothing else could be asked in that name either.
pub(super) fn is_refused_whatever_is_asked(status: &Status) -> bool {
    is_refused(status) && !status.message.contains(OF_ONE_THING)
}

/// Who needs which right, and the API server's own words, which tell whether it is the user or a group.
pub(super) fn explain(said: &str, identity: &Identity) -> String {
    let server = said.split_once("User \"").and_then(|it| it.1.split_once('"'));
    let server = server.map_or("this server", |it| it.0);
    let caller = identity.impersonated.as_ref();
    let groups = caller.and_then(|it| it.groups()).unwrap_or_default();
    let (whom, groups) = (caller.map_or("its callers", |it| &*it.name), groups.join(", "));
    let (in_groups, and_groups) = match groups.as_str() {
        "" => (String::new(), ""),
        groups => (format!(" in {groups}"), " and on these groups"),
    };
    format!(
        "{server} (context {}) may not ask in the name of {whom}{in_groups}: whoever runs this server has to grant it the verb impersonate on that user{and_groups} (RBAC; docs/operating.md). The API server says: {said}",
        identity.context
    )
}

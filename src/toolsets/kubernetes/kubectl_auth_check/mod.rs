//! `kubectl_auth_check`: may I, or may somebody else, and what grants it; or all that I may.

mod question;
mod review;
mod rights;

use schemars::JsonSchema;
use serde::Deserialize;

use self::question::Question;
use super::{clients::Clients, cluster::Cluster, guard::Refusal, problems::Problems, targets};
use crate::{
    output::Document,
    tool::{Effect, Session, Tool, ToolError},
};

/// May I, a service account or a user do this, and which binding grants it; without verb: all that I may do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlAuthCheck {
    /// get, list, create, delete, …
    verb: Option<String>,
    /// pods, deploy/web, pods/exec or a path like /metrics
    resource: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// In every namespace
    all_namespaces: Option<bool>,
    /// Who, if not me: sa/web or a user
    #[serde(rename = "as")]
    subject: Option<String>,
    /// Groups of that user
    groups: Option<Vec<String>>,
    /// Kubeconfig context
    context: Option<String>,
}

const MOST_GROUPS: usize = 100;

impl Tool for KubectlAuthCheck {
    const NAME: &'static str = "kubectl_auth_check";
    const TITLE: &'static str = "Check rights";
    const EFFECT: Effect = Effect::Read;

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        self.check()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        cluster.before(session.deadline(), self.answer(&cluster)).await
    }
}

impl KubectlAuthCheck {
    fn check(&self) -> Result<(), ToolError> {
        let rules = [
            (
                self.verb.is_some() != self.resource.is_some(),
                "`verb` and `resource` belong together; leave out both for all that you may do",
            ),
            (
                self.verb.is_none() && self.subject.is_some(),
                "`as` needs `verb` and `resource`: an API server lists rights for whoever asks only",
            ),
            (
                self.groups.as_ref().is_some_and(|it| it.len() > MOST_GROUPS),
                "`groups`: more than 100 are no longer a choice",
            ),
            (
                self.groups.is_some() && self.subject.is_none(),
                "`groups` belong to a user: give `as`",
            ),
            (
                self.namespace.is_some() && self.all_namespaces == Some(true),
                "`namespace` and `all_namespaces` exclude each other",
            ),
            (
                self.verb.is_none() && self.all_namespaces == Some(true),
                "rights are listed for one namespace at a time: give `namespace`",
            ),
        ];
        let mut problems = Problems::default();
        for (is_broken, told) in rules {
            problems.unless(!is_broken, told);
        }
        problems.names(self.namespace.as_deref(), None);
        problems.none()
    }

    async fn answer(&self, cluster: &Cluster) -> Result<Document, ToolError> {
        let all = self.all_namespaces == Some(true);
        let scope = targets::scope(cluster, self.namespace.as_deref(), all);
        let own = cluster.identity.namespace.as_str();
        let namespace = scope.namespace().unwrap_or(own);
        if scope.namespace().is_some_and(|it| !cluster.guard().allows_namespace(it)) {
            // What binds whom there is not for those who may not look there.
            return Err(ToolError::Refused(Refusal::Namespace(namespace.to_owned()).to_string()));
        }
        match (&self.verb, &self.resource) {
            (Some(verb), Some(resource)) => {
                let question = Question::read(cluster, verb, resource, scope.namespace()).await?;
                let document = review::access(cluster, &question, self.subject(namespace)).await?;
                Ok(match question.denied_by(cluster.guard()) {
                    Some(refusal) => {
                        document.note(format!("but not through this server: {refusal}"))
                    }
                    None => document,
                })
            }
            _ => rights::all(cluster, namespace).await,
        }
    }

    /// The user to ask for, and their groups.
    fn subject(&self, namespace: &str) -> Option<(String, Vec<String>)> {
        let subject = self.subject.as_deref()?;
        let mut groups = self.groups.clone().unwrap_or_default();
        let account = service_account(subject, namespace);
        let user = account.as_ref().map_or_else(
            || subject.to_owned(),
            |(namespace, name)| format!("system:serviceaccount:{namespace}:{name}"),
        );
        if let Some((namespace, _)) = account {
            groups.push("system:serviceaccounts".to_owned());
            groups.push(format!("system:serviceaccounts:{namespace}"));
        }
        let known = if user == "system:anonymous" { "unauthenticated" } else { "authenticated" };
        groups.push(format!("system:{known}"));
        Some((user, groups))
    }
}

/// Namespace and name in `sa/web`, `serviceaccount/web`, `shop/web` and `system:serviceaccount:shop:web`.
fn service_account(subject: &str, namespace: &str) -> Option<(String, String)> {
    if let Some(full) = subject.strip_prefix("system:serviceaccount:") {
        let (namespace, name) = full.split_once(':')?;
        return Some((namespace.to_owned(), name.to_owned()));
    }
    // Users of identity providers have slashes in their names, too.
    let (kind, name) = subject.split_once('/').filter(|it| is_label(it.0) && is_label(it.1))?;
    let is_kind =
        ["sa", "serviceaccount", "serviceaccounts"].iter().any(|it| kind.eq_ignore_ascii_case(it));
    let namespace = if is_kind { namespace } else { kind };
    Some((namespace.to_owned(), name.to_owned()))
}

/// As names of namespaces and service accounts are.
fn is_label(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.');
    !text.is_empty() && text.len() <= 253 && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_known_in_every_form_and_has_its_groups() {
        for form in ["sa/web", "ServiceAccount/web", "shop/web", "system:serviceaccount:shop:web"] {
            let check = KubectlAuthCheck { subject: Some(form.to_owned()), ..Default::default() };
            let (user, groups) = check.subject("shop").unwrap();
            assert_eq!(user, "system:serviceaccount:shop:web", "{form}");
            let expected =
                ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"];
            assert_eq!(groups, expected, "{form}");
        }
        for (user, group) in [
            ("jane", "system:authenticated"),
            ("https://accounts.example/realm#jane", "system:authenticated"),
            ("arn:aws:iam::1:role/admin", "system:authenticated"),
            ("system:anonymous", "system:unauthenticated"),
        ] {
            let check = KubectlAuthCheck { subject: Some(user.to_owned()), ..Default::default() };
            assert_eq!(check.subject("shop"), Some((user.to_owned(), vec![group.to_owned()])));
        }
    }
}

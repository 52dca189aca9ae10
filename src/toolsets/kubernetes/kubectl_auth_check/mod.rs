//! `kubectl_auth_check`: may I, or may somebody else, and what grants it; or all that I may.

mod question;
mod review;
mod rights;
mod who;

use schemars::JsonSchema;
use serde::Deserialize;

use self::{question::Question, who::Who};
use super::{admitted, clients::Clients, cluster::Cluster, problems::Problems, targets};
use crate::{
    output::Document,
    tool::{Session, Tool, ToolError},
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
        // What binds whom there is not for those who may not look there.
        scope.namespace().map_or(Ok(()), |it| admitted::namespace(cluster, it))?;
        match (&self.verb, &self.resource) {
            (Some(verb), Some(resource)) => {
                let question = Question::read(cluster, verb, resource, scope.namespace()).await?;
                let who = self.who(namespace);
                let document = review::access(cluster, &question, who.as_ref()).await?;
                let refusal = question.denied_by(cluster.guard());
                let refusal = refusal.map(|it| format!("but not through this server: {it}"));
                let stranger = match &who {
                    Some(who) => who.is_missing(cluster).await,
                    None => None,
                };
                let doubts = [refusal, stranger, question.slip()];
                Ok(doubts.into_iter().flatten().fold(document, Document::note))
            }
            _ => rights::all(cluster, namespace).await,
        }
    }

    fn who(&self, namespace: &str) -> Option<Who> {
        let groups = self.groups.clone().unwrap_or_default();
        self.subject.as_deref().map(|it| Who::read(it, groups, namespace))
    }
}

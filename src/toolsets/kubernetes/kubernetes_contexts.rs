//! `kubernetes_contexts`: which clusters there are to look at, and which of them answer.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{clients::Clients, identity::Identity, kubectl_version};
use crate::{
    output::{Document, Table},
    tool::{Session, Tool, ToolError},
};

/// What one context may take to answer: connecting, and a credential plugin before that.
const LIMIT: Duration = Duration::from_secs(3);
/// Each may start a credential plugin of its own.
const AT_ONCE: usize = 8;
/// More are named, and not asked.
const MOST_ASKED: usize = 40;

/// Contexts of the kubeconfig: server, user, namespace, and whether it answers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubernetesContexts {}

/// What is known of one context.
struct Row {
    context: String,
    identity: Option<Identity>,
    state: String,
}

impl Tool for KubernetesContexts {
    const NAME: &'static str = "kubernetes_contexts";
    const TITLE: &'static str = "Contexts";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        clients.impersonated(session)?;
        let (contexts, default) = clients.contexts()?;
        if contexts.is_empty() {
            return Ok(
                Document::new().note("no context may be used (toolsets.kubernetes.contexts)")
            );
        }
        let asked = contexts.iter().take(MOST_ASKED);
        let asked: Vec<_> = asked.map(|it| ask(clients, it, session)).collect();
        let mut rows: Vec<Row> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let rest = contexts.into_iter().skip(MOST_ASKED);
        rows.extend(rest.map(|it| Row { context: it, identity: None, state: "not asked".into() }));
        let document = Document::new().table(table(rows));
        Ok(match default {
            Some(default) => document.note(format!("default: {default}")),
            None => document.note("no default: name one as `context`"),
        })
    }
}

async fn ask(clients: &Clients, context: &str, session: &Session) -> Row {
    let limit = Instant::now() + LIMIT;
    if session.deadline().is_some_and(|it| it < limit) {
        let state = "not asked: no time was left".to_owned();
        return Row { context: context.to_owned(), identity: None, state };
    }
    let session = session.until(limit);
    let cluster = match clients.cluster(Some(context), &session).await {
        Ok(cluster) => cluster,
        Err(error) => {
            return Row { context: context.to_owned(), identity: None, state: error.to_string() };
        }
    };
    let state = match kubectl_version::ask(&cluster, &session).await {
        Ok(version) => format!("ready {}", version.git_version),
        Err(error) => error.to_string(),
    };
    Row { context: context.to_owned(), identity: Some(cluster.identity.clone()), state }
}

fn table(rows: Vec<Row>) -> Table {
    let cells = rows.into_iter().map(|Row { context, identity, state }| {
        let known = identity.map(|it| {
            let user = it.who().unwrap_or_default();
            [it.server, user, it.namespace]
        });
        let [server, user, namespace] = known.unwrap_or_default();
        vec![context, server, user, namespace, state]
    });
    let columns = ["CONTEXT", "SERVER", "USER", "NAMESPACE", "STATE"].map(str::to_owned);
    Table::new(columns.to_vec(), cells.collect())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::toolsets::kubernetes::world::{ApiServer, World};

    /// Three contexts: one that answers, one whose port is closed, one whose plugin is not there.
    fn kubeconfig(url: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: shop\n\
             clusters: [{{name: c, cluster: {{server: '{url}'}}}}, {{name: d, cluster: {{server: 'http://127.0.0.1:1'}}}}]\n\
             users: [{{name: jane, user: {{token: s3cr3t-token}}}}, {{name: joe, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: /no/such/plugin, interactiveMode: Never}}}}}}]\n\
             contexts:\n\
             - {{name: shop, context: {{cluster: c, user: jane, namespace: shop}}}}\n\
             - {{name: bank, context: {{cluster: d, user: jane}}}}\n\
             - {{name: mint, context: {{cluster: c, user: joe}}}}\n"
        )
    }

    #[tokio::test]
    async fn each_context_says_whether_it_answers_and_none_shows_a_credential() {
        let world = World::new(ApiServer::default()).await;
        world.write("config", &kubeconfig(&world.url));
        let answer = world.call("kubernetes_contexts", json!({})).await;
        expect![[r"
            CONTEXT	SERVER	USER	NAMESPACE	STATE
            shop	URL	jane	shop	ready v1.36.3
            bank	http://127.0.0.1:1	jane	default	unavailable: the API server of context bank (http://127.0.0.1:1) cannot be reached: connection refused; is it running?
            mint				unavailable: context mint: the credential plugin `/no/such/plugin` cannot be started: No such file or directory (os error 2)
            default: shop"]].assert_eq(&answer.replace(&world.url, "URL"));
    }

    #[tokio::test]
    async fn a_context_that_may_not_be_used_is_not_named() {
        let world = World::new(ApiServer::default()).await;
        world.write("config", &kubeconfig(&world.url));
        let mut settings = world.settings();
        settings.contexts = vec!["b*".to_owned()];
        let answer = world.call_with(settings, "kubernetes_contexts", json!({})).await;
        assert!(answer.contains("bank") && !answer.contains("shop"), "{answer}");
    }
}

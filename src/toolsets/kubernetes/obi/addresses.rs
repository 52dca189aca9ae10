//! `obi-k8s://…`: the OBI of the default context by address, and heard of when it changes.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use tokio::time::{Duration, Instant, sleep};

use super::seen::{CONTAINER, Config, Fleet, Sets, labels};
use crate::{
    output::{Answer, Part},
    resource::{BoundResource, Resource, ResourceDefinition, Updates, Variables},
    tool::{Arguments, BoundTool, Caller, Definition, Session, ToolError},
    toolsets::kubernetes::{
        addresses::log_updates,
        clients::Clients,
        observer::{News, Observed, Observer},
    },
};

/// Where watching is forbidden, and before it is begun anew after what asking again alone does not mend.
const POLL: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(30);

/// Pods whose logs are followed: each is a connection of its own.
const MOST_FOLLOWED: usize = 16;

/// By the tools that they call; there is none without its tool.
pub(in crate::toolsets::kubernetes) fn all(
    tools: &[BoundTool],
    clients: &Arc<Clients>,
) -> Vec<BoundResource> {
    let address = |what: What| {
        let tool = tools.iter().find(|it| it.definition().name == what.tool())?.clone();
        Some(BoundResource::new(Address { what, tool, clients: Arc::clone(clients) }))
    };
    [What::Config, What::Status, What::Logs].into_iter().filter_map(address).collect()
}

struct Address {
    what: What,
    tool: BoundTool,
    clients: Arc<Clients>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Config,
    Status,
    Logs,
}

impl What {
    fn uri(self) -> &'static str {
        match self {
            Self::Config => "obi-k8s://config/current",
            Self::Status => "obi-k8s://status/cluster",
            Self::Logs => "obi-k8s://logs/recent",
        }
    }

    fn mime_type(self) -> &'static str {
        if self == Self::Config { "application/yaml" } else { "text/plain" }
    }

    /// The configuration is read, too, when the status is told.
    fn tool(self) -> &'static str {
        match self {
            Self::Config | Self::Status => "obi_k8s_status",
            Self::Logs => "obi_k8s_logs",
        }
    }

    /// The kind that tells of its changes.
    fn kind(self) -> &'static str {
        if self == Self::Config { "configmaps.v1." } else { "daemonsets.apps" }
    }
}

#[async_trait]
impl Resource for Address {
    fn definition(&self) -> ResourceDefinition {
        let (name, title, description) = match self.what {
            What::Config => (
                "obi-k8s-config",
                "OBI's configuration in the cluster",
                "What OBI in the cluster runs with, as YAML.",
            ),
            What::Status => (
                "obi-k8s-status",
                "OBI's state in the cluster",
                "How OBI in the cluster is, where it is not, and why.",
            ),
            What::Logs => (
                "obi-k8s-logs",
                "OBI's logs in the cluster",
                "What OBI of all nodes said last, known problems first.",
            ),
        };
        ResourceDefinition {
            uri: self.what.uri().to_owned(),
            name: name.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            mime_type: self.what.mime_type().to_owned(),
        }
    }

    fn tools(&self) -> Vec<&Definition> {
        vec![self.tool.definition()]
    }

    async fn read(&self, _: &Variables, session: &Session) -> Result<Answer, ToolError> {
        if self.what != What::Config {
            return self.tool.look(&Arguments::new(), session).await;
        }
        let cluster = self.clients.cluster(None, session).await?;
        let reading = async {
            let sets = Sets::read(&cluster, None).await?;
            let Some(set) = &sets.own else { return Err(sets.nothing(&cluster)) };
            Ok(Config::read(&cluster, &sets.namespace, Some(set)).await)
        };
        let Config { text, note, .. } = cluster.before(session.deadline(), reading).await?;
        let text = text.ok_or_else(|| ToolError::Unavailable(note.unwrap_or_default()))?;
        let part = Part::resource(self.what.uri(), self.what.mime_type(), text);
        Ok(Answer::Media(vec![part]))
    }

    async fn updates(&self, _: &Variables, session: &Session) -> Result<Updates, ToolError> {
        let clients = Arc::clone(&self.clients);
        let observer = begin(&clients, self.what, session).await?;
        let (what, caller) = (self.what, session.caller.clone());
        let listener = Listener { clients, caller, what, observer: Some(observer) };
        let changes = stream::unfold(listener, next_change).boxed();
        if self.what != What::Logs {
            return Ok(changes);
        }
        let lines = self.lines(session).await?;
        Ok(stream::select(changes, lines).boxed())
    }
}

impl Address {
    /// Of those pods that are there now.
    async fn lines(&self, session: &Session) -> Result<Updates, ToolError> {
        let cluster = self.clients.cluster(None, session).await?;
        let looking = Box::pin(Fleet::of(&cluster, None));
        let fleet = cluster.before(session.deadline(), looking).await?;
        let mut all = Vec::new();
        for pod in fleet.pods.iter().filter(|it| it.since.is_some()).take(MOST_FOLLOWED) {
            let variables = [("namespace", &fleet.namespace), ("pod", &pod.name)];
            let mut variables: Variables =
                variables.map(|(name, it)| (name.to_owned(), it.clone())).into();
            variables.insert("container".to_owned(), CONTAINER.to_owned());
            // One that is gone by now is as good as none.
            all.extend(log_updates(Arc::clone(&self.clients), &variables, session).await.ok());
        }
        // With nothing to hear it must not end: there is the deployment to hear of.
        all.push(stream::pending().boxed());
        Ok(stream::select_all(all).boxed())
    }
}

/// Whoever listens, for as long as they do.
struct Listener {
    clients: Arc<Clients>,
    caller: Caller,
    what: What,
    observer: Option<Observer>,
}

/// An observer that has read how it is now: of all namespaces, or where that is not allowed of the usual one.
async fn begin(clients: &Clients, what: What, session: &Session) -> Result<Observer, ToolError> {
    let cluster = clients.cluster(None, session).await?;
    let beginning = async {
        let resource = cluster.resource(what.kind()).await?;
        let observer = |namespace: Option<String>| {
            Observer::new(Observed {
                cluster: Arc::clone(&cluster),
                resource: Arc::clone(&resource),
                namespace,
                name: None,
                labels: Some(labels()),
            })
            .polling_every(POLL)
        };
        let mut everywhere = observer(None);
        match everywhere.next().await {
            Ok(_) => Ok(everywhere),
            Err(ToolError::Refused(_)) => {
                let sets = Sets::read(&cluster, None).await?;
                let mut here = observer(Some(sets.namespace));
                here.next().await?;
                Ok(here)
            }
            Err(error) => Err(error),
        }
    };
    cluster.before(session.deadline(), beginning).await
}

async fn next_change(mut listener: Listener) -> Option<((), Listener)> {
    while !listener.hears().await {}
    Some(((), listener))
}

impl Listener {
    /// Whether there is something to tell: a change, or that it can, or can no longer, be seen.
    async fn hears(&mut self) -> bool {
        let Some(observer) = &mut self.observer else {
            sleep(PAUSE).await;
            let session = Session::of(self.caller.clone());
            let session = session.until((Instant::now() + PAUSE).into_std());
            self.observer = begin(&self.clients, self.what, &session).await.ok();
            return self.observer.is_some();
        };
        match observer.next().await {
            Ok(News::State(state)) => observer.what().may_be_told(state.as_ref()),
            Ok(News::Quiet | News::Unreachable(_)) => false,
            Err(_) => {
                self.observer = None;
                true
            }
        }
    }
}

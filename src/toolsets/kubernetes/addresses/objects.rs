//! Hearing of every change of an object, or of any namespace.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::variable;
use crate::{
    resource::{Updates, Variables},
    tool::{Caller, Session, ToolError},
    toolsets::kubernetes::{
        clients::Clients,
        missing::missing,
        observer::{News, Observed, Observer},
        problems::Problems,
        targets::{self, Target},
    },
};

/// Where watching is forbidden. A watch would cost nothing while nothing happens; this does.
const POLL: Duration = Duration::from_secs(10);
/// Before it is begun anew after what asking again alone does not mend, such as credentials that have expired.
const PAUSE: Duration = Duration::from_secs(30);

/// Whoever listens, for as long as they do.
struct Listener {
    clients: Arc<Clients>,
    caller: Caller,
    variables: Variables,
    observer: Option<Observer>,
}

pub(super) async fn updates(
    clients: Arc<Clients>,
    variables: &Variables,
    session: &Session,
) -> Result<Updates, ToolError> {
    let (observer, first) = begin(&clients, variables, session).await?;
    if let (News::State(None), Some(name)) = (first, variable(variables, "name")) {
        return Err(missing(&observer.what().listing(), name).await);
    }
    let (variables, caller) = (variables.clone(), session.caller.clone());
    let listener = Listener { clients, caller, variables, observer: Some(observer) };
    Ok(stream::unfold(listener, next_change).boxed())
}

/// An observer that has read how it is now.
async fn begin(
    clients: &Clients,
    variables: &Variables,
    session: &Session,
) -> Result<(Observer, News), ToolError> {
    let kind = variable(variables, "kind").unwrap_or("namespaces");
    let (namespace, name) = (variable(variables, "namespace"), variable(variables, "name"));
    let mut problems = Problems::default();
    problems.names(namespace, name);
    problems.none()?;
    let cluster = clients.cluster(variable(variables, "context"), session).await?;
    let finding = targets::resolve(&cluster, kind, name);
    let targets = cluster.before(session.deadline(), finding).await?;
    let [Target { resource, names }] = targets.as_slice() else { return Err(one_object()) };
    let scope = targets::scope(&cluster, namespace, false);
    if names.len() != usize::from(name.is_some()) || scope.namespace().is_none() {
        return Err(one_object());
    }
    let mut observer = Observer::new(Observed {
        cluster: Arc::clone(&cluster),
        namespace: scope.namespace().filter(|_| resource.namespaced).map(str::to_owned),
        resource: Arc::clone(resource),
        name: names.first().cloned(),
        labels: None,
    })
    .polling_every(POLL);
    let first = cluster.before(session.deadline(), observer.next()).await?;
    Ok((observer, first))
}

async fn next_change(mut listener: Listener) -> Option<((), Listener)> {
    while !listener.hears().await {}
    Some(((), listener))
}

impl Listener {
    /// Whether there is something to tell: a change, or that it can, or can no longer, be read.
    async fn hears(&mut self) -> bool {
        let Some(observer) = &mut self.observer else {
            sleep(PAUSE).await;
            let session = Session::of(self.caller.clone());
            let session = session.until((Instant::now() + PAUSE).into_std());
            let begun = begin(&self.clients, &self.variables, &session).await;
            self.observer = begun.ok().map(|it| it.0);
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

fn one_object() -> ToolError {
    ToolError::invalid("an address is that of one object: k8s://CONTEXT/pods/NAMESPACE/NAME")
}

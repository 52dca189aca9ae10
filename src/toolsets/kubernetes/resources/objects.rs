//! Hearing of every change of an object, or of any namespace.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};

use crate::{
    resource::Updates,
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        cluster::Cluster,
        missing::missing,
        observer::{News, Observed, Observer},
        problems::Problems,
        targets::{self, Target},
    },
};

/// Where watching is forbidden. A watch would cost nothing while nothing happens; this does.
const POLL: Duration = Duration::from_secs(10);

pub(super) async fn updates<'a>(
    cluster: Arc<Cluster>,
    variable: &(impl Fn(&str) -> Option<&'a str> + Sync),
    session: &Session,
) -> Result<Updates, ToolError> {
    let kind = variable("kind").unwrap_or("namespaces");
    let (namespace, name) = (variable("namespace"), variable("name"));
    let mut problems = Problems::default();
    problems.names(namespace, name);
    problems.none()?;
    let finding = targets::resolve(&cluster, kind, name);
    let targets = cluster.before(session.deadline(), finding).await?;
    let [Target { resource, names }] = targets.as_slice() else { return Err(one_object()) };
    if names.len() != usize::from(name.is_some()) {
        return Err(one_object());
    }
    let own = cluster.identity.namespace.clone();
    let namespace = namespace.map_or(own, str::to_owned);
    let mut observer = Observer::new(Observed {
        cluster: Arc::clone(&cluster),
        namespace: Some(namespace).filter(|_| resource.namespaced),
        resource: Arc::clone(resource),
        name: names.first().cloned(),
    })
    .polling_every(POLL);
    let first = cluster.before(session.deadline(), observer.next()).await?;
    if let (News::State(None), Some(name)) = (first, name) {
        return Err(missing(&observer.what().listing(), name).await);
    }
    Ok(stream::unfold(observer, next_change).boxed())
}

async fn next_change(mut observer: Observer) -> Option<((), Observer)> {
    loop {
        match observer.next().await.ok()? {
            News::State(state) if observer.what().may_be_told(state.as_ref()) => {
                return Some(((), observer));
            }
            News::State(_) | News::Quiet | News::Unreachable(_) => {}
        }
    }
}

fn one_object() -> ToolError {
    ToolError::invalid("an address is that of one object: k8s://CONTEXT/pods/NAMESPACE/NAME")
}

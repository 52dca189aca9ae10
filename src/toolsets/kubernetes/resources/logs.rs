//! Hearing of every new line in the logs of a pod.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures::{AsyncBufRead, AsyncBufReadExt, StreamExt, stream};
use kube::{api::LogParams, core::Request};
use tokio::time::{Instant, sleep};

use crate::{
    resource::Updates,
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        cluster::Cluster,
        error::ApiError,
        kubectl_logs::{Container, KubectlLogs},
    },
};

/// Before a log that ended is opened again: its container may have been restarted, or not have started yet.
const PAUSE: Duration = Duration::from_secs(5);

type Log = Pin<Box<dyn AsyncBufRead + Send>>;

/// The log of one container, from now on.
struct Follower {
    cluster: Arc<Cluster>,
    container: Container,
    log: Option<Log>,
    /// What was written since then is news.
    since: Instant,
    has_ended: bool,
}

pub(super) async fn updates<'a>(
    cluster: Arc<Cluster>,
    variable: &(impl Fn(&str) -> Option<&'a str> + Sync),
    session: &Session,
) -> Result<Updates, ToolError> {
    let (pod, container) = (variable("pod").unwrap_or_default(), variable("container"));
    let call = KubectlLogs::of_pod(pod, variable("namespace"), container);
    let containers = cluster.before(session.deadline(), call.sources(&cluster)).await?;
    let follow = |container| {
        let cluster = Arc::clone(&cluster);
        let since = Instant::now();
        let follower = Follower { cluster, container, log: None, since, has_ended: false };
        stream::unfold(follower, next_lines).boxed()
    };
    Ok(stream::select_all(containers.into_iter().map(follow)).boxed())
}

/// Something new in the log.
async fn next_lines(mut follower: Follower) -> Option<((), Follower)> {
    loop {
        let Some(log) = &mut follower.log else {
            if follower.has_ended {
                sleep(PAUSE).await;
            }
            follower.has_ended = true;
            match open(&follower.cluster, &follower.container, follower.since).await {
                Ok(log) => follower.log = Some(log),
                Err(error) if error.is_not_found() || error.is_forbidden() => return None,
                Err(_) => {}
            }
            continue;
        };
        match log.fill_buf().await.map(<[u8]>::len) {
            Ok(length) if length > 0 => {
                log.consume_unpin(length);
                follower.since = Instant::now();
                return Some(((), follower));
            }
            _ => follower.log = None,
        }
    }
}

/// A kubelet answers when there is a first line.
async fn open(cluster: &Cluster, container: &Container, since: Instant) -> Result<Log, ApiError> {
    let Container { namespace, pod, name } = container;
    let from_now = LogParams {
        container: Some(name.clone()),
        follow: true,
        // Not a time: the clock of the node may be another than ours.
        since_seconds: i64::try_from(since.elapsed().as_secs() + 1).ok(),
        ..LogParams::default()
    };
    let request = Request::new(format!("/api/v1/namespaces/{namespace}/pods"));
    let request =
        request.logs(pod, &from_now).map_err(|it| ApiError::Unexpected(it.to_string()))?;
    let log = cluster.client().request_stream(request).await;
    Ok(Box::pin(log.map_err(ApiError::from)?))
}

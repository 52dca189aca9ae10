//! Hearing of every new line in the logs of a pod.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures::{AsyncBufRead, AsyncBufReadExt, StreamExt, stream};
use kube::{api::LogParams, core::Request};
use tokio::time::{Instant, sleep, timeout};

use super::variable;
use crate::{
    resource::{Updates, Variables},
    tool::{Caller, Session, ToolError},
    toolsets::kubernetes::{
        clients::Clients,
        kubectl_logs::{Container, KubectlLogs},
    },
};

/// Before a log that ended is opened again: its container may have been restarted, or not have started yet, and a pod of a
/// `StatefulSet` may come back under its name. Longer each time that nothing comes.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A log that is silent for so long is opened again: its connection may be gone, which nothing else would tell.
const SILENCE: Duration = Duration::from_mins(4);

type Log = Pin<Box<dyn AsyncBufRead + Send>>;

/// The log of one container, from now on.
struct Follower {
    clients: Arc<Clients>,
    caller: Caller,
    context: Option<String>,
    container: Container,
    log: Option<Log>,
    /// What was written since then is news.
    since: Instant,
    pause: Duration,
}

pub(in crate::toolsets::kubernetes) async fn updates(
    clients: Arc<Clients>,
    variables: &Variables,
    session: &Session,
) -> Result<Updates, ToolError> {
    let given = |name: &str| variable(variables, name);
    let since = Instant::now();
    let cluster = clients.cluster(given("context"), session).await?;
    let pod = given("pod").unwrap_or_default();
    let call = KubectlLogs::of_pod(pod, given("namespace"), given("container"));
    let containers = cluster.before(session.deadline(), call.sources(&cluster)).await?;
    let follow = |container| {
        let (clients, context) = (Arc::clone(&clients), given("context").map(str::to_owned));
        let (caller, pause) = (session.caller.clone(), PAUSE);
        let follower = Follower { clients, caller, context, container, log: None, since, pause };
        stream::unfold(follower, next_lines).boxed()
    };
    Ok(stream::select_all(containers.into_iter().map(follow)).boxed())
}

async fn next_lines(mut follower: Follower) -> Option<((), Follower)> {
    while !follower.hears().await {
        sleep(follower.pause).await;
        follower.pause = (follower.pause * 2).min(LONGEST_PAUSE);
    }
    follower.pause = PAUSE;
    Some(((), follower))
}

impl Follower {
    /// Whether there are new lines; without them the log has ended, or cannot be opened.
    async fn hears(&mut self) -> bool {
        if self.log.is_none() {
            self.log = timeout(SILENCE, self.open()).await.ok().flatten();
        }
        let Some(log) = &mut self.log else { return false };
        let length = match timeout(SILENCE, log.fill_buf()).await {
            Ok(Ok(bytes)) => bytes.len(),
            Ok(Err(_)) | Err(_) => 0,
        };
        log.consume_unpin(length);
        if length == 0 {
            self.log = None;
            return false;
        }
        self.since = Instant::now();
        true
    }

    /// None when it cannot be opened. A kubelet answers when there is a first line.
    fn open(&self) -> impl Future<Output = Option<Log>> + Send + use<> {
        let (clients, context) = (Arc::clone(&self.clients), self.context.clone());
        let session = Session::of(self.caller.clone());
        let Container { namespace, pod, name } = &self.container;
        let from_now = LogParams {
            container: Some(name.clone()),
            follow: true,
            // Not a time: the clock of the node may be another than ours.
            since_seconds: i64::try_from(self.since.elapsed().as_secs() + 1).ok(),
            ..LogParams::default()
        };
        let request = Request::new(format!("/api/v1/namespaces/{namespace}/pods"));
        let request = request.logs(pod, &from_now);
        async move {
            // Asked for every time, because credentials end.
            let cluster = clients.cluster(context.as_deref(), &session).await.ok()?;
            let log = cluster.client().request_stream(request.ok()?).await.ok()?;
            Some(Box::pin(log) as Log)
        }
    }
}

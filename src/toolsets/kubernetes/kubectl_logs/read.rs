//! Reading the logs: so many at once, line by line, until their end or the end of the call's time.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures::{AsyncBufRead, AsyncBufReadExt, StreamExt, stream};
use kube::{api::LogParams, core::Request};
use tokio::time::{sleep, timeout, timeout_at};

use super::{
    plan::{Plan, Stream},
    pods::Meta,
    query::Query,
    records::Splitter,
    sieve::{Room, Sieve, Sifted},
};
use crate::{
    tool::Session,
    toolsets::kubernetes::{cluster::Cluster, error::ApiError, time},
};

/// Logs read at once.
const PARALLEL: usize = 16;
/// What is left for saying what was found.
const MARGIN: Duration = Duration::from_secs(1);
/// A kubelet that has not begun to answer in this part of the time is taken for silent.
const OPENING: u32 = 3;
/// For a call whose time nobody limits.
const LONGEST: Duration = Duration::from_mins(1);
/// Lines of an answer, where nobody says how many.
pub(super) const USUAL_LINES: usize = 200;
/// Bytes of all lines that are kept; more than any answer holds.
const BYTES: usize = 2 * 1024 * 1024;
/// A secret that began so many lines before those that are shown is still recognised.
const BEFORE: usize = 60;
/// Lines looked at for those that are asked for: of all logs, and of one.
const LOOKED_AT: usize = 200_000;
const LOOKED_AT_OF_ONE: std::ops::RangeInclusive<usize> = 2_000..=20_000;
/// How often it is told how far the reading is, at most.
const TOLD: usize = 10;
/// How often a server that is only busy is asked again.
const BUSY_RETRIES: u32 = 3;

pub(super) struct Reader<'a> {
    cluster: &'a Cluster,
    query: &'a Query,
    session: &'a Session,
    streams: &'a [Stream<'a>],
    deadline: Instant,
    /// How long a log may take to begin.
    opening: Duration,
    room: Room,
}

/// What came of one log.
pub(super) struct Read {
    pub(super) sifted: Sifted,
    pub(super) end: End,
    /// Only so many of its last lines were asked for.
    pub(super) asked: Option<usize>,
    /// The most lines that could be kept.
    pub(super) room: usize,
    /// How many were.
    pub(super) kept: usize,
}

pub(super) enum End {
    Whole,
    /// The call's time was over.
    Late,
    /// The kubelet did not begin to answer.
    Silent,
    Failed(ApiError),
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        cluster: &'a Cluster,
        query: &'a Query,
        plan: &'a Plan<'a>,
        session: &'a Session,
    ) -> Self {
        let deadline = session.deadline().unwrap_or_else(|| Instant::now() + LONGEST);
        let deadline = deadline.checked_sub(MARGIN).unwrap_or(deadline);
        let streams = plan.streams.as_slice();
        let opening = deadline.saturating_duration_since(Instant::now()) / OPENING;
        let room = room(query, streams.len());
        Self { cluster, query, session, streams, deadline, opening, room }
    }

    /// In the order of the streams.
    pub(super) async fn all(&self) -> Vec<Read> {
        let numbered = self.streams.iter().enumerate();
        let reads: Vec<_> =
            numbered.map(|(number, it)| async move { (number, self.one(*it).await) }).collect();
        let mut reading = stream::iter(reads).buffer_unordered(PARALLEL);
        let mut reads = Vec::with_capacity(self.streams.len());
        while let Some(read) = reading.next().await {
            reads.push(read);
            self.tell(reads.len()).await;
        }
        reads.sort_by_key(|it| it.0);
        reads.into_iter().map(|it| it.1).collect()
    }

    /// Whoever waits for many logs hears of every tenth part; a few come before anybody could wonder.
    async fn tell(&self, done: usize) {
        let all = self.streams.len();
        if done < all && done.is_multiple_of(all.div_ceil(TOLD).max(PARALLEL)) {
            let message = format!("{done} of {all} logs read");
            self.session.progress(count(done), Some(count(all)), &message).await;
        }
    }

    async fn one(&self, stream: Stream<'_>) -> Read {
        let mut sieve = Sieve::new(&self.query.wanted, self.cluster.redactor(), self.room);
        let end = if Instant::now() < self.deadline {
            let reading = self.sift(stream, &mut sieve);
            timeout_at(self.deadline.into(), reading).await.unwrap_or(End::Late)
        } else {
            End::Late
        };
        let room = self.room.lines;
        let sifted = sieve.finish();
        Read { kept: sifted.lines.len(), sifted, end, asked: self.lines_asked(), room }
    }

    /// One node that does not answer must not cost the logs of all others.
    async fn sift(&self, stream: Stream<'_>, sieve: &mut Sieve<'_>) -> End {
        let log = match timeout(self.opening, self.open(stream)).await {
            Ok(Ok(log)) => log,
            Ok(Err(error)) => return End::Failed(error),
            Err(_) => return End::Silent,
        };
        drain(log, sieve).await.map_or_else(|it| End::Failed(broken(&it)), |()| End::Whole)
    }

    async fn open(&self, stream: Stream<'_>) -> Result<impl AsyncBufRead + use<>, ApiError> {
        let mut tries = 0;
        loop {
            let Meta { namespace, name } = &stream.pod.metadata;
            let request = Request::new(format!("/api/v1/namespaces/{namespace}/pods"));
            let request = request.logs(name, &self.parameters(stream));
            let request = request.map_err(|it| ApiError::Unexpected(it.to_string()))?;
            match self.cluster.client().request_stream(request).await.map_err(ApiError::from) {
                Err(error) if is_passing(&error) && tries < BUSY_RETRIES => {
                    tries += 1;
                    sleep(Duration::from_millis(50) * 2_u32.pow(tries)).await;
                }
                outcome => return outcome,
            }
        }
    }

    fn parameters(&self, stream: Stream<'_>) -> LogParams {
        LogParams {
            container: Some(stream.container.to_owned()),
            previous: self.query.previous,
            since_time: self.query.wanted.since.map(time::whole),
            tail_lines: self.lines_asked().and_then(|it| i64::try_from(it).ok()),
            timestamps: true,
            ..LogParams::default()
        }
    }

    /// How many lines from the end are enough; what is before a time can be anywhere.
    fn lines_asked(&self) -> Option<usize> {
        let wanted = &self.query.wanted;
        if wanted.until.is_some() {
            return None;
        }
        let (least, most) = (*LOOKED_AT_OF_ONE.start(), *LOOKED_AT_OF_ONE.end());
        Some(if wanted.scans() {
            (LOOKED_AT / self.streams.len().max(1)).clamp(least, most)
        } else {
            self.room.lines + self.room.before
        })
    }
}

/// Puts every line into the sieve, until the end of the log or until the sieve has enough.
async fn drain(log: impl AsyncBufRead, sieve: &mut Sieve<'_>) -> std::io::Result<()> {
    let mut log = pin!(log);
    let mut splitter = Splitter::default();
    let mut goes_on = true;
    while goes_on {
        let bytes = log.fill_buf().await?;
        let length = bytes.len();
        if length == 0 {
            splitter.finish(|it| goes_on = sieve.push(it));
            break;
        }
        splitter.push(bytes, |it| goes_on = goes_on && sieve.push(it));
        log.consume_unpin(length);
    }
    Ok(())
}

/// What each of so many logs may keep.
fn room(query: &Query, streams: usize) -> Room {
    let share = if query.wanted.scans() { USUAL_LINES } else { USUAL_LINES / streams.max(1) };
    let lines = query.tail.unwrap_or(share).max(1);
    let bytes = (BYTES / streams.max(1)).max(2 * super::records::SHOWN);
    Room { lines, bytes, before: BEFORE }
}

/// As far as anybody counts logs.
fn count(logs: usize) -> f64 {
    u32::try_from(logs).unwrap_or(u32::MAX).into()
}

/// Busy, or a connection that was kept from before the API server restarted.
fn is_passing(error: &ApiError) -> bool {
    match error {
        ApiError::Status(status) => status.code == 429,
        ApiError::Dropped => true,
        _ => false,
    }
}

fn broken(error: &std::io::Error) -> ApiError {
    ApiError::Unreachable(format!("the log broke off: {error}"))
}

//! The one who looks: watches begin, those who were found are asked, and everything again when it is time.

use std::{mem, sync::Arc, time::Duration};

use futures::{
    StreamExt, future,
    stream::{self, BoxStream, SelectAll},
};
use tokio::{
    sync::{mpsc, watch},
    time::{self, Instant},
};

use super::{
    Look, Wish, at,
    pods::with_pods,
    problems::{Grade, Problems},
    state::{News, Part, State, Turn},
    told,
    watches::{DENIALS, Heard, watch as watches_over},
};
use crate::{
    k8s::{
        Clients, Cluster,
        namespaces::{Candidates, candidates},
    },
    random,
    tool::{Session, ToolError},
    toolsets::discovery::{
        figures::{Obstacle, Tally},
        matching::Detectors,
        probe::{Asked, Direct, Limits, Prober, Proxied, Way},
        settings::{Probing, Settings, Via},
        snapshot::Snapshot,
    },
};

/// What happens at once, such as the installation of a chart, is looked at once.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// Answers that come at once are told at once.
const GATHERED: Duration = Duration::from_millis(100);
/// Before a cluster that cannot be reached is tried again.
const PAUSE: Duration = Duration::from_secs(10);
/// Getting a client may take a credential plugin.
const PATIENCE: Duration = Duration::from_secs(20);
/// Who has failed once is asked again by then.
const DOUBT: Duration = Duration::from_secs(10);
/// Two wishes within this time are one, and so are two before everybody has answered: whoever wishes often must not keep a round from
/// its end.
const SOON: Duration = Duration::from_secs(2);

pub(super) struct Surveyor {
    pub(super) clients: Arc<Clients>,
    pub(super) detectors: Arc<Detectors>,
    pub(super) settings: Settings,
    pub(super) context: Option<String>,
    pub(super) tally: Tally,
    pub(super) look: watch::Sender<Look>,
    pub(super) wanted: mpsc::Receiver<Wish>,
    /// Those who wait for the end of the round.
    pub(super) wishes: Vec<Wish>,
    /// The whole cluster could be listed, once at least.
    pub(super) has_seen_all: bool,
}

/// How a round is going.
struct Round {
    cluster: Arc<Cluster>,
    parts: Vec<Part>,
    /// Why not everything is seen.
    problems: Problems,
    denials: u32,
    begun: Instant,
    /// Operators' own resources have been read, as far as that is waited for.
    are_resources_read: bool,
    /// Everything has been read, and everybody asked.
    is_whole: bool,
    ask_at: Option<Instant>,
    show_at: Option<Instant>,
    asking: SelectAll<BoxStream<'static, Reply>>,
}

enum Reply {
    Asked(Asked),
    /// Time is up: who has not answered in this turn will not.
    Over(u64),
}

/// Why a round ends.
enum End {
    Time,
    /// The parts are others: the whole may not be listed.
    Narrower,
}

impl Surveyor {
    pub(super) async fn run(mut self) {
        let mut state = State::new(Arc::clone(&self.detectors));
        let (mut is_narrow, mut problems) = (false, Problems::default());
        loop {
            match self.begin(is_narrow).await {
                Ok(mut round) => {
                    round.problems.carry(mem::take(&mut problems), &round.parts);
                    state.begin(&round.parts);
                    is_narrow =
                        matches!(self.go_round(&mut round, &mut state).await, End::Narrower);
                    problems = round.problems;
                }
                Err(error) => self.wait_for_the_cluster(told(error)).await,
            }
        }
    }

    /// With a client of its own: credentials end.
    async fn begin(&self, is_narrow: bool) -> Result<Round, ToolError> {
        let session = Session::detached().until(std::time::Instant::now() + PATIENCE);
        let cluster = self.clients.own_cluster(self.context.as_deref(), &session).await?;
        let mut problems = Problems::default();
        let parts = if is_narrow || cluster.guard().restricts_namespaces() {
            let all = cluster.before(session.deadline(), candidates(&cluster)).await?;
            let Candidates { mut names, guessed } = all;
            if guessed {
                names.extend(self.settings.namespaces.literal());
                names.sort();
                names.dedup();
            }
            names.retain(|it| self.settings.namespaces.allow(it));
            if guessed {
                problems.add(None, Grade::Forbidden, only(&names));
            }
            names.into_iter().map(|it| Some(it.into())).collect()
        } else {
            vec![None]
        };
        Ok(Round {
            cluster: Arc::new(cluster),
            parts,
            problems,
            denials: 0,
            begun: Instant::now(),
            are_resources_read: false,
            is_whole: false,
            ask_at: Some(Instant::now()),
            show_at: None,
            asking: SelectAll::new(),
        })
    }

    /// What was found before stays. Whoever waits is told that it is over.
    async fn wait_for_the_cluster(&mut self, told: String) {
        tracing::warn!(context = self.context, error = told, "discovery cannot ask the cluster");
        self.tally.error(self.context.as_deref(), Obstacle::Unreachable);
        self.look.send_if_modified(|look| match look {
            Look::NotYet(why) if why.as_ref() == Some(&told) => false,
            Look::NotYet(why) => {
                *why = Some(told);
                true
            }
            Look::Partly(snapshot) | Look::Whole(snapshot) => in_trouble(snapshot, told),
        });
        self.wishes.clear();
        time::sleep(PAUSE).await;
    }

    /// Everything once, and then what changes, until it is time to read everything anew.
    async fn go_round(&mut self, round: &mut Round, state: &mut State) -> End {
        let mut watches = watches_over(&round.cluster, &round.parts, self.detectors.resources());
        let prober = self.prober(&round.cluster);
        let end = round.begun + self.settings.interval;
        let mut doubts = time::interval(DOUBT);
        loop {
            tokio::select! {
                Some(heard) = watches.next() => {
                    if self.hear(heard, round, state) {
                        return End::Narrower;
                    }
                }
                Some(reply) = round.asking.next() => {
                    match reply {
                        Reply::Asked(Asked { found, steps }) => {
                            self.tally.answer(self.context.as_deref(), &found);
                            let steps = steps.iter().map(ToString::to_string).collect();
                            state.keep_steps(&found.finding.place, steps);
                            state.answered(found);
                        }
                        Reply::Over(turn) => state.over(turn),
                    }
                    if state.has_due() {
                        round.ask_soon();
                    }
                    round.show_soon();
                }
                Some(()) = at(round.ask_at) => {
                    round.ask_at = None;
                    round.ask(&prober, state.take_due(), self.settings.probing.via);
                    round.show_soon();
                }
                Some(()) = at(round.show_at) => {
                    round.show_at = None;
                    self.show(round, state);
                }
                Some(wish) = self.wanted.recv() => {
                    self.wishes.push(wish);
                    if round.is_whole && round.begun.elapsed() > SOON {
                        return End::Time;
                    }
                    round.show_soon();
                }
                _ = doubts.tick() => {
                    if round.problems.is_anything_lost() {
                        return End::Time;
                    }
                    if state.doubt() {
                        round.ask_soon();
                    }
                }
                () = time::sleep_until(end) => return End::Time,
            }
        }
    }

    /// `true` when the whole may not be listed, and its parts are to be tried.
    fn hear(&mut self, heard: Heard, round: &mut Round, state: &mut State) -> bool {
        match heard {
            Heard::News(part, news) => {
                if let News::Is(service) = &news
                    && !self.settings.namespaces.allow(&service.place.namespace)
                {
                    return false;
                }
                let is_end = matches!(news, News::Complete);
                state.take(&part, news);
                if is_end {
                    round.problems.solved(&part);
                    self.has_seen_all |= part.is_none();
                }
                round.ask_soon();
            }
            Heard::Read => {
                round.are_resources_read = true;
                round.show_soon();
            }
            Heard::Forbidden(None) => {
                self.tally.error(self.context.as_deref(), Obstacle::Forbidden);
                round.denials += 1;
                // Once is not enough: an API server that has just started forbids for a moment what it allows. What could be listed
                // before is not given up as soon as what never could.
                let most = if self.has_seen_all { DENIALS } else { 2 };
                return round.denials >= most;
            }
            Heard::Forbidden(Some(namespace)) => {
                self.tally.error(self.context.as_deref(), Obstacle::Forbidden);
                round.has_problem(Some(namespace), Grade::Forbidden, String::new());
            }
            Heard::Trouble(part, told) => {
                self.tally.error(self.context.as_deref(), Obstacle::Interrupted);
                round.has_problem(part, Grade::Trouble, told);
            }
            Heard::Lost(part, told) => {
                self.tally.error(self.context.as_deref(), Obstacle::Interrupted);
                round.has_problem(part, Grade::Lost, told);
            }
        }
        false
    }

    fn prober(&self, cluster: &Arc<Cluster>) -> Arc<Prober> {
        let Probing { via, timeout, parallel } = self.settings.probing;
        let limits = Limits { each: timeout, parallel, ..Limits::default() };
        let way: Arc<dyn Way> = match via {
            Via::Direct => Arc::new(Direct::new()),
            Via::Proxy => Arc::new(Proxied::new(Arc::clone(cluster))),
        };
        Arc::new(Prober::new(way, limits))
    }

    fn show(&mut self, round: &mut Round, state: &State) {
        let forbidden = round.problems.forbidden();
        let is_blind = !forbidden.is_empty() && round.parts.iter().all(|it| forbidden.contains(it));
        let snapshot = Arc::new(state.snapshot(round.problems.told(), is_blind));
        let is_complete = round.are_resources_read && state.is_complete(&round.parts, &forbidden);
        if is_complete && !mem::replace(&mut round.is_whole, true) {
            self.tally.round(self.context.as_deref(), round.begun.elapsed());
        }
        let trouble = round.problems.trouble().map(str::to_owned);
        let is_over = is_complete || trouble.is_some();
        self.look.send_if_modified(|look| {
            let now = match look {
                Look::Whole(_) => Look::Whole(snapshot),
                _ if is_complete => Look::Whole(snapshot),
                // That nothing was told is not that there is nothing.
                Look::NotYet(_) if !state.knows_anything() => Look::NotYet(trouble),
                _ => Look::Partly(snapshot),
            };
            let is_news = *look != now;
            *look = now;
            is_news
        });
        if is_over {
            for wish in mem::take(&mut self.wishes) {
                // Whoever does not wait any more does not need to know.
                let _ = wish.send(());
            }
        }
    }
}

impl Round {
    /// Which pods are behind a headless Service is looked up just before.
    fn ask(&mut self, prober: &Arc<Prober>, turn: Turn, via: Via) {
        let Turn { number, subjects } = turn;
        if subjects.is_empty() {
            return;
        }
        let (cluster, prober) = (Arc::clone(&self.cluster), Arc::clone(prober));
        let parts = self.parts.clone();
        let asked = async move {
            let seed = random::number();
            let subjects = match via {
                Via::Direct => with_pods(&cluster, &parts, subjects).await,
                Via::Proxy => subjects,
            };
            prober.round(subjects, seed)
        };
        let asked = stream::once(asked).flatten().map(Reply::Asked);
        self.asking.push(asked.chain(stream::once(future::ready(Reply::Over(number)))).boxed());
    }

    fn ask_soon(&mut self) {
        self.ask_at.get_or_insert_with(|| Instant::now() + DEBOUNCE);
    }

    fn show_soon(&mut self) {
        self.show_at.get_or_insert_with(|| Instant::now() + GATHERED);
    }

    fn has_problem(&mut self, part: Part, grade: Grade, told: String) {
        self.problems.add(part, grade, told);
        self.show_soon();
    }
}

/// Which namespaces are looked through where nobody tells which there are.
fn only(names: &[String]) -> String {
    let unlisted = "the namespaces of the cluster may not be listed";
    match names {
        [] => {
            format!("{unlisted}: name those to look through in toolsets.discovery.namespaces.allow")
        }
        names => format!("{unlisted}: only {} is looked through", names.join(", ")),
    }
}

/// What was found stays, and why nothing is learned of it now is told. Whether that is new.
fn in_trouble(snapshot: &mut Arc<Snapshot>, told: String) -> bool {
    if snapshot.problems.contains(&told) {
        return false;
    }
    Arc::make_mut(snapshot).problems = vec![told];
    true
}

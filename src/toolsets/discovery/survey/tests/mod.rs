//! What follows from what happens in a cluster, without one.

mod resources;
mod watching;

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;

use super::state::{News, Part, State, Turn};
use crate::toolsets::discovery::{
    finding::{Found, Health},
    matching::Detectors,
    probe::Subject,
    service::{Place, Service},
    snapshot::Snapshot,
};

const ALL: Part = None;

#[expect(clippy::unnecessary_wraps, reason = "all of them is a part as well")]
fn part(namespace: &str) -> Part {
    Some(namespace.into())
}

fn place(name: &str) -> Place {
    let (namespace, name) = name.split_once('/').unwrap();
    Place { namespace: namespace.to_owned(), name: name.to_owned() }
}

/// A Service in front of the pods of that app: `monitoring/grafana`.
fn in_front_of(app: &str, name: &str, port: u16) -> Service {
    let Place { namespace, name } = place(name);
    let object = json!({
        "metadata": { "namespace": namespace, "name": name, "labels": { "app": app } },
        "spec": {
            "clusterIP": "10.96.0.9",
            "selector": { "app": app },
            "ports": [{ "name": "http", "port": port }],
        },
    });
    Service::of(&serde_json::from_value(object).unwrap()).unwrap()
}

fn grafana(name: &str) -> Service {
    in_front_of("grafana", name, 80)
}

fn headless(name: &str) -> Service {
    Service { reach: crate::toolsets::discovery::service::Reach::Headless, ..grafana(name) }
}

/// A cluster as it is told, all of it in one part.
struct Told(State);

impl Told {
    fn nothing() -> Self {
        let mut state = State::new(Arc::new(Detectors::embedded()));
        state.begin(&[ALL]);
        Self(state)
    }

    fn of(services: impl IntoIterator<Item = Service>) -> Self {
        Self::nothing().anew(&ALL, services)
    }

    fn anew(mut self, part: &Part, services: impl IntoIterator<Item = Service>) -> Self {
        self.0.take(part, News::Begins);
        for service in services {
            self.0.take(part, News::Is(Box::new(service)));
        }
        self.0.take(part, News::Complete);
        self
    }

    fn hear(&mut self, news: News) {
        self.0.take(&ALL, news);
    }

    /// Asks whoever is due, and all of them answer so.
    fn ask(&mut self, health: &Health) -> String {
        let Turn { number, subjects } = self.0.take_due();
        let asked = names(&subjects);
        self.answer(subjects, health);
        self.0.over(number);
        asked
    }

    fn answer(&mut self, subjects: Vec<Subject>, health: &Health) {
        for subject in subjects {
            self.0.answered(answer(subject, health));
        }
    }

    fn seen(&self) -> String {
        let Snapshot { found, .. } = self.0.snapshot(Vec::new(), false);
        let seen = found.iter().map(|it| format!("{} {}", it.finding.place, it.health.word()));
        seen.collect::<Vec<_>>().join(", ")
    }

    fn is_complete(&self) -> bool {
        self.0.is_complete(&[ALL], &BTreeSet::new())
    }
}

fn names(subjects: &[Subject]) -> String {
    subjects.iter().map(|it| it.service.place.to_string()).collect::<Vec<_>>().join(", ")
}

fn answer(subject: Subject, health: &Health) -> Found {
    let endpoint = subject.finding.endpoints.first().unwrap().clone();
    Found { finding: subject.finding, endpoint, health: health.clone() }
}

fn ready() -> Health {
    Health::Ready { version: None, open: true }
}

fn down() -> Health {
    Health::Unreachable("connection refused".to_owned())
}

#[test]
fn what_is_found_is_asked_and_nothing_else_is() {
    let mut told = Told::of([grafana("a/grafana"), in_front_of("shop", "a/shop", 80)]);
    assert_eq!(told.seen(), "a/grafana unknown");
    assert!(!told.is_complete());
    assert_eq!(told.ask(&ready()), "a/grafana");
    assert_eq!(told.seen(), "a/grafana ready");
    assert!(told.is_complete());
    assert_eq!(told.0.snapshot(Vec::new(), false).services, 2);
    assert_eq!(told.ask(&ready()), "");
}

#[test]
fn what_is_told_anew_replaces_what_was_told() {
    let mut told = Told::of([grafana("a/grafana"), grafana("b/grafana")]);
    told.ask(&ready());
    let mut told = told.anew(&ALL, [grafana("b/grafana"), grafana("c/grafana")]);
    assert_eq!(told.seen(), "b/grafana ready, c/grafana unknown");
    assert_eq!(told.ask(&ready()), "c/grafana");
}

#[test]
fn as_long_as_not_everything_is_told_anew_all_stays_as_it_was() {
    let mut told = Told::of([grafana("a/grafana")]);
    told.ask(&ready());
    told.hear(News::Begins);
    assert_eq!(told.seen(), "a/grafana ready");
    told.hear(News::Is(Box::new(grafana("b/grafana"))));
    assert_eq!(told.seen(), "a/grafana ready");
    told.hear(News::Complete);
    assert_eq!(told.seen(), "b/grafana unknown");
}

#[test]
fn what_is_gone_is_forgotten() {
    let mut told = Told::of([grafana("a/grafana")]);
    told.ask(&ready());
    told.hear(News::Gone(place("a/grafana")));
    assert_eq!(told.seen(), "");
    told.hear(News::Is(Box::new(grafana("a/grafana"))));
    assert_eq!(told.seen(), "a/grafana unknown");
}

#[test]
fn what_is_nothing_any_more_is_forgotten() {
    let mut told = Told::of([grafana("a/one")]);
    told.ask(&ready());
    told.hear(News::Is(Box::new(in_front_of("shop", "a/one", 80))));
    assert_eq!(told.seen(), "");
    assert!(told.is_complete());
}

#[test]
fn what_has_changed_is_asked_anew_and_what_has_not_is_not() {
    let mut told = Told::of([grafana("a/grafana")]);
    told.ask(&ready());
    told.hear(News::Is(Box::new(grafana("a/grafana"))));
    assert_eq!(told.ask(&ready()), "");
    told.hear(News::Is(Box::new(in_front_of("grafana", "a/grafana", 3000))));
    assert_eq!(told.seen(), "a/grafana ready");
    assert_eq!(told.ask(&ready()), "a/grafana");
}

#[test]
fn a_service_whose_pods_have_moved_is_asked_anew() {
    let mut told = Told::of([grafana("a/grafana"), in_front_of("shop", "a/shop", 80)]);
    told.ask(&down());
    for name in ["a/grafana", "a/shop", "a/nobody"] {
        told.hear(News::Moved(place(name)));
    }
    assert_eq!(told.ask(&ready()), "a/grafana");
    assert_eq!(told.seen(), "a/grafana ready");
}

#[test]
fn a_twin_is_not_asked_and_keeps_nobody_waiting() {
    let mut told = Told::of([grafana("a/grafana"), headless("a/grafana-headless")]);
    assert_eq!(told.ask(&ready()), "a/grafana");
    assert_eq!(told.seen(), "a/grafana ready");
    let twins = told.0.snapshot(Vec::new(), false).twins;
    assert_eq!(twins.get(&place("a/grafana-headless")), Some(&place("a/grafana")));
    assert!(told.is_complete());
    told.hear(News::Moved(place("a/grafana-headless")));
    assert_eq!(told.ask(&ready()), "");
    assert!(told.is_complete());
}

#[test]
fn a_twin_that_is_left_alone_is_asked() {
    let mut told = Told::of([grafana("a/grafana"), headless("a/grafana-headless")]);
    told.ask(&ready());
    told.hear(News::Gone(place("a/grafana")));
    assert_eq!(told.ask(&ready()), "a/grafana-headless");
    assert_eq!(told.seen(), "a/grafana-headless ready");
}

#[test]
fn what_was_known_of_a_service_before_it_became_a_twin_is_not_held_true_afterwards() {
    let mut told = Told::of([headless("a/grafana-headless")]);
    told.ask(&ready());
    told.hear(News::Is(Box::new(grafana("a/grafana"))));
    assert_eq!(told.ask(&ready()), "a/grafana");
    told.hear(News::Gone(place("a/grafana")));
    assert_eq!(told.seen(), "a/grafana-headless unknown");
    assert_eq!(told.ask(&down()), "a/grafana-headless");
}

#[test]
fn a_service_that_becomes_a_twin_while_it_is_asked_keeps_nobody_waiting() {
    let mut told = Told::of([headless("a/grafana-headless")]);
    let turn = told.0.take_due();
    told.hear(News::Moved(place("a/grafana-headless")));
    told.hear(News::Is(Box::new(grafana("a/grafana"))));
    told.ask(&ready());
    told.answer(turn.subjects, &ready());
    told.0.over(turn.number);
    assert!(told.is_complete());
    assert_eq!(told.seen(), "a/grafana ready");
}

#[test]
fn an_answer_about_something_else_by_now_is_dropped() {
    let mut told = Told::of([grafana("a/one")]);
    let turn = told.0.take_due();
    told.hear(News::Is(Box::new(in_front_of("tempo", "a/one", 80))));
    told.answer(turn.subjects, &ready());
    assert_eq!(told.seen(), "a/one unknown");
    assert!(told.0.has_due() && !told.is_complete());
    assert_eq!(told.ask(&ready()), "a/one");
    assert!(told.is_complete());
}

#[test]
fn an_answer_of_something_that_is_gone_is_dropped() {
    let mut told = Told::of([grafana("a/one")]);
    let turn = told.0.take_due();
    told.hear(News::Gone(place("a/one")));
    told.answer(turn.subjects, &ready());
    told.hear(News::Is(Box::new(grafana("a/one"))));
    assert_eq!(told.seen(), "a/one unknown");
}

#[test]
fn nobody_is_asked_twice_at_once_and_whoever_moves_meanwhile_is_asked_again() {
    let mut told = Told::of([grafana("a/grafana")]);
    let turn = told.0.take_due();
    told.hear(News::Moved(place("a/grafana")));
    assert_eq!(told.ask(&ready()), "");
    assert!(!told.0.has_due());
    told.answer(turn.subjects, &down());
    assert!(told.0.has_due());
    assert_eq!(told.ask(&ready()), "a/grafana");
    assert_eq!(told.seen(), "a/grafana ready");
}

#[test]
fn nothing_is_whole_before_everybody_was_asked_and_whoever_had_no_time_is_asked_again() {
    let mut told = Told::of([grafana("a/grafana")]);
    let turn = told.0.take_due();
    assert!(!told.is_complete());
    told.0.over(turn.number);
    assert!(!told.is_complete() && !told.0.has_due());
    assert!(told.0.doubt());
    assert_eq!(told.ask(&ready()), "a/grafana");
    assert!(told.is_complete());
}

#[test]
fn the_end_of_one_turn_is_not_the_end_of_another() {
    let mut told = Told::of([grafana("a/grafana")]);
    let mut first = told.0.take_due();
    told.0.answered(answer(first.subjects.remove(0), &ready()));
    told.hear(News::Moved(place("a/grafana")));
    let second = told.0.take_due();
    assert_eq!(names(&second.subjects), "a/grafana");
    told.0.over(first.number);
    told.hear(News::Moved(place("a/grafana")));
    assert_eq!(names(&told.0.take_due().subjects), "");
    told.0.over(second.number);
    assert_eq!(names(&told.0.take_due().subjects), "a/grafana");
}

#[test]
fn one_failure_takes_nothing_away_and_is_soon_looked_into() {
    let mut told = Told::of([grafana("a/grafana")]);
    told.ask(&ready());
    assert!(!told.0.doubt());
    told.hear(News::Moved(place("a/grafana")));
    told.ask(&down());
    assert_eq!(told.seen(), "a/grafana ready");
    assert!(told.0.doubt());
    assert_eq!(told.ask(&down()), "a/grafana");
    assert_eq!(told.seen(), "a/grafana unreachable");
    assert!(!told.0.doubt());
    told.hear(News::Moved(place("a/grafana")));
    told.ask(&ready());
    assert_eq!(told.seen(), "a/grafana ready");
}

#[test]
fn parts_that_may_not_be_listed_do_not_keep_it_from_being_whole() {
    let parts = [part("a"), part("b")];
    let mut state = State::new(Arc::new(Detectors::embedded()));
    state.begin(&parts);
    assert!(!state.knows_anything());
    let mut told = Told(state).anew(&part("a"), [grafana("a/grafana")]);
    told.ask(&ready());
    assert!(told.0.knows_anything());
    assert!(!told.0.is_complete(&parts, &BTreeSet::new()));
    assert!(told.0.is_complete(&parts, &BTreeSet::from([part("b")])));
}

#[test]
fn what_is_told_of_one_namespace_says_nothing_of_another() {
    let mut state = State::new(Arc::new(Detectors::embedded()));
    state.begin(&[part("a"), part("b")]);
    let told = Told(state)
        .anew(&part("a"), [grafana("a/grafana")])
        .anew(&part("b"), [grafana("b/grafana")])
        .anew(&part("a"), []);
    assert_eq!(told.seen(), "b/grafana unknown");
}

#[test]
fn in_a_new_round_everybody_is_asked_and_what_was_known_stays_until_they_answer() {
    let mut told = Told::of([grafana("a/grafana"), grafana("b/grafana")]);
    told.ask(&ready());
    told.0.begin(&[ALL]);
    assert!(!told.is_complete());
    assert_eq!(told.seen(), "a/grafana ready, b/grafana ready");
    assert_eq!(told.ask(&down()), "a/grafana, b/grafana");
    // Nobody has told yet that they are still there.
    assert!(!told.is_complete());
    assert!(told.anew(&ALL, [grafana("a/grafana")]).is_complete());
}

#[test]
fn a_namespace_that_is_left_is_forgotten() {
    let mut told = Told::of([grafana("a/grafana"), grafana("b/grafana")]);
    told.ask(&ready());
    told.0.begin(&[part("b")]);
    assert_eq!(told.seen(), "b/grafana ready");
    assert_eq!(told.ask(&ready()), "b/grafana");
}

#[test]
fn what_was_asked_in_the_last_round_is_not_waited_for() {
    let mut told = Told::of([grafana("a/grafana")]);
    told.0.take_due();
    told.0.begin(&[ALL]);
    assert_eq!(told.ask(&ready()), "a/grafana");
}

/// Somebody patches it faster than it answers.
#[test]
fn whoever_changes_again_and_again_keeps_the_round_from_no_end() {
    let mut told = Told::of([grafana("a/grafana"), grafana("b/grafana")]);
    let mut turn = told.0.take_due();
    let slow = turn.subjects.pop().unwrap();
    told.answer(turn.subjects, &ready());
    told.hear(News::Moved(place("b/grafana")));
    told.answer(vec![slow], &ready());
    told.0.over(turn.number);
    // It is due again, and under way as soon as it is asked.
    assert!(told.is_complete());
    told.hear(News::Moved(place("b/grafana")));
    let again = told.0.take_due();
    assert_eq!(names(&again.subjects), "b/grafana");
    told.hear(News::Moved(place("b/grafana")));
    assert!(told.is_complete());
    told.0.begin(&[ALL]);
    assert!(!told.is_complete());
}

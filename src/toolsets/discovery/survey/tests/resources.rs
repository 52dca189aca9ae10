//! What follows from what operators' own resources say.

use std::collections::BTreeMap;

use super::{ALL, Told, down, grafana, in_front_of, part, place, ready};
use crate::toolsets::discovery::{
    finding::Found,
    matching::{Kind, Texts},
    service::Service,
    snapshot::Snapshot,
    survey::state::News,
};

/// Where what is found would be asked.
fn prefixes(told: &Told) -> String {
    let Snapshot { found, .. } = told.0.snapshot(Vec::new(), false);
    let prefix = |it: &Found| format!("{} {:?}", it.finding.place, it.finding.endpoints[0].prefix);
    found.iter().map(prefix).collect::<Vec<_>>().join(", ")
}

fn kind() -> Kind {
    Kind::try_from("Prometheus.monitoring.coreos.com".to_owned()).unwrap()
}

/// That it lies below this path; nothing if there is none.
fn below(prefix: &str) -> Texts {
    let said = Some((prefix, "/spec/routePrefix")).filter(|_| !prefix.is_empty());
    said.map(|(prefix, at)| (at.to_owned(), Some(prefix.to_owned()))).into_iter().collect()
}

/// What all the resources say, by their places.
fn all<const N: usize>(said: [(&str, &str); N]) -> News {
    let said = said.map(|(name, prefix)| (place(name), below(prefix)));
    News::All(kind(), BTreeMap::from(said))
}

fn one(name: &str, prefix: &str) -> News {
    News::One(kind(), place(name), below(prefix))
}

/// A Service that selects the pods of a Prometheus of the operator's.
fn of_prometheus(name: &str, prometheus: &str) -> Service {
    let mut service = in_front_of("prometheus", name, 9090);
    service.selector.insert("operator.prometheus.io/name".to_owned(), prometheus.to_owned());
    service
}

#[test]
fn whatever_is_told_first_a_service_lies_where_its_resource_says() {
    let service = || News::Is(Box::new(of_prometheus("a/web", "main")));
    let orders: [fn(&mut Told, News); 4] = [
        |told, service| {
            told.hear(all([("a/main", "/prom")]));
            told.hear(service);
        },
        |told, service| {
            told.hear(service);
            told.hear(all([("a/main", "/prom")]));
        },
        |told, service| {
            told.hear(service);
            told.hear(one("a/main", "/prom"));
        },
        // While Services are told anew.
        |told, service| {
            told.hear(News::Begins);
            told.hear(service);
            told.hear(one("a/main", "/prom"));
            told.hear(News::Complete);
        },
    ];
    for order in orders {
        let mut told = Told::of([]);
        order(&mut told, service());
        assert_eq!(prefixes(&told), r#"a/web "/prom""#);
    }
}

#[test]
fn only_whoever_belongs_to_a_resource_that_says_something_else_is_asked_anew() {
    let services = [
        of_prometheus("a/main", "main"),
        of_prometheus("a/other", "other"),
        of_prometheus("b/main", "main"),
        grafana("a/grafana"),
    ];
    let mut told = Told::of(services);
    told.ask(&ready());
    told.hear(one("a/main", "/prom"));
    assert_eq!(told.ask(&ready()), "a/main");
    // The same again, and of nobody's.
    told.hear(one("a/main", "/prom"));
    told.hear(all([("a/main", "/prom"), ("a/nobody", "/x")]));
    assert_eq!(told.ask(&ready()), "");
    told.hear(one("a/main", ""));
    assert_eq!(told.ask(&ready()), "a/main");
}

#[test]
fn what_a_resource_said_is_forgotten_with_it() {
    let told = || {
        let mut told = Told::of([of_prometheus("a/web", "main"), of_prometheus("b/web", "main")]);
        told.hear(all([("a/main", "/a"), ("b/main", "/b")]));
        assert_eq!(prefixes(&told), r#"a/web "/a", b/web "/b""#);
        told
    };
    let mut gone = told();
    gone.hear(one("a/main", ""));
    assert_eq!(prefixes(&gone), r#"a/web "", b/web "/b""#);
    let mut not_told_any_more = told();
    not_told_any_more.hear(all([("b/main", "/b")]));
    assert_eq!(prefixes(&not_told_any_more), r#"a/web "", b/web "/b""#);
    let mut of_one_namespace = told();
    of_one_namespace.0.take(&part("a"), all([]));
    assert_eq!(prefixes(&of_one_namespace), r#"a/web "", b/web "/b""#);
    let mut kept_over_rounds = told();
    kept_over_rounds.0.begin(&[ALL]);
    assert_eq!(prefixes(&kept_over_rounds), r#"a/web "/a", b/web "/b""#);
}

#[test]
fn an_answer_from_where_it_lay_before_its_resource_was_read_is_dropped() {
    let mut told = Told::of([of_prometheus("a/web", "main")]);
    let turn = told.0.take_due();
    told.hear(one("a/main", "/prom"));
    told.answer(turn.subjects, &down());
    told.0.over(turn.number);
    assert_eq!(told.seen(), "a/web unknown");
    assert_eq!(told.ask(&ready()), "a/web");
    assert_eq!(told.seen(), "a/web ready");
}

#[test]
fn a_round_is_not_over_with_an_answer_from_a_guessed_path() {
    let mut told = Told::of([of_prometheus("a/web", "main")]);
    told.ask(&down());
    assert!(told.is_complete());
    told.hear(all([("a/main", "/prom")]));
    assert!(!told.is_complete());
    told.ask(&ready());
    assert!(told.is_complete());
    // Afterwards whoever is changed again and again does not keep it open.
    told.hear(one("a/main", "/other"));
    assert!(told.is_complete());
}

use expect_test::expect;

use super::annotated;
use crate::toolsets::discovery::{
    detector::Detector,
    matching::{
        CustomResources, Detectors,
        general::General,
        load::{GENERAL, PRODUCTS, parse},
    },
};

#[test]
fn every_detector_that_comes_with_the_program_can_be_read_and_is_called_like_its_file() {
    for (name, text) in PRODUCTS {
        let detector: Detector = parse(name, text).unwrap();
        assert_eq!(format!("{}.yaml", detector.product), name);
    }
    parse::<General>(GENERAL.0, GENERAL.1).unwrap();
    assert_eq!(Detectors::embedded().iter().count(), PRODUCTS.len());
}

const QUICKWIT: &str = "
product: quickwit
title: Quickwit
toolset: {http: {paths: [/api/v1/*], health: /health/livez}}
shapes:
  - labels: [{app: store}]
    ports: {numbers: [9000]}
    resources: [{kind: Quickwit.example.dev, prefix_at: [/spec/path], suffix: /api}]
";

fn with(files: &[(&str, &str)]) -> Result<Detectors, Vec<String>> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Detectors::embedded().with(files)
}

#[test]
fn an_operator_can_add_a_product() {
    let mut service = annotated(&[]);
    service.labels.insert("app".to_owned(), "store".to_owned());
    assert_eq!(Detectors::embedded().find(&service, &CustomResources::default()), None);
    let finding = with(&[("quickwit.yaml", QUICKWIT)])
        .unwrap()
        .find(&service, &CustomResources::default())
        .unwrap();
    assert_eq!(finding.detector.title, "Quickwit");
    assert_eq!(finding.endpoints[0].url(&finding.place, "svc"), "http://store.shop.svc:9000");
}

#[test]
fn an_operators_detector_takes_the_place_of_ours() {
    let text = QUICKWIT.replace("quickwit", "grafana");
    let detectors = with(&[("grafana.yaml", &text)]).unwrap();
    assert_eq!(detectors.get("grafana").unwrap().title, "Quickwit");
    assert_eq!(detectors.iter().count(), PRODUCTS.len());
}

#[test]
fn the_same_product_twice_is_refused() {
    let problems = with(&[("a.yaml", QUICKWIT), ("b.yaml", QUICKWIT)]).unwrap_err();
    assert_eq!(problems, ["b.yaml: product quickwit is in a.yaml already"]);
}

/// What is said of the same with one mistake in it.
fn refused((from, to): (&str, &str)) -> String {
    assert!(QUICKWIT.contains(from));
    let problems = with(&[("q.yaml", &QUICKWIT.replace(from, to))]).unwrap_err();
    problems.join("\n") + "\n"
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let mistakes = [
        ("title: Q", "tilte: Q"),
        ("product: quickwit", "product: Quick_wit"),
        ("title: Quickwit", "title: 'Quick{{ wit }}'"),
        ("health: /health", "health: /../health"),
        ("/api/v1/*", "http://evil"),
        ("{app: store}", "{app: 'st ore'}"),
        ("{app: store}", "{app: '*'}"),
        ("numbers: [9000]", "numbers: [90000]"),
        ("shapes:", "shapes: []\nfronts:"),
        ("ports:", "prefixes: [/a/]\n    ports:"),
        ("{http:", "{ftp:"),
        ("kind: Quickwit.example.dev", "kind: Quickwit"),
        ("[/spec/path]", "[]"),
        ("[/spec/path]", "[spec/path]"),
        ("prefix_at", "prefix"),
        ("/api}", "/api/}"),
        ("[{app: store}]", "[{app: store}"),
    ];
    let told: String = mistakes.map(refused).concat();
    expect![[r"
        q.yaml:3:1: unknown field `tilte`, expected one of product, title, toolset, probe, shapes, fronts
        q.yaml:2:10: a product is a DNS label: up to 63 small letters, digits and `-`
        q.yaml:3:8: a title has 1 to 40 letters, digits, blanks and `.-`
        q.yaml:4:46: a path begins with `/`, has up to 200 letters, digits and `._~/-`, in patterns `*` too, and neither `..` nor `//`
        q.yaml:4:25: a path begins with `/`, has up to 200 letters, digits and `._~/-`, in patterns `*` too, and neither `..` nor `//`
        q.yaml:6:20: a pattern has 1 to 100 letters, digits and `._-*`
        q.yaml:6:14: a set needs a label that says something
        q.yaml:7:22: a port is a number from 1 to 65535
        q.yaml:5:9: at least one is needed
        q.yaml:7:15: a prefix is empty, or a path without `*` and without `/` at its end
        q.yaml:4:11: unknown variant `ftp`, expected one of prometheus, grafana, loki, tempo, elasticsearch, http, mcp, none
        q.yaml:8:24: a kind has its group behind it: `Prometheus.monitoring.coreos.com`
        q.yaml:8:57: at least one is needed
        q.yaml:8:57: a pointer begins with `/` and has up to 200 letters, digits and `._~/-`
        q.yaml:8:46: unknown field `prefix`, expected one of kind, selected_by, prefix_at, only_with, suffix
        q.yaml:8:79: a prefix is empty, or a path without `*` and without `/` at its end
        q.yaml:7:10: illegal placement of ':' indicator
    "]].assert_eq(&told);
}

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

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let text = "
product: Quick_wit
tilte: Quickwit
toolset: {http: {paths: [/api/v1/*, http://evil, //], helth: /health/livez}}
probe: {path: 7, proof: {jsn: {}, text: OK}}
shapes:
  - labels: [{app: store}, {app: '*'}, 5]
    ports: {numbers: [9000, 90000]}
  - prefixes: [/a/]
    resources:
      - {kind: Quickwit, prefix_at: [/spec/path], suffix: /api/}
      - {kind: Quickwit.example.dev}
fronts: 1
";
    let problems = with(&[("a.yaml", text), ("b.yaml", "title: B\n"), ("c.yaml", QUICKWIT)]);
    expect![[r"
        a.yaml:2:10: a product is a DNS label: up to 63 small letters, digits and `-`
        a.yaml:3:1: unknown field `tilte`, expected one of product, title, toolset, probe, shapes, fronts
        a.yaml:4:25: a path begins with `/`, has up to 200 letters, digits and `._~/-`, in patterns `*` too, and neither `..` nor `//`
        a.yaml:4:55: unknown field `helth`, expected one of paths, health
        a.yaml:5:15: a path begins with `/`, has up to 200 letters, digits and `._~/-`, in patterns `*` too, and neither `..` nor `//`
        a.yaml:5:26: unknown field `jsn`, expected one of json, lacks, text, version
        a.yaml:7:28: a set needs a label that says something
        a.yaml:7:40: invalid type: integer `5`, expected a map
        a.yaml:8:22: a port is a number from 1 to 65535
        a.yaml:9:15: a prefix is empty, or a path without `*` and without `/` at its end
        a.yaml:11:16: a kind has its group behind it: `Prometheus.monitoring.coreos.com`
        a.yaml:11:59: a prefix is empty, or a path without `*` and without `/` at its end
        a.yaml:12:9: missing field `prefix_at`
        a.yaml:13:9: invalid type: integer `1`, expected a sequence
        b.yaml:1:1: missing field `product`
        b.yaml:1:1: missing field `shapes`
        b.yaml:1:1: missing field `toolset`
    "]].assert_eq(&(problems.unwrap_err().join("\n") + "\n"));
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
        ("/api}", "/api, only_with: {spec/isServed: 'true'}}"),
        ("/api}", "/api, only_with: {/spec/isServed: ''}}"),
        ("/api}", "/api, selected_by: '*.example.dev/name'}"),
        ("shapes:\n  -", "shapes:\n  - path_annotation: example.dev/path\n   "),
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
        q.yaml:7:5: invalid type: map, expected a string
        q.yaml:7:15: a prefix is empty, or a path without `*` and without `/` at its end
        q.yaml:4:11: unknown variant `ftp`, expected one of prometheus, grafana, loki, tempo, elasticsearch, http, mcp, none
        q.yaml:8:24: a kind has its group behind it: `Prometheus.monitoring.coreos.com`
        q.yaml:8:57: at least one is needed
        q.yaml:8:57: a pointer begins with `/` and has up to 200 letters, digits and `._~/-`
        q.yaml:8:46: unknown field `prefix`, expected one of kind, selected_by, prefix_at, only_with, suffix
        q.yaml:8:79: a prefix is empty, or a path without `*` and without `/` at its end
        q.yaml:8:96: a pointer begins with `/` and has up to 200 letters, digits and `._~/-`
        q.yaml:8:96: what has to stand there is a text of 1 to 300 bytes
        q.yaml:8:98: a label is 1 to 63 letters, digits and `._-`, with a domain and a `/` before it or not
        q.yaml:6:22: only annotations of tacklebox.dev/, kubernaut.io/, kagent.dev/ and kiali.io/ are read
        q.yaml:7:10: illegal placement of ':' indicator
    "]].assert_eq(&told);
}

use super::{services, without_twins};
use crate::toolsets::discovery::{
    matching::{CustomResources, Detectors},
    service::Service,
};

/// The names of those that are kept, of Grafanas with these names, `clusterIP`s and selectors.
fn kept(grafanas: &[(&str, &str, &str)]) -> Vec<String> {
    let yaml = grafanas.iter().map(|(name, address, selector)| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: a, labels: {{app: grafana}}}}\n\
             spec: {{clusterIP: {address}, ports: [{{port: 3000}}], selector: {{{selector}}}}}\n"
        )
    });
    kept_of(&services(&yaml.collect::<String>()))
}

fn kept_of(services: &[Service]) -> Vec<String> {
    let detectors = Detectors::embedded();
    let found = services
        .iter()
        .filter_map(|it| Some((it, detectors.find(it, &CustomResources::default())?)));
    without_twins(found.collect()).into_iter().map(|it| it.place.to_string()).collect()
}

#[test]
fn the_one_with_an_address_of_its_own_is_kept() {
    let kept =
        kept(&[("a", "None", "app: grafana"), ("a-headless-not", "10.96.0.1", "app: grafana")]);
    assert_eq!(kept, ["a/a-headless-not"]);
}

#[test]
fn a_headless_one_for_all_pods_is_a_twin_of_one_for_some() {
    let kept = kept(&[
        ("all", "None", "app: grafana"),
        ("one", "10.96.0.1", "app: grafana, instance: one"),
        ("two", "10.96.0.2", "app: grafana, instance: two"),
    ]);
    assert_eq!(kept, ["a/one", "a/two"]);
}

#[test]
fn two_for_other_pods_are_both_kept() {
    let kept = kept(&[("one", "10.96.0.1", "instance: one"), ("two", "None", "instance: two")]);
    assert_eq!(kept, ["a/one", "a/two"]);
}

#[test]
fn a_lonely_headless_one_is_kept() {
    assert_eq!(kept(&[("one", "None", "instance: one")]), ["a/one"]);
}

#[test]
fn of_equals_the_shortest_name_is_kept_in_whatever_order_they_come() {
    let one = ("grafana", "10.96.0.1", "app: grafana");
    let other = ("grafana-external", "10.96.0.2", "app: grafana");
    assert_eq!(kept(&[one, other]), ["a/grafana"]);
    assert_eq!(kept(&[other, one]), ["a/grafana"]);
}

#[test]
fn twins_are_only_in_one_namespace() {
    let mut all = services(include_str!("services.yaml"));
    all.retain(|it| it.place.name == "quickstart-es-http");
    let mut other = all.clone();
    other[0].place.namespace = "elsewhere".to_owned();
    all.extend(other);
    assert_eq!(kept_of(&all).len(), 2);
}

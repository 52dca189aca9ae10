//! Every Service of `services.yaml`, and in `services.txt` what it is taken for.

use std::fmt::Write;

use expect_test::expect_file;

use super::services;
use crate::toolsets::discovery::matching::{CustomResources, Detectors, twins};

#[test]
fn services_in_the_shapes_of_real_charts_are_taken_for_what_they_are_and_no_others_are_found() {
    let detectors = Detectors::embedded();
    let services = services(include_str!("services.yaml"));
    let findings: Vec<_> =
        services.iter().map(|it| detectors.find(it, &CustomResources::default())).collect();
    let found: Vec<_> =
        services.iter().zip(&findings).filter_map(|(it, f)| Some((it, f.as_ref()?))).collect();
    let twins = twins(&found);
    let mut table = String::new();
    for (service, finding) in services.iter().zip(&findings) {
        let place = &service.place;
        let told = match (finding, twins.get(place)) {
            (None, _) => "-".to_owned(),
            (Some(_), Some(other)) => format!("twin of {}", other.name),
            (Some(it), None) => {
                let url = it.endpoints[0].url(place, "svc");
                let (_, address) = url.split_once(".svc:").unwrap();
                let scheme = it.endpoints[0].scheme;
                format!("{} {} {scheme} {address}", it.detector.product, it.confidence.word())
            }
        };
        let place = place.to_string();
        writeln!(table, "{place:<58} {told}").unwrap();
    }
    assert!(services.len() >= 60);
    expect_file!["services.txt"].assert_eq(&table);
}

use expect_test::expect;

use super::annotated;
use crate::toolsets::discovery::{
    finding::Finding,
    matching::{CustomResources, Detectors, explain::Verdict},
    service::Service,
};

const TYPED: [(&str, &str); 2] =
    [("tacklebox.dev/discover", "true"), ("tacklebox.dev/type", "prometheus")];

fn find(annotations: &[(&str, &str)]) -> Option<Finding> {
    Detectors::embedded().find(&annotated(annotations), &CustomResources::default())
}

/// Where it would be asked, the likeliest first.
fn urls(finding: &Finding) -> Vec<String> {
    finding.endpoints.iter().map(|it| it.url(&finding.place, "svc")).collect()
}

/// Found as a Prometheus at all of these with one more annotation.
fn with(key: &str, value: &str) -> Vec<String> {
    urls(&find(&[TYPED[0], TYPED[1], (key, value)]).unwrap())
}

fn ignored(service: &Service) -> Vec<String> {
    let reasons = Detectors::embedded().explain(service, &CustomResources::default());
    let ignored = reasons.iter().filter(|it| it.verdict == Verdict::Ignored);
    ignored.map(ToString::to_string).collect()
}

#[test]
fn a_service_of_which_nothing_is_known_is_what_its_owner_says() {
    let finding = find(&TYPED).unwrap();
    assert_eq!(finding.detector.product, "prometheus");
    assert_eq!(finding.confidence.word(), "certain");
    assert_eq!(finding.matched_by, ["annotation tacklebox.dev/discover"]);
    assert_eq!(find(&[]), None);
    assert_eq!(find(&TYPED[..1]), None, "nobody says what it is");
}

#[test]
fn a_type_alone_is_enough_of_a_wish() {
    let finding = find(&[("tacklebox.dev/type", "loki")]).unwrap();
    assert_eq!(finding.matched_by, ["annotation tacklebox.dev/type"]);
}

#[test]
fn whoever_says_no_is_not_found_in_either_spelling_and_against_any_yes() {
    for (key, value) in [
        ("tacklebox.dev/discover", "false"),
        ("kubernaut.io/toolset", "false"),
        ("kubernaut.io/toolset", "disabled"),
    ] {
        assert_eq!(find(&[(key, value), ("tacklebox.dev/type", "prometheus")]), None);
    }
}

#[test]
fn port_scheme_and_path_can_be_said() {
    assert_eq!(with("tacklebox.dev/port", "9000").len(), 4);
    assert!(with("tacklebox.dev/port", "9000").iter().all(|it| it.contains(":9000")));
    let https = with("tacklebox.dev/scheme", "https");
    assert!(https.iter().all(|it| it.starts_with("https://")));
    let prefixed = with("tacklebox.dev/path", "/a/b/");
    assert!(prefixed.iter().all(|it| it.ends_with("/a/b")), "{prefixed:?}");
}

#[test]
fn an_annotation_that_does_not_hold_has_no_effect_at_all() {
    let long = format!("/{}", "a".repeat(201));
    let huge = "/a".repeat(32 * 1024);
    let otherwise = urls(&find(&TYPED).unwrap());
    for (key, value) in [
        ("tacklebox.dev/port", "53"),
        ("tacklebox.dev/port", "8080"),
        ("tacklebox.dev/port", "+80"),
        ("tacklebox.dev/port", "80\n"),
        ("tacklebox.dev/port", "65616"),
        ("tacklebox.dev/port", "-1"),
        ("tacklebox.dev/scheme", "file"),
        ("tacklebox.dev/scheme", "HTTPS"),
        ("tacklebox.dev/path", ""),
        ("tacklebox.dev/path", "prometheus"),
        ("tacklebox.dev/path", "/../admin"),
        ("tacklebox.dev/path", "/a/..%2fb"),
        ("tacklebox.dev/path", "//evil.example/"),
        ("tacklebox.dev/path", "/a?b=c"),
        ("tacklebox.dev/path", "/a#b"),
        ("tacklebox.dev/path", "/a\n/b"),
        ("tacklebox.dev/path", "/*"),
        ("tacklebox.dev/path", "/{{ env.SECRET }}"),
        ("tacklebox.dev/path", "http://evil.example/"),
        ("tacklebox.dev/path", "/\u{202e}a"),
        ("tacklebox.dev/path", &long),
        ("tacklebox.dev/path", &huge),
        ("tacklebox.dev/type", "{{ cycler.__init__ }}"),
        ("tacklebox.dev/discover", "yes"),
    ] {
        let mut annotations = TYPED.to_vec();
        annotations.retain(|(it, _)| *it != key);
        annotations.push((key, value));
        if key == "tacklebox.dev/type" {
            assert_eq!(find(&annotations), None);
        } else {
            assert_eq!(urls(&find(&annotations).unwrap()), otherwise, "{key}: {value:?}");
        }
        let told = ignored(&annotated(&annotations));
        let is_dropped = value.len() > 256;
        assert_eq!(told.len(), usize::from(!is_dropped), "{key}: {value:?}");
        assert!(told.iter().all(|it| it.contains(key) && it.contains("not taken")));
    }
}

#[test]
fn a_type_that_kubernauts_users_made_up_is_custom_and_explained() {
    let annotations = [("kubernaut.io/toolset", "enabled"), ("kubernaut.io/toolset-type", "erp")];
    assert_eq!(find(&annotations).unwrap().detector.product, "custom");
    let told = ignored(&annotated(&annotations));
    assert!(told[0].contains("listed as custom"), "{told:?}");
    let known = [("kubernaut.io/toolset", "true"), ("kubernaut.io/toolset-type", "grafana")];
    assert_eq!(find(&known).unwrap().detector.product, "grafana");
    assert_eq!(find(&known[1..]), None, "a type without the switch is no wish");
}

#[test]
fn the_health_of_a_custom_service_is_asked_where_its_owner_says() {
    for key in ["kubernaut.io/toolset-health-path", "kubernaut.io/health-endpoint"] {
        let finding = find(&[("tacklebox.dev/type", "custom"), (key, "/ready")]).unwrap();
        assert_eq!(finding.detector.probe.as_ref().unwrap().path, "/ready");
    }
}

#[test]
fn no_annotation_gives_an_address() {
    let annotations = [
        ("kubernaut.io/toolset", "true"),
        ("kubernaut.io/toolset-type", "custom"),
        ("kubernaut.io/toolset-endpoint", "http://169.254.169.254/latest"),
        ("kubernaut.io/toolset-health-path", "http://169.254.169.254/"),
        ("kubernaut.io/toolset-name", "{{ evil }}"),
    ];
    let finding = find(&annotations).unwrap();
    assert_eq!(urls(&finding)[0], "http://store.shop.svc:80");
    assert_eq!(finding.detector.probe.as_ref().unwrap().path, "/");
    let told = ignored(&annotated(&annotations)).join("\n");
    assert!(!told.contains("169.254") && !told.contains("evil"), "{told}");
    assert_eq!(told.lines().count(), 3, "{told}");
}

#[test]
fn an_annotation_of_ours_that_there_is_not_is_told_with_the_one_that_was_meant() {
    let told = ignored(&annotated(&[
        ("tacklebox.dev/prot", "9090"),
        ("tacklebox.dev/ignore.what.was.said.before", "true"),
        ("kubernaut.io/toolset-priority", "3"),
        ("tacklebox.dev/type", "prometheus"),
    ]));
    expect![[r"
        ignored  annotation tacklebox.dev/…: there is no such annotation: known are tacklebox.dev/discover, tacklebox.dev/type, tacklebox.dev/port, tacklebox.dev/scheme, tacklebox.dev/path
        ignored  annotation tacklebox.dev/prot: there is no such annotation: did you mean tacklebox.dev/port?
    "]].assert_eq(&(told.join("\n") + "\n"));
}

#[test]
fn a_wish_makes_an_exporter_found_and_an_external_name_not() {
    let mut service = annotated(&TYPED);
    service.place.name = "store-exporter".to_owned();
    assert!(Detectors::embedded().find(&service, &CustomResources::default()).is_some());
    service.reach = crate::toolsets::discovery::service::Reach::ExternalName;
    assert_eq!(Detectors::embedded().find(&service, &CustomResources::default()), None);
}

#[test]
fn the_pods_port_counts_behind_a_headless_service_and_the_services_own_otherwise() {
    let mut service = annotated(&[TYPED[0], TYPED[1], ("tacklebox.dev/port", "80")]);
    let port = |it: &Service| {
        Detectors::embedded().find(it, &CustomResources::default()).unwrap().endpoints[0].clone()
    };
    assert_eq!((port(&service).service_port, port(&service).port), (80, 80));
    service.reach = crate::toolsets::discovery::service::Reach::Headless;
    assert_eq!((port(&service).service_port, port(&service).port), (80, 8080));
    service.ports[0].target = None;
    service.ports[0].target_name = Some("web".to_owned());
    assert_eq!(port(&service).port, 80);
}

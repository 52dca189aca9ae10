//! Documents as others see them: whether they are valid, and what has changed.

use expect_test::expect;
use serde_json::json;

use super::{
    super::{problem::Problem, *},
    given::*,
};

#[test]
fn every_generated_document_is_valid() {
    for found in [Vec::new(), everything()] {
        for settings in [Settings::default(), credentials()] {
            assert_eq!(validate(&Document::of(&found, &settings).value()), []);
        }
    }
}

#[test]
fn a_list_of_tools_is_checked_field_by_field() {
    let problems = validate(&json!({"tools": [
        {"name": "a", "type": "prometheus", "endpoint": "http://a"},
        {"name": "a", "type": "", "endpoint": "ftp://a"},
        {"name": 7},
        "text",
    ]}));
    expect![[r"
        tools[1].type: it has to be a text that is not empty
        tools[1].name: it is another's
        tools[1].endpoint: it has to be a URL that begins with http:// or https:// and names a host
        tools[2].name: it has to be a text that is not empty
        tools[2].type: it has to be a text that is not empty
        tools[2].endpoint: it has to be a text that is not empty
        tools[3].name: it has to be a text that is not empty
        tools[3].type: it has to be a text that is not empty
        tools[3].endpoint: it has to be a text that is not empty"]]
    .assert_eq(&told(&problems));
    for bad in [json!({}), json!({"tools": []}), json!({"tools": {}}), json!(7)] {
        assert_eq!(validate(&bad).len(), 1, "{bad}");
    }
}

#[test]
fn a_toolset_is_checked_by_what_holmesgpt_knows() {
    let problems = validate(&json!({
        "toolsets": {
            "prometheus/metrics": {"enabled": true, "subtype": "influx", "config": {"prometheus_url": 7}},
            "prometheus": {"enabled": true, "config": {"url": "http://a"}},
            "elasticsearch/data": {"config": {"instances": [{"name": "a"}, {"name": "a", "api_url": "http://x"}]}},
            "grafana/dashboards": {"config": {"api_url": "grafana.monitoring:3000", "api_key": "{{ env.KEY }}"}},
        },
        "mcp_servers": [],
    }));
    expect![[r"
        toolsets.prometheus/metrics.subtype: it is one of aws-managed-prometheus, azure-managed-prometheus, coralogix, google-managed-prometheus, grafana-cloud, prometheus, victoriametrics
        toolsets.prometheus/metrics.config.prometheus_url: it is not of a type that HolmesGPT takes there
        toolsets.prometheus: HolmesGPT has no such toolset, and one of your own needs a `description`
        toolsets.prometheus: a toolset of your own needs `tools`, or a `type`
        toolsets.elasticsearch/data.config.instances[0]: `api_url` is missing
        toolsets.elasticsearch/data.config.instances[1]: its name is another's
        toolsets.grafana/dashboards.config.api_url: it has to be a URL that begins with http:// or https:// and names a host
        mcp_servers: it has to be a mapping from names to toolsets"]].assert_eq(&told(&problems));
    expect!["it has no toolset, and HolmesGPT refuses such a file"]
        .assert_eq(&told(&validate(&json!({"toolsets": {}}))));
}

#[test]
fn an_address_is_one_that_holmesgpt_can_ask_at() {
    let told = |url: &str| {
        let config = json!({"prometheus_url": url});
        told(&validate(&json!({"toolsets": {"prometheus/metrics": {"config": config}}})))
    };
    for good in
        ["http://a:9090/prom", "https://[fd00::1]:9090", "{{ env.URL }}", "http://{{ env.HOST }}/x"]
    {
        assert_eq!(told(good), "", "{good}");
    }
    for bad in
        ["", "a:9090", "ftp://a", "http://", "http://a:99999", "http:// a", "/prom", "https:s3cret"]
    {
        let told = told(bad);
        assert!(told.contains("prometheus_url: it has to be a URL"), "{bad}: {told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[test]
fn a_change_says_what_it_is_in_a_sentence() {
    let old = vec![
        prometheus("a", "prometheus"),
        jaeger("a", "jaeger"),
        loki("a", "loki"),
        elasticsearch("a", "es"),
    ];
    let mut moved = prometheus("a", "prometheus");
    moved.endpoint.port = 9091;
    let mut newer = elasticsearch("a", "es");
    newer.health = Health::Ready { version: Some("9.0.0".to_owned()), open: true };
    let new = vec![moved, grafana("a", "grafana"), closed(loki("a", "loki")), newer];
    let document = |found: &[Found]| Document::of(found, &Settings::default());
    let changes = difference(&document(&old), &document(&new));
    expect![[r"
        grafana a/grafana was added: http://grafana.a.svc.cluster.local:80
        elasticsearch a/es: version 1.2.3 became 9.0.0
        loki a/loki: health ready became auth_required
        prometheus a/prometheus moved from http://prometheus.a.svc.cluster.local:9090 to http://prometheus.a.svc.cluster.local:9091
        jaeger a/jaeger was removed"]].assert_eq(&changes.sentences().collect::<Vec<_>>().join("\n"));
    assert!(changes.needs_reload);
}

#[test]
fn what_only_comes_or_goes_needs_no_reload() {
    let one = Document::of(&[prometheus("a", "prometheus")], &Settings::default());
    let found = [prometheus("a", "prometheus"), jaeger("a", "jaeger")];
    let two = Document::of(&found, &Settings::default());
    assert!(!difference(&one, &two).needs_reload);
    assert!(!difference(&two, &one).needs_reload);
    assert!(difference(&one, &one).is_empty());
}

#[test]
fn what_overrides_change_is_told_of_the_toolset() {
    let document = Document::of(&[prometheus("a", "prometheus")], &Settings::default());
    let old =
        document.clone().merged("toolsets: {bash: {enabled: true}, robusta: {enabled: true}}");
    let new = document.merged("toolsets: {bash: {enabled: false}, internet: {enabled: true}}");
    let changes = difference(&old.document, &new.document);
    expect![[r"
        toolset internet was added
        toolset bash was changed
        toolset robusta was removed"]]
    .assert_eq(&changes.sentences().collect::<Vec<_>>().join("\n"));
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

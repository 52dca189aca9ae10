//! What an operator lays over it.

use expect_test::expect;

use super::{
    super::{overrides::Merged, problem::Problem, *},
    given::*,
};

/// Over a Prometheus and a Jaeger; what comes of them is loaded by HolmesGPT itself.
pub(super) const CASES: [(&str, &str); 8] = [
    ("disable", "toolsets: {prometheus/metrics: {enabled: false}}"),
    (
        "change",
        "toolsets:
  prometheus/metrics:
    config:
      prometheus_url: https://metrics.example.com
      verify_ssl: false
      additional_headers: {Authorization: 'Bearer {{ env.PROMETHEUS_TOKEN }}'}
",
    ),
    ("remove", "toolsets: {jaeger-tracing-jaeger: null}"),
    ("remove-all", "toolsets: {jaeger-tracing-jaeger: ~, prometheus/metrics: ~}"),
    (
        "instances",
        "toolsets:
  prometheus/metrics:
    config:
      instances:
      - {name: near, prometheus_url: 'http://prometheus.monitoring.svc.cluster.local:9090'}
      - {name: far, prometheus_url: 'https://far.example.com', verify_ssl: false}
",
    ),
    (
        "add",
        "toolsets:
  kubernetes/core: {enabled: true}
  kubernetes/logs: {enabled: true}
  grafana/dashboards:
    enabled: true
    config: {api_url: 'https://grafana.example.com', api_key: '{{ env.GRAFANA_API_KEY }}'}
  alerts:
    type: http
    enabled: true
    config:
      endpoints:
      - hosts: ['https://alerts.example.com']
        paths: [/api/v2/alerts]
        auth: {type: bearer, token: '{{ env.ALERTS_TOKEN }}'}
  own-tools:
    description: Tells the time.
    tools:
    - {name: tell_time, description: The time., command: 'date -d {{ when }}'}
mcp_servers:
  github:
    description: Issues.
    config:
      url: https://mcp.example.com/mcp
      mode: streamable-http
      headers: {Authorization: 'Bearer {{ env.GITHUB_TOKEN }}'}
      extra_headers: {X-Tenant: \"{{ request_context.headers['X-Tenant'] }}\"}
",
    ),
    ("bad", BAD),
    ("unreadable", "toolsets: [\n"),
];

/// The first entry is good.
const BAD: &str = "toolsets:
  kubernetes/logs: {enabled: true}
  prometheus/metrics: {config: {url: 'http://x', timeout: 30s}}
  grafana/dashboards: {enabled: true, config: {api_key: a, username: b, api_url: 'http://x'}}
  grafana/loki: {enabled: true}
  grafana/tempo: {enabled: yes, config: {api_url: 'http://x'}}
  elasticsearch/data: {enabled: true, config: {api_url: 'http://x', timeout_seconds: soon}}
  elasticsearch/cluster: {config: {api_url: '${ES_URL}'}}
  jaeger-tracing-jaeger: {llm_instructions: '{{ cycler.__init__.__globals__.os.popen(1) }}'}
  a.b: {enabled: true}
  dotted: {type: http, config: {default_headers: {a.b: c}}}
  prometheus/metric: {enabled: false}
  mine: {description: Nothing.}
  text: hello
  robusta: {owner: me}
  bash: {description: \"\\u0007\"}
mcp_servers:
  docs: {config: {mode: streamable-http}}
  prometheus/metrics: {config: {url: 'http://x/mcp', mode: streamable-http}}
tools: []
toolset: {}
";

fn laid(overrides: &str) -> Merged {
    let found = [prometheus("monitoring", "prometheus"), jaeger("tracing", "jaeger")];
    Document::of(&found, &Settings::default()).merged(overrides)
}

fn case(name: &str) -> Document {
    let (_, overrides) = CASES.iter().find(|(it, _)| *it == name).unwrap();
    let merged = laid(overrides);
    assert_eq!(merged.problems, []);
    merged.document
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn tools(document: &Document) -> Vec<&str> {
    document.tools.iter().map(|it| it.endpoint.as_str()).collect()
}

const JAEGER: &str = "http://jaeger.tracing.svc.cluster.local:16686";
const PROMETHEUS: &str = "http://prometheus.monitoring.svc.cluster.local:9090";

#[test]
fn no_overrides_change_nothing() {
    for nothing in ["", "# nothing\n", "null", "toolsets: {}", "mcp_servers: {}"] {
        let merged = laid(nothing);
        assert_eq!(merged, laid(""));
        assert_eq!(tools(&merged.document), [JAEGER, PROMETHEUS]);
    }
}

#[test]
fn what_is_disabled_or_removed_leaves_the_list_too() {
    let disabled = case("disable");
    assert_eq!(disabled.toolsets["prometheus/metrics"]["enabled"], false);
    assert_eq!(tools(&disabled), [JAEGER]);
    assert_eq!(tools(&case("remove")), [PROMETHEUS]);
    assert_eq!(tools(&case("remove-all")), [""; 0]);
}

#[test]
fn a_field_wins_over_the_generated_one_and_the_list_follows_its_address() {
    let document = case("change");
    expect![[r#"{"enabled":true,"config":{"prometheus_url":"https://metrics.example.com","verify_ssl":false,"additional_headers":{"Authorization":"Bearer {{ env.PROMETHEUS_TOKEN }}"}}}"#]].assert_eq(&document.toolsets["prometheus/metrics"].to_string());
    assert_eq!(tools(&document), [JAEGER, "https://metrics.example.com"]);
}

#[test]
fn an_address_stands_for_all_instances_that_were_found() {
    let found = [prometheus("a", "prometheus"), prometheus("b", "prometheus")];
    let document = Document::of(&found, &Settings::default());
    let one = "toolsets: {prometheus/metrics: {config: {prometheus_url: 'http://x'}}}";
    let Merged { document, problems } = document.merged(one);
    assert_eq!(problems, []);
    let config = document.toolsets["prometheus/metrics"]["config"].to_string();
    assert_eq!(config, r#"{"prometheus_url":"http://x"}"#);
}

#[test]
fn instances_take_the_place_of_one_address() {
    let document = case("instances");
    assert_eq!(document.toolsets["prometheus/metrics"]["config"].get("prometheus_url"), None);
    assert_eq!(tools(&document), [JAEGER, PROMETHEUS]);
}

#[test]
fn new_toolsets_are_added() {
    let document = case("add");
    expect!["alerts grafana/dashboards jaeger-tracing-jaeger kubernetes/core kubernetes/logs own-tools prometheus/metrics github"]
        .assert_eq(&super::names(&document).join(" "));
}

#[test]
fn what_holmesgpt_would_refuse_is_told_and_not_merged() {
    let merged = laid(BAD);
    expect![[r#"
        toolsets.prometheus/metrics.config: HolmesGPT knows no field `url` there: did you mean `prometheus_url`?
        toolsets.prometheus/metrics.config: HolmesGPT knows no field `timeout` there
        toolsets.grafana/dashboards.config: `api_key`, or `username` and `password`
        toolsets.grafana/loki.config: `api_url` is missing
        toolsets.grafana/tempo.enabled: value is not of type "boolean"
        toolsets.elasticsearch/data.config.timeout_seconds: value is not of type "integer"
        toolsets.elasticsearch/cluster.config.api_url: `${NAME}` is not filled in: write `{{ env.NAME }}`
        toolsets.jaeger-tracing-jaeger.llm_instructions: a template, which HolmesGPT would run: only `config` may have `{{ env.NAME }}`
        toolsets: "a.b" is no name of a toolset
        toolsets.dotted.config.default_headers: the key "a.b" has a dot: HolmesGPT would refuse the whole file
        toolsets.dotted.config: it needs `endpoints`
        toolsets.prometheus/metric: there is no such toolset: did you mean `prometheus/metrics`?
        toolsets.mine: a toolset of your own needs `tools`, or a `type`
        toolsets.text: it has to be a mapping
        toolsets.robusta: HolmesGPT knows no field `owner` there
        toolsets.bash.description: a control character: HolmesGPT would refuse the whole file
        mcp_servers.docs.config: `url` is missing
        mcp_servers.prometheus/metrics: it is in `toolsets` as well as in `mcp_servers`
        the list is generated: take a service out of it by disabling its toolset
        "toolset" is neither `toolsets` nor `mcp_servers`"#]].assert_eq(&told(&merged.problems));
    let good = laid("toolsets: {kubernetes/logs: {enabled: true}}");
    assert_eq!(merged.document, good.document);
}

#[test]
fn overrides_that_cannot_be_read_are_told_of_with_their_place() {
    let deep = format!("toolsets: {}{}", "[".repeat(40), "]".repeat(40));
    let large = format!("toolsets: {{}} # {}", "x".repeat(256 * 1024));
    let bomb = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d]\n";
    let bad = [
        "toolsets:\n  a: [\n",
        "toolsets:\n\ta: 1\n",
        "toolsets: {}\ntoolsets: {}\n",
        "[1]",
        "text",
        "toolsets: [a]",
        "toolsets:",
        "toolsets: !!python/object:os.system {}",
        &deep,
        &large,
        bomb,
    ];
    let problems = bad.map(|it| {
        let merged = laid(it);
        assert_eq!(merged.document, laid("").document, "{it}");
        told(&merged.problems)
    });
    expect!["not YAML: unclosed bracket '[' at line 2, column 6not YAML: tabs disallowed within this context (block indentation) at line 2, column 2not YAML: duplicate mapping key `toolsets` is not allowed here at line 2, column 1it has to be a mapping with `toolsets` or `mcp_servers`it has to be a mapping with `toolsets` or `mcp_servers`toolsets: it has to be a mapping from names to toolsets: leave it out if there is nonetoolsets: it has to be a mapping from names to toolsets: leave it out if there is nonenot YAML: unsupported tag `!!python/object:os.system` at line 1, column 37not YAML: YAML document too large or too complex: limits breached: Depth { depth: 33 } at line 1, column 42262159 bytes, and no more than 262144 are readnot YAML: YAML document too large or too complex: total_replayed_events=10001 > 10000 at line 1, column 23 (defined at line 4, column 7) (used at line 5, column 5)"].assert_eq(&problems.concat());
}

#[test]
fn what_is_to_be_gone_and_is_gone_already_is_no_problem() {
    let gone = "toolsets: {jaeger-other-jaeger: {enabled: false}, loki-a-b: null, bash: null}";
    assert_eq!(laid(gone), laid(""));
}

#[test]
fn what_holmesgpt_brings_along_can_be_disabled_though_it_was_not_found() {
    let Merged { document, problems } = laid("toolsets: {bash: {enabled: false}}");
    assert_eq!(problems, []);
    assert_eq!(document.toolsets["bash"]["enabled"], false);
}

#[test]
fn a_secret_of_the_overrides_is_in_no_problem() {
    let merged = laid("toolsets: {grafana/loki: {config: {api_url: 7, api_key: [hunter2]}}}");
    let told = told(&merged.problems);
    assert!(!told.is_empty() && !told.contains("hunter2"), "{told}");
}

//! Why OBI shows nothing of a pod: what Kubernetes knows of that, beside what a configuration makes of it.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    coverage::{Cover, Covered},
    pods::{Container, Pod, Standing},
};
use crate::obi::{
    Mode,
    log::{Line, Progress, Severity},
    target::{
        Certainty::{self, Likely, Possible, Sure},
        Facts, Fix, Process, Reason, Selection, explain,
    },
};

/// One container, and all that is known of the OBI that should see it.
pub(super) struct Asked<'a> {
    pub(super) pod: &'a Pod,
    pub(super) container: &'a Container,
    /// None where no configuration is known.
    pub(super) selection: Option<&'a Selection>,
    pub(super) covered: &'a Covered,
    pub(super) is_deployed: bool,
    /// Whether the configuration keeps OBI from asking Kubernetes.
    pub(super) is_without_kubernetes: bool,
    /// What the OBI of its node says.
    pub(super) heard: Option<&'a Heard>,
    /// An OBI or Beyla of somebody else on its node.
    pub(super) foreign: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// The last words of an OBI, as far as they matter to a process.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) progress: Progress,
    watcher_error: Option<String>,
}

impl Heard {
    pub(super) fn of(lines: &[Line]) -> Self {
        let failed = lines.iter().rev().find(|line| {
            line.problem.is_some_and(|it| {
                it.stops == Some(Mode::Application) && it.severity != Severity::Note
            })
        });
        let watcher_error = failed.map(|it| it.error().to_owned());
        Self { progress: Progress::of(lines), watcher_error }
    }
}

/// Every reason, the surest first.
pub(super) fn reasons(asked: &Asked<'_>) -> Vec<Reason> {
    let own: [fn(&Asked<'_>) -> Option<Reason>; 7] =
        [not_deployed, not_running, uncovered, injected, older, encrypted, of_node];
    let mut reasons: Vec<Reason> = own.iter().filter_map(|it| it(asked)).collect();
    let is_explained = reasons.iter().any(|it| it.certainty != Possible);
    reasons.extend(by_configuration(asked).into_iter().filter(|it| match it.rule {
        // That Kubernetes does not know a program says nothing of what OBI may read.
        "unreadable" => false,
        "no-requests" => !is_explained,
        _ => true,
    }));
    reasons.sort_by_key(|it| it.certainty);
    reasons
}

fn by_configuration(asked: &Asked<'_>) -> Vec<Reason> {
    let Some(selection) = asked.selection else { return Vec::new() };
    explain(selection, &asked.process(selection), &asked.facts())
}

impl Asked<'_> {
    /// With the ports that it declares, where a rule meets it by them.
    fn process(&self, selection: &Selection) -> Process {
        let process = self.pod.process(self.container, self.now);
        match self.pod.standing(self.container, selection, self.now) {
            Standing::Chosen(..) if selection.choose(&process).by.is_none() => {
                Process { sockets: self.container.declared(), ..process }
            }
            _ => process,
        }
    }

    /// The OBI of its node.
    fn agent(&self) -> Option<&Pod> {
        match self.covered.nodes.get(&self.pod.spec.node_name) {
            Some(Cover::Ready(pod)) => Some(pod),
            _ => None,
        }
    }

    /// For how long that has run.
    fn up(&self) -> Option<Duration> {
        let agent = self.agent()?;
        agent.age(&agent.agent()?.name, self.now)
    }

    fn facts(&self) -> Facts {
        let agent = self.agent();
        let programs = self.heard.iter().flat_map(|it| &it.progress.instrumented);
        let is_named = programs.into_iter().any(|it| self.container.may_run(&it.command));
        Facts {
            up: self.up(),
            watcher_error: self.heard.and_then(|it| it.watcher_error.clone()),
            instruments: is_named.then_some(true),
            asks_kubernetes: self.is_without_kubernetes.then_some(false),
            sees_host: agent.map(|it| it.spec.host_pid),
            lacks: agent.and_then(Pod::agent).map(lacking).unwrap_or_default(),
            ..Facts::default()
        }
    }
}

/// Rights without which OBI leaves programs out without a word.
const RIGHTS: [&str; 3] = ["SYS_PTRACE", "DAC_READ_SEARCH", "CHECKPOINT_RESTORE"];

fn lacking(agent: &Container) -> Vec<String> {
    let security = &agent.security_context;
    let has = |it: &str| security.capabilities.add.iter().any(|own| own == it);
    if security.privileged || has("SYS_ADMIN") || has("ALL") {
        return Vec::new();
    }
    RIGHTS.into_iter().filter(|it| !has(it)).map(|it| format!("CAP_{it}")).collect()
}

fn reason(
    certainty: Certainty,
    rule: &'static str,
    reason: impl Into<String>,
    evidence: impl Into<String>,
    (what, yaml): (&str, Option<&str>),
) -> Reason {
    let fix = Fix { what: what.to_owned(), yaml: yaml.map(str::to_owned) };
    Reason { certainty, rule, reason: reason.into(), evidence: evidence.into(), fix }
}

fn not_deployed(asked: &Asked<'_>) -> Option<Reason> {
    if asked.is_deployed {
        return None;
    }
    Some(match asked.foreign {
        None => reason(
            Sure,
            "not-deployed",
            "no OBI is there",
            format!(
                "Tacklebox has deployed none, and none runs on node {}",
                asked.pod.spec.node_name
            ),
            ("deploy it: obi_k8s_deploy", None),
        ),
        Some(foreign) => reason(
            Possible,
            "foreign",
            "an OBI that Tacklebox did not deploy is there, and its configuration is not known here",
            foreign,
            ("give its configuration as `config`, and ask again", None),
        ),
    })
}

fn not_running(asked: &Asked<'_>) -> Option<Reason> {
    let pod = asked.pod;
    (pod.status.phase != "Running").then(|| {
        let evidence = format!("pod {} is {}", pod.metadata.name, pod.status.phase);
        let fix = ("kubernetes_diagnose says why it does not run", None);
        reason(Sure, "pod-not-running", "the pod does not run", evidence, fix)
    })
}

fn uncovered(asked: &Asked<'_>) -> Option<Reason> {
    if !asked.is_deployed || asked.pod.spec.node_name.is_empty() {
        return None;
    }
    let gap = asked.covered.gap(&asked.pod.spec.node_name)?;
    let fix = if gap.contains("taint") {
        "tolerations: [{operator: Exists}] for obi_k8s_deploy, or one for that taint"
    } else if gap.contains("node_selector") {
        "give the node that label, or deploy OBI with another node_selector"
    } else if gap.contains("not ready") {
        "obi_k8s_status and obi_k8s_logs say what is wrong with that pod"
    } else {
        "move the workload to a node that OBI covers, or cover this one"
    };
    Some(reason(Sure, "node-not-covered", "no OBI that is ready is on its node", gap, (fix, None)))
}

/// What the operator puts into a pod exports by itself.
fn injected(asked: &Asked<'_>) -> Option<Reason> {
    let annotations = asked.pod.metadata.annotations.iter();
    let own =
        annotations.filter(|(key, _)| key.starts_with("instrumentation.opentelemetry.io/inject-"));
    let (key, _) = own.into_iter().find(|(_, value)| *value != "false")?;
    Some(reason(
        Likely,
        "sdk-injected",
        "OpenTelemetry's operator gives it an SDK, which exports OTLP itself: OBI goes silent about it",
        format!("its annotation {key}"),
        (
            "leave the annotation out; or let OBI show it all the same, and count twice what both send",
            Some("discovery:\n  exclude_otel_instrumented_services: false\n"),
        ),
    ))
}

/// OBI knows connections only that are made while it runs.
fn older(asked: &Asked<'_>) -> Option<Reason> {
    let (age, up) = (asked.pod.age(&asked.container.name, asked.now)?, asked.up()?);
    (age > up).then(|| {
        reason(
            Possible,
            "older-than-obi",
            "connections that were made before OBI ran stay unseen until they are made again",
            format!("it has run for {}, and OBI there for {}", told(age), told(up)),
            ("restart its clients, or the workload", None),
        )
    })
}

/// Whole seconds, minutes or hours.
pub(super) fn told(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds}s"),
        seconds @ 120..7_200 => format!("{}m", seconds / 60),
        seconds => format!("{}h", seconds / 3_600),
    }
}

fn encrypted(asked: &Asked<'_>) -> Option<Reason> {
    let port = asked.container.ports().find(|it| matches!(it, 443 | 6443 | 8443 | 9443))?;
    Some(reason(
        Possible,
        "encrypted",
        "what it encrypts OBI sees only in programs in Go and Java, and where libssl does it",
        format!("it declares port {port}"),
        ("end the encryption before it, or give it an SDK of OpenTelemetry", None),
    ))
}

fn of_node(asked: &Asked<'_>) -> Option<Reason> {
    asked.pod.spec.host_network.then(|| {
        reason(
            Possible,
            "host-network",
            "it has the network of its node: its flows are told of the node, and rules with containers_only may not meet it",
            "hostNetwork: true",
            ("choose it by namespace or owner", None),
        )
    })
}

/// What it may be written in, by its image and its variables.
pub(super) fn language(container: &Container) -> Option<(&'static str, String)> {
    let image = container.image.split('@').next().unwrap_or_default().to_lowercase();
    let image = image.rsplit('/').next().unwrap_or_default().to_owned();
    let words = || image.split(|it: char| !it.is_ascii_alphabetic());
    let by_image = LANGUAGES.iter().find_map(|(language, names, _)| {
        let name = names.iter().find(|it| words().any(|word| word == **it))?;
        Some((*language, format!("its image says {name}")))
    });
    by_image.or_else(|| {
        LANGUAGES.iter().find_map(|(language, _, variables)| {
            let has = |it: &&&str| container.env.iter().any(|own| own.name.starts_with(**it));
            let variable = variables.iter().find(has)?;
            Some((*language, format!("it has a variable {variable}")))
        })
    })
}

/// Language, words of images, beginnings of variables.
const LANGUAGES: [(&str, &[&str], &[&str]); 8] = [
    (
        "java",
        &["java", "openjdk", "temurin", "jre", "jdk", "tomcat", "spring"],
        &["JAVA_", "CATALINA_"],
    ),
    ("nodejs", &["node", "nodejs"], &["NODE_ENV", "NODE_OPTIONS"]),
    ("python", &["python", "django", "flask", "uvicorn"], &["PYTHON"]),
    ("dotnet", &["dotnet", "aspnet"], &["DOTNET_", "ASPNETCORE_"]),
    ("ruby", &["ruby", "rails"], &["RAILS_", "GEM_HOME"]),
    ("php", &["php"], &["PHP_"]),
    ("go", &["golang"], &["GOMAXPROCS", "GOMEMLIMIT", "GOGC"]),
    ("cpp", &["nginx", "envoy", "haproxy"], &[]),
];

/// What is mostly spoken at the ports that it declares.
pub(super) fn protocols(container: &Container) -> Vec<String> {
    let known = |port: u16| {
        Some(match port {
            3306 | 5432 => "sql",
            6379 => "redis",
            9092 => "kafka",
            27017 => "mongo",
            5672 => "amqp",
            1883 => "mqtt",
            4222 => "nats",
            11211 => "memcached",
            443 | 8443 | 9443 => "https",
            80 | 3000 | 5000 | 8000 | 8080 => "http",
            50051 => "grpc",
            _ => return None,
        })
    };
    container.ports().filter_map(|it| Some(format!("{} ({it})", known(it)?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::pods::tests::{noon, pod, selection, web},
        *,
    };
    use crate::obi::log;

    const EVERY: &str = "discovery: {instrument: [{k8s_namespace: '*'}]}";

    fn agent() -> Value {
        let mut agent = web();
        agent["metadata"]["name"] = json!("obi-n1");
        agent["spec"]["hostPID"] = json!(true);
        let container = &mut agent["spec"]["containers"][0];
        container["image"] = json!("otel/ebpf-instrument:v0.13.0");
        container["securityContext"] = json!({"privileged": true});
        agent
    }

    fn covered(agent: Value) -> Covered {
        let agent = Cover::Ready(Box::new(pod(agent)));
        Covered { nodes: [("n1".to_owned(), agent)].into(), doubt: None }
    }

    fn rules(
        text: &str,
        value: Value,
        covered: &Covered,
        log: &str,
    ) -> Vec<(&'static str, Certainty)> {
        let (pod, selection) = (pod(value), selection(text));
        let heard = Heard::of(&log::read(log.as_bytes()));
        let asked = Asked {
            pod: &pod,
            container: pod.staying().next().unwrap(),
            selection: Some(&selection),
            covered,
            is_deployed: true,
            is_without_kubernetes: false,
            heard: Some(&heard),
            foreign: None,
            now: noon(),
        };
        reasons(&asked).into_iter().map(|it| (it.rule, it.certainty)).collect()
    }

    #[test]
    fn where_nothing_speaks_against_it_nobody_has_asked_it_anything() {
        assert_eq!(rules(EVERY, web(), &covered(agent()), ""), [("no-requests", Possible)]);
    }

    #[test]
    fn a_node_without_an_obi_and_a_pod_that_does_not_run_are_sure() {
        let nobody = Covered::default();
        assert_eq!(rules(EVERY, web(), &nobody, "")[0], ("node-not-covered", Sure));
        let mut waits = web();
        waits["status"] = json!({"phase": "Pending"});
        assert_eq!(rules(EVERY, waits, &covered(agent()), "")[0], ("pod-not-running", Sure));
    }

    #[test]
    fn what_the_rules_make_of_it_is_told_with_the_rule_that_would_meet_it() {
        let mut left_out = web();
        left_out["metadata"]["namespace"] = json!("monitoring");
        let table = [
            (EVERY, left_out, ("excluded-by-default", Sure)),
            ("discovery: {instrument: [{k8s_namespace: bank}]}", web(), ("no-rule", Sure)),
            (
                "discovery: {instrument: [{open_ports: '9090'}]}",
                web(),
                ("not-known-here", Possible),
            ),
            ("discovery: {instrument: [{open_ports: '8080'}]}", web(), ("no-requests", Possible)),
            ("discovery: {instrument: [{exe_path: '*/x'}]}", web(), ("not-known-here", Possible)),
            ("trace_printer: text", web(), ("nothing-selected", Sure)),
        ];
        for (text, value, expected) in table {
            let rules = rules(text, value, &covered(agent()), "");
            assert_eq!(rules[0], expected, "{text}: {rules:?}");
        }
        let (pod, selection) =
            (pod(web()), selection("discovery: {instrument: [{k8s_namespace: bank}]}"));
        let covered = covered(agent());
        let asked = Asked {
            pod: &pod,
            container: pod.staying().next().unwrap(),
            selection: Some(&selection),
            covered: &covered,
            is_deployed: true,
            is_without_kubernetes: false,
            heard: None,
            foreign: None,
            now: noon(),
        };
        assert_eq!(
            reasons(&asked)[0].fix.yaml.as_deref(),
            Some(
                "discovery:\n  instrument:\n    - {k8s_namespace: \"shop\", k8s_owner_name: \"web\"}\n"
            )
        );
    }

    #[test]
    fn an_sdk_an_old_connection_and_encryption_may_be_why() {
        let mut value = web();
        value["metadata"]["annotations"] =
            json!({"instrumentation.opentelemetry.io/inject-java": "true"});
        value["spec"]["containers"][0]["env"] = json!([{"name": "OTEL_EXPORTER_OTLP_ENDPOINT"}]);
        value["spec"]["containers"][0]["ports"] = json!([{"containerPort": 8443}]);
        value["spec"]["hostNetwork"] = json!(true);
        let mut young = agent();
        young["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] =
            json!("2026-01-01T11:00:00Z");
        let rules = rules(EVERY, value, &covered(young), "");
        let expected = [
            ("sdk-injected", Likely),
            ("older-than-obi", Possible),
            ("encrypted", Possible),
            ("host-network", Possible),
            ("exports-otlp", Possible),
        ];
        assert_eq!(rules, expected);
    }

    #[test]
    fn what_is_wrong_with_the_obi_of_its_node_is_told() {
        let mut weak = agent();
        weak["spec"]["hostPID"] = json!(false);
        weak["spec"]["containers"][0]["securityContext"] =
            json!({"capabilities": {"add": ["BPF"]}});
        let log = "time=2026-01-01T00:00:00Z level=ERROR msg=\"Unable to load eBPF watcher for process events\" error=\"setting kprobe: neither debugfs nor tracefs are mounted\"\n";
        let rules = rules(EVERY, web(), &covered(weak), log);
        for expected in [("watcher-failed", Sure), ("other-processes", Likely), ("rights", Likely)]
        {
            assert!(rules.contains(&expected), "{expected:?}: {rules:?}");
        }
    }

    #[test]
    fn without_an_obi_that_is_the_reason_and_a_foreign_one_is_none_of_ours() {
        let (pod, covered) = (pod(web()), Covered::default());
        let asked = |foreign| Asked {
            pod: &pod,
            container: pod.staying().next().unwrap(),
            selection: None,
            covered: &covered,
            is_deployed: false,
            is_without_kubernetes: false,
            heard: None,
            foreign,
            now: noon(),
        };
        let rules = |foreign| -> Vec<_> {
            reasons(&asked(foreign)).into_iter().map(|it| (it.rule, it.certainty)).collect()
        };
        assert_eq!(rules(None), [("not-deployed", Sure)]);
        assert_eq!(rules(Some("beyla")), [("foreign", Possible)]);
    }

    #[test]
    fn languages_and_protocols_are_guessed_and_said_to_be() {
        let container = |image: &str, variable: &str| -> Container {
            serde_json::from_value(json!({
                "image": image, "env": [{"name": variable}],
                "ports": [{"containerPort": 6379}, {"containerPort": 1}],
            }))
            .unwrap()
        };
        let table = [
            ("registry.example/node/shop:1", "X", None),
            ("docker.io/library/node:22-alpine", "X", Some("nodejs")),
            ("shop:1", "JAVA_TOOL_OPTIONS", Some("java")),
            ("shop/python-api@sha256:00", "X", Some("python")),
            ("shop:1", "X", None),
        ];
        for (image, variable, expected) in table {
            let container = container(image, variable);
            assert_eq!(language(&container).map(|it| it.0), expected, "{image}");
            assert_eq!(protocols(&container), ["redis (6379)"]);
        }
    }
}

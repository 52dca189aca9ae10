//! The variables of OBI's container. The configuration is never touched: what it does not say is said by them, where OBI listens.

use serde_json::{Value, json};

use super::{
    CACHE_PORT,
    wanted::{SecretKey, Wanted},
};
use crate::obi::{
    config::{Environment, Release, filled},
    plan::{Plan, Purpose, plan},
};

/// Before it there was no health check, and before the other one it answered everywhere.
const HEALTH: Release = Release::new(0, 10, 0);
const HEALTH_ON_LOOPBACK: Release = Release::new(0, 11, 0);

/// Where nothing else is configured.
const METRICS_PORT: u16 = 9464;
const INTERNAL_PORT: u16 = 9465;
const HEALTH_PORT: u16 = 9466;

/// As good as any value that Kubernetes will put there: what matters before is that there is one.
pub(super) const SOME_ADDRESS: &str = "192.0.2.1";
const SOME_NODE: &str = "node";
const SOME_SECRET: &str = "name=value";

pub(super) struct Variable {
    pub(super) name: &'static str,
    value: Origin,
}

/// Where its value comes from.
enum Origin {
    Text(String),
    /// A field of the pod, and some value of it.
    Field(&'static str, &'static str),
    Secret(SecretKey),
}

impl Variable {
    fn text(name: &'static str, value: &str) -> Self {
        Self { name, value: Origin::Text(value.to_owned()) }
    }

    /// As a container has it.
    pub(super) fn of_container(&self) -> Value {
        let name = self.name;
        match &self.value {
            Origin::Text(value) => json!({ "name": name, "value": value }),
            Origin::Field(path, _) => {
                json!({ "name": name, "valueFrom": { "fieldRef": { "fieldPath": path } } })
            }
            Origin::Secret(SecretKey { name: secret, key }) => {
                json!({ "name": name, "valueFrom": { "secretKeyRef": { "name": secret, "key": key } } })
            }
        }
    }
}

/// What OBI's configuration meets when it is read.
pub(super) fn environment(variables: &[Variable]) -> Environment {
    let value = |it: &Variable| match &it.value {
        Origin::Text(text) => text.clone(),
        Origin::Field(_, some) => (*some).to_owned(),
        Origin::Secret(_) => SOME_SECRET.to_owned(),
    };
    variables.iter().map(|it| (it.name, value(it))).collect()
}

pub(super) fn variables(wanted: &Wanted) -> Vec<Variable> {
    let mut variables = given(wanted);
    let reading = |variables: &[Variable]| {
        let environment = environment(variables);
        let plan = plan(&wanted.config, &environment, wanted.release())?;
        // A document of version 2 hears none of the others.
        let silent = Silent::of(wanted, &environment);
        (plan.version == 1).then_some((plan, silent))
    };
    let Some((plan, silent)) = reading(&variables) else { return variables };
    variables.extend(silent.metadata(wanted));
    if wanted.prometheus && plan.port(Purpose::Metrics).is_none() {
        let port = free(&plan, &[], METRICS_PORT);
        variables.push(Variable::text("OTEL_EBPF_PROMETHEUS_PORT", &port.to_string()));
    }
    // Somebody who gets metrics may make a mode of a feature, which may need the network of the host.
    let Some((plan, silent)) = reading(&variables) else { return variables };
    let (internal, port) = silent.internal_metrics(&plan);
    variables.extend(internal);
    variables.extend(silent.health(&plan, wanted.release(), port));
    variables
}

/// What does not depend on the configuration.
fn given(wanted: &Wanted) -> Vec<Variable> {
    let field = |name, path, some| Variable { name, value: Origin::Field(path, some) };
    let endpoint = wanted.endpoint.as_deref();
    let endpoint = endpoint.map(|it| Variable::text("OTEL_EXPORTER_OTLP_ENDPOINT", it));
    let headers = wanted
        .headers
        .clone()
        .map(|it| Variable { name: "OTEL_EXPORTER_OTLP_HEADERS", value: Origin::Secret(it) });
    let fields = [
        field("HOST_IP", "status.hostIP", SOME_ADDRESS),
        field("NODE_NAME", "spec.nodeName", SOME_NODE),
    ];
    fields.into_iter().chain(endpoint).chain(headers).collect()
}

/// Where a configuration says nothing there is something to say.
struct Silent(Value);

impl Silent {
    fn of(wanted: &Wanted, environment: &Environment) -> Self {
        let text = filled(&wanted.config, environment);
        Self(serde_saphyr::from_str(&text).unwrap_or_default())
    }

    fn about(&self, pointer: &str) -> bool {
        self.0.pointer(pointer).is_none_or(Value::is_null)
    }

    /// Left to itself OBI may take the cluster for none, and then no selector of pods ever matches, without a word.
    fn metadata(&self, wanted: &Wanted) -> Vec<Variable> {
        let mut variables = Vec::new();
        if self.about("/attributes/kubernetes/enable") {
            variables.push(Variable::text("OTEL_EBPF_KUBE_METADATA_ENABLE", "true"));
        }
        if wanted.cache && self.about("/attributes/kubernetes/meta_cache_address") {
            // By its short name it is the one of the same namespace, whichever that is.
            let address = format!("obi-k8s-cache:{CACHE_PORT}");
            variables.push(Variable::text("OTEL_EBPF_KUBE_META_CACHE_ADDRESS", &address));
        }
        variables
    }

    /// Without them nobody knows whether OBI does anything. Who has them sent elsewhere means it.
    fn internal_metrics(&self, plan: &Plan) -> (Vec<Variable>, Option<u16>) {
        let exporter = self.0.pointer("/internal_metrics/exporter").and_then(Value::as_str);
        if plan.port(Purpose::InternalMetrics).is_some() || exporter == Some("otel") {
            return (Vec::new(), None);
        }
        let port = free(plan, &[], INTERNAL_PORT);
        let variables = vec![
            Variable::text("OTEL_EBPF_INTERNAL_METRICS_EXPORTER", "prometheus"),
            Variable::text("OTEL_EBPF_INTERNAL_METRICS_PROMETHEUS_PORT", &port.to_string()),
        ];
        (variables, Some(port))
    }

    /// In the network of the host it is asked there, and in one of its own it has to answer to the kubelet.
    fn health(&self, plan: &Plan, release: Release, internal: Option<u16>) -> Vec<Variable> {
        let mut variables = Vec::new();
        if release < HEALTH || plan.health_socket.is_some() {
            return variables;
        }
        if plan.port(Purpose::Health).is_none() {
            let taken: Vec<u16> = internal.into_iter().collect();
            let port = free(plan, &taken, HEALTH_PORT);
            variables.push(Variable::text("OTEL_EBPF_HEALTH_CHECK_PORT", &port.to_string()));
        }
        let is_own_network = !plan.host_network.needed;
        let is_open = self.about("/health_check/listen_address");
        if is_own_network && is_open && release >= HEALTH_ON_LOOPBACK {
            variables.push(Variable::text("OTEL_EBPF_HEALTH_CHECK_LISTEN_ADDRESS", "0.0.0.0"));
        }
        variables
    }
}

/// The first from there on that the configuration has nothing else on.
fn free(plan: &Plan, taken: &[u16], from: u16) -> u16 {
    let is_free = |it: &u16| !taken.contains(it) && plan.ports.iter().all(|own| own.port != *it);
    (from..=u16::MAX).find(is_free).unwrap_or(from)
}

//! A pod of the cluster, as far as OBI looks at what runs in it.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::Deserialize;

use super::seen::is_obi;
use crate::obi::target::{Executable, Metadata, Process, RuleRef, Selection, Sockets};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub(super) metadata: Meta,
    pub(super) spec: Spec,
    pub(super) status: Status,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Meta {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) owner_references: Vec<Owner>,
    pub(super) deletion_timestamp: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Spec {
    pub(super) node_name: String,
    pub(super) host_network: bool,
    #[serde(rename = "hostPID")]
    pub(super) host_pid: bool,
    pub(super) containers: Vec<Container>,
    pub(super) init_containers: Vec<Container>,
}

/// Of its variables only the names are read: values may be secrets.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) command: Vec<String>,
    pub(super) ports: Vec<Port>,
    pub(super) env: Vec<Variable>,
    /// `Always` makes an init container one that stays.
    pub(super) restart_policy: String,
    pub(super) security_context: SecurityContext,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Port {
    pub(super) container_port: u16,
    pub(super) host_port: u16,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Variable {
    pub(super) name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SecurityContext {
    pub(super) privileged: bool,
    pub(super) capabilities: Capabilities,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Capabilities {
    pub(super) add: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    pub(super) phase: String,
    pub(super) container_statuses: Vec<State>,
    pub(super) init_container_statuses: Vec<State>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) state: Run,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    pub(super) running: Option<Since>,
    pub(super) waiting: Option<Waiting>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Since {
    pub(super) started_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Waiting {
    pub(super) reason: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

impl Pod {
    pub(super) fn is_ready(&self) -> bool {
        self.metadata.deletion_timestamp.is_none()
            && self.status.conditions.iter().any(|it| it.kind == "Ready" && it.status == "True")
    }

    /// Those that run as long as the pod does.
    pub(super) fn staying(&self) -> impl Iterator<Item = &Container> {
        let sidecars = self.spec.init_containers.iter().filter(|it| it.restart_policy == "Always");
        sidecars.chain(&self.spec.containers)
    }

    /// The container of an OBI or a Beyla.
    pub(super) fn agent(&self) -> Option<&Container> {
        self.staying().find(|it| is_obi(&it.image))
    }

    /// `deploy/web`, by what makes the pod.
    pub(super) fn workload(&self) -> String {
        let Meta { name: own, labels, owner_references, .. } = &self.metadata;
        let Some(Owner { kind, name }) = owner_references.first() else {
            return format!("pod/{own}");
        };
        let hash = labels.get("pod-template-hash").map(String::as_str);
        let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        let (kind, name) = match (kind.as_str(), name.rsplit_once('-')) {
            ("ReplicaSet", Some((above, last))) if hash == Some(last) => ("deploy", above),
            ("Job", Some((above, last))) if is_number(last) => ("cronjob", above),
            ("ReplicaSet", _) => ("rs", name.as_str()),
            ("Job", _) => ("job", name.as_str()),
            ("StatefulSet", _) => ("sts", name.as_str()),
            ("DaemonSet", _) => ("ds", name.as_str()),
            ("Node", _) => ("pod", own.as_str()),
            (other, _) => (other, name.as_str()),
        };
        format!("{kind}/{name}")
    }

    /// From the nearest on, as OBI sees them: it reads the name of a Deployment from that of its `ReplicaSet`, and takes every Job
    /// with a dash in its name for one of a `CronJob`.
    pub(super) fn owners(&self) -> Vec<(&str, &str)> {
        let mut owners = Vec::new();
        for owner in &self.metadata.owner_references {
            owners.push((owner.kind.as_str(), owner.name.as_str()));
            let above = match owner.kind.as_str() {
                "ReplicaSet" => "Deployment",
                "Job" => "CronJob",
                _ => continue,
            };
            if let Some((name, _)) = owner.name.rsplit_once('-').filter(|it| !it.0.is_empty()) {
                owners.push((above, name));
                return owners;
            }
        }
        owners
    }

    /// For how long a container has run.
    pub(super) fn age(&self, container: &str, now: Timestamp) -> Option<Duration> {
        let all = [&self.status.container_statuses, &self.status.init_container_statuses];
        let state = all.into_iter().flatten().find(|it| it.name == container)?;
        let since = state.state.running.as_ref()?.started_at?;
        now.duration_since(since).try_into().ok()
    }
}

/// What a configuration makes of a container, as far as the API server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// By which rule, and why it may be otherwise.
    Chosen(RuleRef, Vec<String>),
    Excluded(RuleRef),
    NotChosen,
    /// It depends on what only the node knows.
    Unknown(Vec<String>),
}

/// Programs that OBI leaves out by default, as images of them are called.
const LEFT_OUT: [&str; 2] = ["otelcol", "opentelemetry-collector"];

impl Pod {
    /// One for each container that stays: how many there really are nobody sees from here, nor what they run.
    pub(super) fn process(&self, container: &Container, now: Timestamp) -> Process {
        let names = container.env.iter().map(|it| it.name.clone());
        Process {
            name: container.name.clone(),
            executable: Executable::Unreadable("Kubernetes does not know it".to_owned()),
            sockets: container.sockets(),
            age: self.age(&container.name, now),
            is_in_host_network: Some(self.spec.host_network),
            variables: names.filter(|it| it.starts_with("OTEL_")).collect(),
            metadata: Some(self.facts(container)),
            ..Process::default()
        }
    }

    fn facts(&self, container: &Container) -> Metadata {
        let Meta { name, namespace, labels, annotations, .. } = &self.metadata;
        let metadata = Metadata::pod(namespace, name).owned_by(&self.owners());
        let metadata = metadata.in_container(&container.name);
        Metadata { labels: labels.clone(), annotations: annotations.clone(), ..metadata }
    }

    pub(super) fn standing(
        &self,
        container: &Container,
        selection: &Selection,
        now: Timestamp,
    ) -> Standing {
        let process = self.process(container, now);
        let by_all = selection.choose(&process);
        if let Some(rule) = by_all.excluded_by {
            return Standing::Excluded(rule);
        }
        if let Some(rule) = by_all.by {
            let doubts = by_all.doubts.into_iter().filter(|it| container.is_worth_saying(it));
            return Standing::Chosen(rule, doubts.collect());
        }
        // A port that is declared is mostly one that is open.
        let declared = Process { sockets: container.declared(), ..process };
        let by_ports = selection.choose(&declared);
        match (by_ports.by, by_ports.excluded_by) {
            (Some(rule), None) => {
                let doubt = "by a port that it declares, which it need not open".to_owned();
                Standing::Chosen(rule, vec![doubt])
            }
            _ if by_all.doubts.len() > selection.doubts().len() => Standing::Unknown(by_all.doubts),
            _ => Standing::NotChosen,
        }
    }
}

impl Container {
    pub(super) fn ports(&self) -> impl Iterator<Item = u16> {
        self.ports.iter().map(|it| it.container_port)
    }

    pub(super) fn declared(&self) -> Sockets {
        Sockets::listening(self.ports())
    }

    /// Declaring none does not keep a program from listening, and declaring one does not make it.
    fn sockets(&self) -> Sockets {
        let ports: Vec<String> = self.ports().map(|it| it.to_string()).collect();
        let declares = if ports.is_empty() {
            "it declares none".to_owned()
        } else {
            format!("it declares {}", ports.join(", "))
        };
        Sockets { unreadable: Some(declares), ..Sockets::default() }
    }

    /// That a program is not known matters only where its image is like one that is left out.
    fn is_worth_saying(&self, doubt: &str) -> bool {
        let is_usual = doubt.contains(" by default: ") || doubt.starts_with("OBI has to read");
        !is_usual
            || !doubt.contains("executable")
            || LEFT_OUT.iter().any(|it| self.image.contains(it))
    }

    /// Whether a program that OBI names may be the one that runs in it.
    pub(super) fn may_run(&self, program: &str) -> bool {
        let last = |it: &str| it.rsplit('/').next().unwrap_or_default().to_owned();
        let image = last(self.image.split('@').next().unwrap_or_default());
        let image = image.split(':').next().unwrap_or_default();
        let program = last(program);
        let first = self.command.first().map(|it| last(it));
        !program.is_empty()
            && (program == self.name || program == image || first.as_deref() == Some(&program))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::obi::config::{Environment, Release};

    pub(in super::super) fn selection(text: &str) -> Selection {
        Selection::read(text, &Environment::default(), Release::KNOWN).unwrap()
    }

    /// `web-5d4-x` of Deployment web in namespace shop, on node n1, with a port.
    pub(in super::super) fn web() -> Value {
        json!({
            "metadata": {
                "name": "web-5d4-x", "namespace": "shop",
                "labels": {"app": "web", "pod-template-hash": "5d4"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4"}],
            },
            "spec": {"nodeName": "n1", "containers": [{
                "name": "main", "image": "registry.example/shop/server:1.2",
                "ports": [{"containerPort": 8080}],
                "env": [{"name": "PASSWORD", "value": "hunter2"}],
            }]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "main", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}],
            },
        })
    }

    pub(in super::super) fn pod(value: Value) -> Pod {
        serde_json::from_value(value).unwrap()
    }

    pub(in super::super) fn noon() -> Timestamp {
        "2026-01-01T12:00:00Z".parse().unwrap()
    }

    fn standing(text: &str, value: Value) -> Standing {
        let pod = pod(value);
        let container = pod.staying().next().unwrap();
        pod.standing(container, &selection(text), noon())
    }

    fn word(standing: &Standing) -> &'static str {
        match standing {
            Standing::Chosen(_, doubts) if doubts.is_empty() => "chosen",
            Standing::Chosen(..) => "chosen, perhaps",
            Standing::Excluded(_) => "excluded",
            Standing::NotChosen => "not chosen",
            Standing::Unknown(_) => "cannot tell",
        }
    }

    #[test]
    fn what_kubernetes_knows_decides_and_what_it_does_not_know_is_never_claimed() {
        let table = [
            ("k8s_namespace: shop", "chosen"),
            ("k8s_namespace: bank", "not chosen"),
            ("k8s_deployment_name: web", "chosen"),
            ("k8s_owner_name: web", "chosen"),
            ("k8s_replicaset_name: web-5d4", "chosen"),
            ("k8s_statefulset_name: web", "not chosen"),
            ("k8s_container_name: main", "chosen"),
            ("k8s_pod_labels: {app: web}", "chosen"),
            ("k8s_pod_labels: {app: cart}", "not chosen"),
            ("k8s_pod_annotations: {team: a}", "not chosen"),
            ("containers_only: true, k8s_namespace: shop", "chosen"),
            ("open_ports: '8080'", "chosen, perhaps"),
            ("open_ports: '9090'", "cannot tell"),
            ("open_ports: '9090', k8s_namespace: bank", "not chosen"),
            ("exe_path: '*/server'", "cannot tell"),
            ("languages: go", "cannot tell"),
            ("cmd_args: '*--serve*'", "cannot tell"),
            ("target_pids: [12]", "cannot tell"),
        ];
        for (rule, expected) in table {
            let text = format!("discovery: {{instrument: [{{{rule}}}]}}");
            let standing = standing(&text, web());
            assert_eq!(word(&standing), expected, "{rule}: {standing:?}");
        }
    }

    #[test]
    fn what_is_left_out_by_default_is_told_and_what_only_may_be_is_a_doubt() {
        let every = "discovery: {instrument: [{k8s_namespace: '*'}]}";
        let mut pod = web();
        pod["metadata"]["namespace"] = json!("monitoring");
        let Standing::Excluded(rule) = standing(every, pod) else { panic!() };
        assert!(rule.is_default);
        let mut collector = web();
        collector["spec"]["containers"][0]["image"] = json!("otel/opentelemetry-collector:0.150.0");
        assert_eq!(word(&standing(every, collector)), "chosen, perhaps");
        assert_eq!(word(&standing(every, web())), "chosen");
    }

    #[test]
    fn owners_are_those_that_obi_sees_and_workloads_those_that_there_are() {
        let mut job = web();
        job["metadata"]["ownerReferences"] = json!([{"kind": "Job", "name": "db-migrate"}]);
        let job = pod(job);
        assert_eq!(job.owners(), [("Job", "db-migrate"), ("CronJob", "db")]);
        assert_eq!(job.workload(), "job/db-migrate");
        assert_eq!(pod(web()).workload(), "deploy/web");
        let mut bare = web();
        bare["metadata"]["ownerReferences"] = json!([]);
        assert_eq!(pod(bare).workload(), "pod/web-5d4-x");
    }

    #[test]
    fn values_of_variables_are_never_read() {
        assert!(!format!("{:?}", pod(web())).contains("hunter2"));
    }
}

//! Tacklebox as `manifests/tacklebox` deploys it. Its pods are simulated; what listens at a pod's address is the real program, with
//! that pod's name, the `ServiceAccount`'s token where a pod has it, and the configuration of the ConfigMap.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tacklebox_cluster::{AuditEntry, Namespace};
use tempfile::TempDir;

use super::town::Town;
use crate::world::{Running, modern};

/// The namespace that stands in the manifests.
const WRITTEN: &str = "kubernaut-system";
pub const CONFIG_MAP: &str = "holmesgpt-toolset";
pub const LEASE: &str = "leases.coordination.k8s.io";
/// Far longer than anything takes: a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Deployment {
    pub town: Town,
    pub namespace: Namespace,
    /// The names and addresses of its pods.
    pods: Vec<(String, String)>,
}

/// A program that can be started.
pub struct Prepared {
    command: Command,
    pod: String,
    address: String,
    host: String,
    folder: TempDir,
}

/// One running program, which ends with the test.
pub struct Replica {
    pub running: Running,
    pub pod: String,
    address: String,
    host: String,
    _folder: TempDir,
}

impl Deployment {
    /// In a namespace in which only restricted pods may run. Nothing runs yet.
    pub async fn apply() -> Result<Self> {
        let town = Town::build().await?;
        let namespace = town.cluster.namespace("kubernaut").await?;
        let name = namespace.name();
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        namespace.kubectl(&["label", "namespace", name, restricted]).await?;
        let folder = tempfile::tempdir()?;
        for (file, text) in manifests(name)? {
            fs::write(folder.path().join(file), text)?;
        }
        let folder = folder.path().to_str().context("a name in Unicode")?;
        town.cluster.kubectl(&["apply", "-k", folder]).await?;
        let all = |it: &Value| it["status"]["readyReplicas"] == 2;
        namespace.wait_for("deployments.apps", "tacklebox", all).await?;
        let pods = town.cluster.wait_for_all("pods", name, |it| it.len() == 2).await?;
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let pods =
            pods.iter().map(|it| (text(&it["metadata"]["name"]), text(&it["status"]["podIP"])));
        Ok(Self { pods: pods.collect(), town, namespace })
    }

    /// Who the program is in the audit log.
    pub fn account(&self) -> String {
        format!("system:serviceaccount:{}:tacklebox", self.namespace.name())
    }

    /// The program of one of the pods, with all that it needs of the cluster to be started.
    pub async fn prepare(&self, pod: usize) -> Result<Prepared> {
        let (pod, address) = self.pods[pod].clone();
        let folder = tempfile::tempdir()?;
        let config = self.namespace.get("configmaps", "tacklebox").await?;
        let config = config["data"]["tacklebox.yml"].as_str().context("the configuration")?;
        fs::write(folder.path().join("tacklebox.yml"), config.replace("0.0.0.0", &address))?;
        let secrets = folder.path().join("serviceaccount");
        fs::create_dir(&secrets)?;
        fs::write(secrets.join("token"), self.namespace.token("tacklebox", &[]).await?)?;
        fs::write(secrets.join("ca.crt"), self.town.cluster.ca())?;
        fs::write(secrets.join("namespace"), self.namespace.name())?;
        let mut command = in_pod(&secrets);
        command.args(["serve", "--config", "tacklebox.yml"]).current_dir(&folder);
        let server = self.town.cluster.server_url().trim_start_matches("https://");
        let (host, port) = server.rsplit_once(':').context("host and port")?;
        command.env("KUBERNETES_SERVICE_HOST", host).env("KUBERNETES_SERVICE_PORT", port);
        command.env("HOSTNAME", &pod).env("HOME", folder.path());
        let host = format!("tacklebox.{}.svc:8080", self.namespace.name());
        Ok(Prepared { command, pod, address, host, folder })
    }

    /// Starts the program of one of the pods, and waits until it listens.
    pub async fn start(&self, pod: usize) -> Result<Replica> {
        Ok(self.prepare(pod).await?.start())
    }

    /// Waits until the toolset that is published has this in it.
    pub async fn published(&self, wanted: &str) -> Result<Value> {
        let has =
            |it: &Value| it["data"]["toolset.yaml"].as_str().is_some_and(|it| it.contains(wanted));
        self.namespace.wait_for("configmaps", CONFIG_MAP, has).await
    }

    /// Waits until the Lease is as said.
    pub async fn lease(&self, is_so: impl FnMut(&Value) -> bool) -> Result<Value> {
        self.namespace.wait_for(LEASE, "tacklebox-discovery", is_so).await
    }

    /// Somebody else writes into the toolset.
    pub async fn deface(&self) -> Result<()> {
        let patch = json!({ "data": { "toolset.yaml": "toolsets: {bash: {enabled: true}}" } });
        let patch = ["patch", "configmap", CONFIG_MAP, "--type=merge", "-p", &patch.to_string()];
        self.namespace.kubectl(&patch).await.map(drop)
    }

    /// A token of somebody who may get the toolset.
    pub async fn reader(&self) -> Result<String> {
        let token = self.namespace.token("holmes", &["tacklebox"]).await?;
        let account = format!("system:serviceaccount:{}:holmes", self.namespace.name());
        let rule = format!("get configmaps {CONFIG_MAP}");
        self.town.cluster.grant(&account, self.namespace.name(), &[&rule]).await?;
        Ok(token)
    }

    /// The manifests' rules, one line for each right: `patch configmaps holmesgpt-toolset`.
    pub fn granted(&self) -> Result<BTreeSet<String>> {
        let manifests = manifests(self.namespace.name())?;
        let roles = manifests.iter().filter(|(file, _)| file.ends_with("role.yaml"));
        let mut granted = BTreeSet::new();
        for (_, text) in roles {
            let role: Value = serde_saphyr::from_str(text)?;
            let rules = role["rules"].as_array().context("rules")?;
            granted.extend(rules.iter().flat_map(rights));
        }
        Ok(granted)
    }
}

/// Without a name where the right has none.
fn right(verb: &str, group: &str, resource: &str, name: &str) -> String {
    let dot = if group.is_empty() { "" } else { "." };
    format!("{verb} {resource}{dot}{group} {name}").trim_end().to_owned()
}

fn rights(rule: &Value) -> Vec<String> {
    let list = |key: &str| -> Vec<String> {
        let list = rule[key].as_array().into_iter().flatten();
        list.filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let mut names = list("resourceNames");
    if names.is_empty() {
        names.push(String::new());
    }
    let mut rights = Vec::new();
    for group in list("apiGroups") {
        for resource in list("resources") {
            for verb in list("verbs") {
                rights.extend(names.iter().map(|it| right(&verb, &group, &resource, it)));
            }
        }
    }
    rights
}

/// The right that a request took: one of those that are granted, or itself in full.
pub fn taken(request: &AuditEntry, granted: &BTreeSet<String>) -> String {
    let AuditEntry { verb, group, resource, name, .. } = request;
    let whole = right(verb, group, resource, "");
    if granted.contains(&whole) { whole } else { right(verb, group, resource, name) }
}

/// The program with its `ServiceAccount`'s files where every pod has them.
fn in_pod(secrets: &Path) -> Command {
    const MOUNT: &str = "mount -t tmpfs tmpfs /var/run && mkdir -p /var/run/secrets/kubernetes.io \
        && cp -r \"$0\" /var/run/secrets/kubernetes.io/serviceaccount && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", MOUNT]).arg(secrets).arg(cargo_bin("tacklebox"));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// The names and texts of the manifests, for that namespace.
fn manifests(namespace: &str) -> Result<Vec<(String, String)>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("manifests/tacklebox");
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry?.path();
        let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
        Ok((name, fs::read_to_string(path)?.replace(WRITTEN, namespace)))
    };
    fs::read_dir(folder)?.map(read).collect()
}

impl Prepared {
    /// Starts it, and waits until it listens.
    pub fn start(self) -> Replica {
        let Self { mut command, pod, address, host, folder } = self;
        let mut running = Running::spawn(&mut command);
        running.wait_for_log("serves MCP at");
        Replica { running, pod, address, host, _folder: folder }
    }
}

impl Replica {
    /// What a probe answers, or whoever scrapes.
    pub async fn get(&self, port: u16, path: &str) -> Result<(u16, String)> {
        let answer = reqwest::get(format!("http://{}:{port}{path}", self.address)).await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    pub async fn ready(&self) -> Result<()> {
        self.until(8080, "/readyz", |status, _| status == 200).await
    }

    /// Waits until a metric is so large.
    pub async fn counted(&self, metric: &str, least: u64) -> Result<()> {
        let value = |line: &str| line.strip_prefix(metric)?.trim().parse::<u64>().ok();
        let is_so = |_, told: &str| told.lines().filter_map(value).any(|it| it >= least);
        self.until(9090, "/metrics", is_so).await
    }

    /// Waits until the metrics have this line.
    pub async fn tells(&self, line: &str) -> Result<()> {
        self.until(9090, "/metrics", |_, told| told.lines().any(|it| it == line)).await
    }

    async fn until(&self, port: u16, path: &str, is_so: impl Fn(u16, &str) -> bool) -> Result<()> {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        let waiting = async {
            loop {
                ticks.tick().await;
                let (status, told) = self.get(port, path).await?;
                if is_so(status, &told) {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("{path} stays"))?
    }

    /// Plain HTTP as others in the cluster ask it, under the Service's name.
    pub async fn ask(&self, path: &str, token: &str) -> Result<(u16, String)> {
        let request = reqwest::Client::new().get(format!("http://{}:8080{path}", self.address));
        let answer = request.header("host", &self.host).bearer_auth(token).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// What a tool answers.
    pub async fn call(&self, tool: &str, arguments: Value, token: &str) -> Result<String> {
        let params = modern(json!({ "name": tool, "arguments": arguments }));
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let request = reqwest::Client::new().post(format!("http://{}:8080/mcp", self.address));
        let request = request
            .header("host", &self.host)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool);
        let answer = request.bearer_auth(token).body(body.to_string()).send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(answer.text().await?)
    }
}

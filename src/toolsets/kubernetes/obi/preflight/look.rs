//! Looking at a cluster, without changing anything of it. What cannot be seen is told as such, and keeps nobody from seeing the rest.

use std::{collections::BTreeSet, net::IpAddr, time::Instant};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    super::{
        AGENT, COMPONENT, MANAGED_BY, NAME, TACKLEBOX,
        pages::{Place, RUNNING, each},
        pods::Pod,
        seen::is_obi,
        wanted::Wanted,
    },
    asks::{asks, granted},
    snapshot::{Agent, Ask, Known, Named, Right, Running, Service, Snapshot, Space, Target},
};
use crate::{
    obi::config::{Destination, destinations},
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        cluster::Cluster,
        kubectl_version,
        listing::{Listing, Need},
        reviews,
        side_by_side::side_by_side,
        table::Meta,
    },
};

const PAGE: usize = 500;

const WEBHOOKS: &str = "validatingwebhookconfigurations.admissionregistration.k8s.io";

/// Where to look, and until when.
struct Look<'a> {
    cluster: &'a Cluster,
    wanted: &'a Wanted,
    deadline: Option<Instant>,
}

pub(super) async fn look(
    cluster: &Cluster,
    session: &Session,
    wanted: &Wanted,
) -> Result<Snapshot, ToolError> {
    // Where this fails nothing else would be answered.
    let version = kubectl_version::ask(cluster, session).await?.git_version;
    let look = Look { cluster, wanted, deadline: session.deadline() };
    let namespace = wanted.namespace.as_str();
    let (space, groups, nodes, quotas, ranges, running, headers) = futures::join!(
        look.one::<Space>("namespaces", None, namespace),
        look.groups(),
        look.all("nodes", None),
        look.all("resourcequotas", Some(namespace)),
        look.all("limitranges", Some(namespace)),
        look.running(),
        look.headers(),
    );
    let has_namespace = !matches!(space, Ok(None));
    let runs = running.as_ref().is_ok_and(|it: &Running| it.own > 0);
    let (rights, account, targets, webhooks) = futures::join!(
        look.rights(asks(wanted, has_namespace)),
        look.account(runs),
        look.targets(),
        look.webhooks(&version),
    );
    Ok(Snapshot {
        version,
        groups,
        nodes,
        space,
        quotas: of_missing(quotas, has_namespace),
        ranges: of_missing(ranges, has_namespace),
        running,
        webhooks,
        rights,
        account,
        targets,
        headers,
    })
}

/// In a namespace that is not there, there is nothing.
fn of_missing<T>(list: Known<Vec<T>>, has_namespace: bool) -> Known<Vec<T>> {
    if has_namespace { list } else { Ok(Vec::new()) }
}

#[derive(Deserialize)]
struct Review {
    #[serde(default)]
    status: Verdict,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Verdict {
    allowed: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DaemonSet {
    metadata: Meta,
    spec: DaemonSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DaemonSpec {
    template: Pod,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Slice {
    endpoints: Option<Vec<Endpoint>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Endpoint {
    conditions: Conditions,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Conditions {
    /// One that says nothing is.
    ready: Option<bool>,
}

impl Look<'_> {
    /// None where there is none of that name.
    async fn one<T: DeserializeOwned>(
        &self,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Known<Option<T>> {
        let resource = self.cluster.resource(kind).await.map_err(|it| it.to_string())?;
        let listing =
            Listing { namespace, name: Some(name), ..Listing::of_all(self.cluster, &resource) };
        match listing.objects(None, 1).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(listing.failed(&error).to_string()),
        }
    }

    async fn all<T: DeserializeOwned>(&self, kind: &str, namespace: Option<&str>) -> Known<Vec<T>> {
        let mut all = Vec::new();
        let place = Place { namespace, ..Place::default() };
        self.each(kind, place, |it| all.push(it)).await?;
        Ok(all)
    }

    async fn each<T: DeserializeOwned>(
        &self,
        kind: &str,
        place: Place<'_>,
        visit: impl FnMut(T),
    ) -> Known<()> {
        match each(self.cluster, kind, place, self.deadline, visit).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("time ran out before all {kind} were seen")),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn groups(&self) -> Known<BTreeSet<String>> {
        let catalog = self.cluster.discovery().catalog(self.cluster).await;
        let catalog = catalog.map_err(|it| it.to_string())?;
        Ok(catalog.resources.iter().map(|it| it.group.clone()).collect())
    }

    /// Only Google's clusters have the one that is looked for.
    async fn webhooks(&self, version: &str) -> Known<Vec<String>> {
        if !version.contains("gke") {
            return Ok(Vec::new());
        }
        let resource = self.cluster.resource(WEBHOOKS).await.map_err(|it| it.to_string())?;
        let listing = Listing::of_all(self.cluster, &resource);
        let page = listing.page(Need::Cells, None, PAGE).await;
        Ok(page.map_err(|it| listing.failed(&it).to_string())?.into_names().collect())
    }

    async fn running(&self) -> Known<Running> {
        let mut running = Running::default();
        self.each("daemonsets.apps", Place::default(), |it: DaemonSet| {
            running.set(&it, self.wanted);
        })
        .await?;
        let pods = Place { fields: Some(RUNNING), ..Place::default() };
        self.each("pods", pods, |it: Pod| running.pod(&it, self.wanted)).await?;
        Ok(running)
    }

    /// Nothing of a Secret is read: the API server says in a table that it is there.
    async fn headers(&self) -> Option<Known<bool>> {
        let wanted = self.wanted.headers.as_ref()?;
        let resource = match self.cluster.resource("secrets").await {
            Ok(resource) => resource,
            Err(error) => return Some(Err(error.to_string())),
        };
        let listing = Listing {
            namespace: Some(&self.wanted.namespace),
            name: Some(&wanted.name),
            ..Listing::of_all(self.cluster, &resource)
        };
        Some(match listing.page(Need::Cells, None, 1).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(listing.failed(&error).to_string()),
        })
    }

    async fn rights(&self, asks: Vec<Ask>) -> Vec<Right> {
        side_by_side(asks.into_iter().map(|it| self.right(it)).collect()).await
    }

    /// What policy denies nobody has, whatever the cluster would let them.
    async fn right(&self, ask: Ask) -> Right {
        let guard = self.cluster.guard();
        if guard.denies(ask.group, ask.resource, ask.subresource) {
            return Right { ask, allowed: Ok(false) };
        }
        let spec = json!({ "resourceAttributes": ask.attributes() });
        let answer = reviews::ask::<Review>(self.cluster, "selfsubjectaccessreviews", &spec).await;
        let allowed = answer.map(|it| it.status.allowed).map_err(|it| it.to_string());
        Right { ask, allowed }
    }

    /// One that is to be has what its role will give it.
    async fn account(&self, runs: bool) -> Vec<Right> {
        if !runs {
            return Vec::new();
        }
        let namespace = &self.wanted.namespace;
        let asks = granted().into_iter().map(|ask| async {
            let spec = json!({
                "resourceAttributes": ask.attributes(),
                "user": format!("system:serviceaccount:{namespace}:{NAME}"),
                "groups": [
                    "system:serviceaccounts",
                    format!("system:serviceaccounts:{namespace}"),
                    "system:authenticated",
                ],
            });
            let answer = reviews::ask::<Review>(self.cluster, "subjectaccessreviews", &spec).await;
            let allowed = answer.map(|it| it.status.allowed).map_err(|it| it.to_string());
            Right { ask, allowed }
        });
        let rights = side_by_side(asks.collect()).await;
        // Mostly nobody may ask what others may.
        rights.into_iter().filter(|it| it.allowed.is_ok()).collect()
    }

    async fn targets(&self) -> Vec<Target> {
        let wanted = self.wanted;
        let all = destinations(&wanted.config, &wanted.environment(), wanted.release());
        side_by_side(all.into_iter().map(|it| self.target(it)).collect()).await
    }

    async fn target(&self, destination: Destination) -> Target {
        let Some((name, namespace, is_sure)) =
            service_name(&destination.host, &self.wanted.namespace)
        else {
            return Target { destination, service: None };
        };
        let found = self.one::<Service>("services", Some(&namespace), &name).await;
        let is_served = match &found {
            Ok(Some(_)) => self.is_served(&namespace, &name).await,
            _ => Ok(false),
        };
        let service = Named { name, namespace, is_sure, found, is_served };
        Target { destination, service: Some(service) }
    }

    async fn is_served(&self, namespace: &str, name: &str) -> Known<bool> {
        let labels = format!("kubernetes.io/service-name={name}");
        let mut is_served = false;
        let place = Place { namespace: Some(namespace), labels: Some(&labels), ..Place::default() };
        self.each("endpointslices.discovery.k8s.io", place, |it: Slice| {
            let mut all = it.endpoints.iter().flatten();
            is_served |= all.any(|it| it.conditions.ready != Some(false));
        })
        .await?;
        Ok(is_served)
    }
}

/// Name and namespace of the Service that a host name may mean in a pod, and whether it can mean nothing else.
pub(super) fn service_name(host: &str, own: &str) -> Option<(String, String, bool)> {
    let host = host.trim_end_matches('.');
    if host.parse::<IpAddr>().is_ok() || host.contains(':') || super::rules::is_loopback(host) {
        return None;
    }
    let parts: Vec<&str> = host.split('.').collect();
    let named = |name: &str, namespace: &str, is_sure| {
        Some((name.to_owned(), namespace.to_owned(), is_sure))
    };
    match parts.as_slice() {
        [name] => named(name, own, true),
        [name, namespace] => named(name, namespace, false),
        // One pod of a Service has its own name before that.
        [name, namespace, "svc", ..] | [_, name, namespace, "svc", ..] => {
            named(name, namespace, true)
        }
        _ => None,
    }
}

impl Ask {
    fn attributes(&self) -> serde_json::Value {
        json!({
            "verb": self.verb,
            "group": self.group,
            "resource": self.resource,
            "subresource": self.subresource,
            "name": self.name,
            "namespace": self.namespace,
        })
    }
}

impl Running {
    fn set(&mut self, set: &DaemonSet, wanted: &Wanted) {
        let Meta { name, namespace, labels, .. } = &set.metadata;
        let is_ours = labels.get(MANAGED_BY).is_some_and(|it| it == TACKLEBOX);
        let is_here = namespace.as_deref() == Some(&wanted.namespace);
        if is_here && name == NAME && !is_ours {
            self.namesakes.push(format!("DaemonSet {name}"));
        }
        let Some(container) = set.spec.template.agent() else { return };
        if is_ours && is_here {
            return;
        }
        let namespace = namespace.as_deref().unwrap_or_default();
        let owner = format!("{namespace}/ds/{name}");
        let agent = Agent { owner, image: container.image.clone(), is_ours };
        self.agents.entry(agent).or_default();
    }

    fn pod(&mut self, pod: &Pod, wanted: &Wanted) {
        let label = |name: &str| pod.metadata.labels.get(name).map(String::as_str);
        let is_ours = label(MANAGED_BY) == Some(TACKLEBOX);
        let is_own = is_ours
            && pod.metadata.namespace == wanted.namespace
            && label(COMPONENT) == Some(AGENT);
        if is_own {
            self.own += 1;
            return;
        }
        let mut containers = pod.staying();
        self.has_cilium |= containers.any(|it| it.image.contains("cilium"));
        let name = || format!("pod {} in namespace {}", pod.metadata.name, pod.metadata.namespace);
        for port in pod.staying().flat_map(|it| &it.ports) {
            let own = if pod.spec.host_network { port.container_port } else { port.host_port };
            if own > 0 {
                self.ports.entry(own).or_insert_with(name);
            }
        }
        let Some(container) = pod.staying().find(|it| is_obi(&it.image)) else { return };
        let owner = format!("{}/{}", pod.metadata.namespace, pod.workload());
        let agent = Agent { owner, image: container.image.clone(), is_ours };
        *self.agents.entry(agent).or_default() += 1;
    }
}

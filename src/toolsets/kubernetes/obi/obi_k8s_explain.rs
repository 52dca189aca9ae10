//! `obi_k8s_explain`: why OBI shows nothing of a workload.

use std::{collections::BTreeMap, time::Instant};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Obi,
    configuration::Meant,
    coverage::{Cover, Covered, log},
    explaining::{Asked, Heard, language, protocols, reasons, told},
    pages::{Place, each},
    pods::{Container, Pod, Standing},
    seen::is_obi,
};
use crate::{
    obi::{
        log::{Line, Problem},
        target::{Certainty, Reason, Selection},
    },
    output::{Document, Keep},
    tool::{Session, Tool, ToolError},
    toolsets::kubernetes::{
        address::Address,
        admitted,
        cluster::Cluster,
        few::few,
        listing::Listing,
        missing::found,
        pod_selector::{may_have_pods, pod_selector},
        problems::Problems,
        targets::{self, Scope, Target},
    },
};

/// Kinds of pods that are explained one by one.
const MOST: usize = 3;
/// Pods of a workload that are looked at.
const MOST_PODS: usize = 1_000;
/// Programs and problems of a log that are named.
const MOST_SAID: usize = 5;
const MOST_PROBLEMS: usize = 3;

/// Why OBI shows nothing of a workload or pod: node, rules, SDK and OBI's own log; the surest reason first, with the change that mends it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sExplain {
    /// deploy/web, sts/db, pod/web-1
    resource: String,
    /// Of the workload; default: the context's
    namespace: Option<String>,
    /// OBI's configuration; default: what is deployed
    config: Option<Value>,
    /// Where OBI is, if there are several
    obi_namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for ObiK8sExplain {
    const NAME: &'static str = "obi_k8s_explain";
    const TITLE: &'static str = "Explain what OBI does not show";

    type Context = Obi;
    type Output = Document;

    async fn call(self, obi: &Obi, session: &Session) -> Result<Document, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.names(self.obi_namespace.as_deref(), None);
        problems.one_namespace(self.namespace.as_deref());
        problems.one_namespace(self.obi_namespace.as_deref());
        problems.none()?;
        let cluster = obi.cluster(self.context.as_deref(), session).await?;
        let answer = Box::pin(self.answer(obi, &cluster, session));
        cluster.before(session.deadline(), answer).await
    }
}

/// What is known of the OBI that should see the pods.
struct Known {
    meant: Option<Meant>,
    selection: Option<Selection>,
    covered: Covered,
}

impl Known {
    fn is_deployed(&self) -> bool {
        self.meant.as_ref().is_some_and(|it| it.deployed.is_some())
    }
}

impl ObiK8sExplain {
    async fn answer(
        &self,
        obi: &Obi,
        cluster: &Cluster,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let pods = self.pods(cluster, session.deadline()).await?;
        let known = self.known(obi, cluster, session).await?;
        let kinds = kinds(&pods, &known.covered);
        let mut document = Document::new().note(heading(&self.resource, &pods, &known));
        for (pod, alike) in kinds.into_iter().take(MOST) {
            let text = explained(cluster, session, pod, alike, &known).await;
            document = document.untrusted("why, with words of pods and of OBI", text, Keep::Head);
        }
        Ok(document)
    }

    async fn known(
        &self,
        obi: &Obi,
        cluster: &Cluster,
        session: &Session,
    ) -> Result<Known, ToolError> {
        let home = obi.namespace(cluster, self.obi_namespace.as_deref()).await?;
        admitted::namespace(cluster, &home)?;
        let meant = match obi.meant(cluster, &home, self.config.as_ref()).await {
            Ok(meant) => Some(meant),
            // That there is none is the answer.
            Err(ToolError::NotFound(_)) => None,
            Err(error) => return Err(error),
        };
        let deployed = meant.as_ref().and_then(|it| it.deployed.as_ref());
        let covered = Covered::look(cluster, session, &home, deployed).await?;
        let selection = meant.as_ref().map(Meant::selection).transpose()?;
        Ok(Known { meant, selection, covered })
    }

    /// Those of the workload that are not on their way out.
    async fn pods(
        &self,
        cluster: &Cluster,
        deadline: Option<Instant>,
    ) -> Result<Vec<Pod>, ToolError> {
        let Scope::One { namespace, .. } =
            targets::scope(cluster, self.namespace.as_deref(), false)
        else {
            return Err(ToolError::invalid("`namespace`: one at a time: name it"));
        };
        admitted::namespace(cluster, &namespace)?;
        // A name alone is that of a pod.
        let is_whole = self.resource.contains('/');
        let resource =
            if is_whole { self.resource.clone() } else { format!("pod/{}", self.resource) };
        let targets = targets::resolve(cluster, &resource, None).await?;
        let [Target { resource, names }] = targets.as_slice() else {
            return Err(ToolError::invalid("`resource`: one workload at a time"));
        };
        let [name] = names.as_slice() else {
            return Err(ToolError::invalid("`resource`: which one? write deploy/NAME"));
        };
        if resource.group.is_empty() && resource.plural == "pods" {
            let listing = Listing {
                namespace: Some(&namespace),
                name: Some(name),
                ..Listing::of_all(cluster, resource)
            };
            return Ok(vec![found(&listing).await?]);
        }
        let none = || ToolError::invalid(format!("`resource`: {} has no pods", self.resource));
        if !may_have_pods(resource) {
            return Err(none());
        }
        let object = Address::new(resource, Some(&namespace), name).found(cluster).await?;
        let selector = pod_selector(cluster, resource, &namespace, &object).await?;
        let selector = selector.ok_or_else(none)?;
        let place =
            Place { namespace: Some(&namespace), labels: Some(&selector), ..Place::default() };
        let mut pods = Vec::new();
        let take = |it: Pod| {
            if pods.len() < MOST_PODS && it.metadata.deletion_timestamp.is_none() {
                pods.push(it);
            }
        };
        each(cluster, "pods", place, deadline, take).await?;
        if pods.is_empty() {
            return Err(ToolError::NotFound(format!(
                "{} has no pods: kubernetes_diagnose says why",
                self.resource
            )));
        }
        Ok(pods)
    }
}

fn heading(resource: &str, pods: &[Pod], known: &Known) -> String {
    let node = |it: &&Pod| known.covered.gap(&it.spec.node_name).is_none();
    let covered = pods.iter().filter(node).count();
    let on = if known.is_deployed() {
        format!("{covered} of {} on nodes with an OBI that is ready", pods.len())
    } else {
        "no OBI of Tacklebox's is deployed".to_owned()
    };
    match pods.len() {
        1 => format!("{resource}: {on}"),
        many => format!("{resource}: {many} pods, {on}"),
    }
}

/// One of each kind, and how many more are like it: what runs, and whether its node is covered, makes the difference.
fn kinds<'a>(pods: &'a [Pod], covered: &Covered) -> Vec<(&'a Pod, usize)> {
    let mut kinds: BTreeMap<(bool, bool), (&Pod, usize)> = BTreeMap::new();
    for pod in pods {
        let runs = pod.status.phase == "Running";
        let is_covered = covered.gap(&pod.spec.node_name).is_none();
        // What does not run, or is not covered, is explained first.
        let kind = kinds.entry((runs, is_covered)).or_insert((pod, 0));
        kind.1 += 1;
    }
    kinds.into_values().map(|(pod, count)| (pod, count - 1)).collect()
}

async fn explained(
    cluster: &Cluster,
    session: &Session,
    pod: &Pod,
    alike: usize,
    known: &Known,
) -> String {
    let node = pod.spec.node_name.as_str();
    let agent = match known.covered.nodes.get(node) {
        Some(Cover::Ready(agent)) if known.is_deployed() => Some(agent),
        _ => None,
    };
    let lines = match agent {
        Some(agent) => log(cluster, agent).await.map_err(|it| it.to_string()),
        None => Ok(Vec::new()),
    };
    let heard = agent.and_then(|_| lines.as_ref().ok()).map(|it| Heard::of(it));
    let foreign = if known.is_deployed() { None } else { foreign(cluster, session, node).await };
    let now = Timestamp::now();
    let mut text = vec![about(pod, alike)];
    let containers: Vec<&Container> = pod.staying().filter(|it| !is_obi(&it.image)).collect();
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for container in &containers {
        let asked = Asked {
            pod,
            container,
            selection: known.selection.as_ref(),
            covered: &known.covered,
            is_deployed: known.is_deployed(),
            is_without_kubernetes: known.meant.as_ref().is_some_and(Meant::is_without_kubernetes),
            heard: heard.as_ref(),
            foreign: foreign.as_deref(),
            now,
        };
        let mut all: Vec<String> = known
            .selection
            .iter()
            .filter_map(|it| chosen(&pod.standing(container, it, now)))
            .collect();
        all.extend(hints(container));
        all.extend(reasons(&asked).iter().map(line));
        let all = all.join("\n");
        match told.iter_mut().find(|it| it.0 == all) {
            Some(known) => known.1.push(&container.name),
            None => told.push((all, vec![&container.name])),
        }
    }
    for (reasons, names) in told {
        if containers.len() > 1 {
            text.push(format!("container {}:", names.join(", ")));
        }
        text.push(reasons);
    }
    match (agent, &lines) {
        (Some(agent), Ok(lines)) => text.extend(said(agent, lines, heard.as_ref(), now)),
        (Some(_), Err(error)) => text.push(format!("the log of the OBI there: {error}")),
        (None, _) => {}
    }
    text.join("\n")
}

/// `pod web-5d4-x on node n1, and 3 more like it`
fn about(pod: &Pod, alike: usize) -> String {
    let node = match pod.spec.node_name.as_str() {
        "" => "on no node yet".to_owned(),
        node => format!("on node {node}"),
    };
    let more = if alike > 0 { format!(", and {alike} more like it") } else { String::new() };
    format!("pod {} {node}{more}", pod.metadata.name)
}

fn chosen(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Chosen(rule, doubts) if doubts.is_empty() => Some(format!("{rule} chooses it")),
        Standing::Chosen(rule, doubts) => Some(format!("{rule} chooses it, {}", doubts.join("; "))),
        _ => None,
    }
}

/// Guesses, said to be some.
fn hints(container: &Container) -> Vec<String> {
    let language = language(container).map(|(it, why)| format!("perhaps in {it}: {why}"));
    let protocols = protocols(container);
    let spoken =
        (!protocols.is_empty()).then(|| format!("perhaps speaks {}", protocols.join(", ")));
    language.into_iter().chain(spoken).collect()
}

/// What the OBI of its node says of itself.
fn said(agent: &Pod, lines: &[Line], heard: Option<&Heard>, now: Timestamp) -> Vec<String> {
    let age = agent.agent().and_then(|it| agent.age(&it.name, now));
    let age = age.map(|it| format!(" for {}", told(it))).unwrap_or_default();
    let programs = heard.map(|it| it.progress.instrumented.as_slice()).unwrap_or_default();
    let names: Vec<String> =
        programs.iter().map(|it| format!("{} ({})", it.command, it.kind)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let instruments = match names.as_slice() {
        [] => "names no program that it instruments".to_owned(),
        names => format!("instruments {}", few(names, MOST_SAID)),
    };
    let mut told =
        vec![format!("OBI there (pod {}) runs{age}, and {instruments}", agent.metadata.name)];
    told.extend(problems(lines));
    told
}

/// What its log says is wrong, the worst first, each once.
fn problems(lines: &[Line]) -> Vec<String> {
    let mut problems: Vec<&Problem> = Vec::new();
    for problem in lines.iter().filter_map(|it| it.problem) {
        if !problems.iter().any(|it| it.name == problem.name) {
            problems.push(problem);
        }
    }
    problems.sort_by_key(|it| it.severity);
    let told = problems.iter().take(MOST_PROBLEMS).map(|it| {
        let fix = if it.fix.is_empty() { String::new() } else { format!(" (fix: {})", it.fix) };
        format!("its log: {}: {}{fix}", it.severity, it.meaning)
    });
    told.collect()
}

/// An OBI or Beyla on that node that Tacklebox did not deploy.
async fn foreign(cluster: &Cluster, session: &Session, node: &str) -> Option<String> {
    if node.is_empty() {
        return None;
    }
    let fields = format!("spec.nodeName={node}");
    let place = Place { fields: Some(&fields), ..Place::default() };
    let mut found = None;
    let seek = |it: Pod| {
        if let Some(container) = it.agent() {
            let Pod { metadata, .. } = &it;
            found = Some(format!(
                "pod {} in namespace {} runs {}",
                metadata.name, metadata.namespace, container.image
            ));
        }
    };
    each(cluster, "pods", place, session.deadline(), seek).await.ok()?;
    found
}

fn line(reason: &Reason) -> String {
    let certainty = match reason.certainty {
        Certainty::Sure => "sure",
        Certainty::Likely => "likely",
        Certainty::Possible => "possible",
    };
    let Reason { reason, evidence, fix, .. } = reason;
    let yaml = fix.yaml.as_deref().map(|it| format!("\n{}", it.trim_end())).unwrap_or_default();
    let evidence = if evidence.is_empty() { String::new() } else { format!(" ({evidence})") };
    let what = if fix.what.is_empty() { String::new() } else { format!("\n  fix: {}", fix.what) };
    format!("{certainty}: {reason}{evidence}{what}{}", yaml.replace('\n', "\n    "))
}

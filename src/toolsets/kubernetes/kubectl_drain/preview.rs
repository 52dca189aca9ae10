//! What a drain would do, for whoever decides.

use std::collections::BTreeMap;

use super::{
    Tried, budgets,
    pods::{Fate, Pod},
};
use crate::{
    tool::{Affected, Effect, Preview},
    toolsets::kubernetes::{cluster::Cluster, few::few, kubectl_cordon::Node},
};

/// Pods named of one owner.
const MOST_NAMED: usize = 20;

pub(super) fn preview(cluster: &Cluster, node: &Node, pods: &[Pod], tried: &Tried) -> Preview {
    let evicted: Vec<&Pod> = of(pods, Fate::Evicted).collect();
    let cordon = (!node.is_cordoned()).then(|| node.affected());
    let done = if cordon.is_some() { "cordoned and drained" } else { "drained" };
    Preview {
        summary: format!(
            "node {} would be {done}: {} of its {} pods evicted, in context {}",
            node.address.name,
            evicted.len(),
            pods.len(),
            cluster.identity.context
        ),
        details: details(pods, tried).join("\n"),
        affected: cordon.into_iter().chain(evicted.into_iter().map(affected)).collect(),
    }
}

fn of(pods: &[Pod], fate: Fate) -> impl Iterator<Item = &Pod> {
    pods.iter().filter(move |it| it.fate() == fate)
}

/// An evicted pod is made again elsewhere, unless nobody is there to do it.
fn affected(pod: &Pod) -> Affected {
    Affected {
        effect: if pod.is_alone() { Effect::Delete } else { Effect::Apply },
        kind: "Pod".to_owned(),
        group: String::new(),
        namespace: Some(pod.metadata.namespace.clone()),
        name: pod.metadata.name.clone(),
        state: format!("uid {}", pod.metadata.uid),
    }
}

fn details(pods: &[Pod], tried: &Tried) -> Vec<String> {
    let parts = [
        ("evicted", Fate::Evicted),
        ("ending already", Fate::Ending),
        ("staying, of daemonsets", Fate::OfDaemonSet),
        ("staying, static", Fate::Static),
    ];
    let mut lines = Vec::new();
    for (title, fate) in parts {
        let groups = grouped(of(pods, fate));
        if !groups.is_empty() {
            lines.push(format!("{title}:"));
            lines.extend(groups);
        }
    }
    if !tried.blocked.is_empty() {
        lines.push("not let go as things are now:".to_owned());
        let reasons = tried.blocked.iter().map(|(pod, said)| {
            let budgets = budgets::of(&tried.budgets, pod);
            (pod, budgets::reason(&budgets).unwrap_or_else(|| said.clone()))
        });
        lines.extend(by_reason(reasons).map(|it| format!("- {it}")));
    }
    lines
}

/// `shop/web-5d4-a, shop/web-5d4-b: why`, in the order of the first of each.
pub(super) fn by_reason<'a>(
    pods: impl Iterator<Item = (&'a Pod, String)>,
) -> impl Iterator<Item = String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (pod, why) in pods {
        match reasons.iter_mut().find(|it| it.0 == why) {
            Some((_, names)) => names.push(pod.to_string()),
            None => reasons.push((why, vec![pod.to_string()])),
        }
    }
    reasons.into_iter().map(|(why, names)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("{}: {why}", few(&names, MOST_NAMED))
    })
}

/// `- shop: Deployment/web: web-5d4-a, web-5d4-b`
fn grouped<'a>(pods: impl Iterator<Item = &'a Pod>) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for pod in pods {
        groups.entry(pod.group()).or_default().push(&pod.metadata.name);
    }
    let lines = groups.into_iter().map(|(group, mut names)| {
        names.sort_unstable();
        format!("- {group}: {}", few(&names, MOST_NAMED))
    });
    lines.collect()
}

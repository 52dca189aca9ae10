//! Which pods are asked: those in trouble, and a few others of every kind of node.

use std::collections::HashMap;

use super::{
    nodes::Nodes,
    pods::{Phase, Pod, groups},
};

/// Of each trouble, and of all troubles.
const OF_ONE_TROUBLE: usize = 2;
const TROUBLED: usize = 8;
const HEALTHY: usize = 8;

/// In the order in which they are told of.
pub(super) fn sample<'a>(pods: &'a [Pod], nodes: &Nodes) -> Vec<&'a Pod> {
    // The others have never begun to run, and have nothing to say.
    let has_words = |it: Phase| matches!(it, Phase::Crashing | Phase::OutOfMemory | Phase::Unready);
    let troubled = groups(pods).into_iter().filter(|it| has_words(it.phase));
    let troubled = troubled.flat_map(|it| it.pods.into_iter().take(OF_ONE_TROUBLE)).take(TROUBLED);
    troubled.chain(healthy(pods, nodes)).collect()
}

/// One of each kind of node, then a second one, and so on; those that were restarted first.
fn healthy<'a>(pods: &'a [Pod], nodes: &Nodes) -> Vec<&'a Pod> {
    let kinds: HashMap<&str, usize> =
        nodes.all.iter().map(|it| (it.name.as_str(), it.kind)).collect();
    let mut ready: Vec<&Pod> = pods.iter().filter(|it| it.phase == Phase::Ready).collect();
    // Names are random, so those that come first are anywhere.
    ready.sort_by(|one, other| {
        (other.restarts > 0).cmp(&(one.restarts > 0)).then_with(|| one.name.cmp(&other.name))
    });
    let mut seen: HashMap<Option<usize>, usize> = HashMap::new();
    let mut ranked: Vec<(usize, &Pod)> = ready
        .into_iter()
        .map(|pod| {
            let rank = seen.entry(kinds.get(pod.node.as_str()).copied()).or_default();
            *rank += 1;
            (*rank, pod)
        })
        .collect();
    ranked.sort_by_key(|it| it.0);
    ranked.into_iter().map(|it| it.1).take(HEALTHY).collect()
}

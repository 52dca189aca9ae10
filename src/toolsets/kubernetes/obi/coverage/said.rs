//! What the OBI of a node says in its log of the programs there.

use std::collections::BTreeMap;

use super::{super::pods::Pod, Cover, Covered};
use crate::{
    obi::log::{self, Line, Process, Progress},
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, error::Asked, side_by_side::side_by_side},
};

/// OBI says of a program once that it instruments it; what it said before these lines is not looked at.
const LINES: u32 = 20_000;
const BYTES: u32 = 4 << 20;

/// Logs that are read for one answer.
const MOST: usize = 16;

/// Programs that are instrumented, by node.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(super) nodes: BTreeMap<String, Vec<Process>>,
    /// OBIs whose logs were not read.
    pub(crate) unread: usize,
}

impl Said {
    pub(crate) async fn read(cluster: &Cluster, covered: &Covered) -> Self {
        let ready = covered.nodes.iter().filter_map(|(node, cover)| match cover {
            Cover::Ready(pod) => Some((node, pod)),
            _ => None,
        });
        let ready: Vec<_> = ready.collect();
        let mut said = Self { unread: ready.len().saturating_sub(MOST), ..Self::default() };
        let read = ready
            .into_iter()
            .take(MOST)
            .map(|(node, pod)| async move { (node.clone(), log(cluster, pod).await) });
        for (node, lines) in side_by_side(read.collect()).await {
            match lines {
                Ok(lines) => {
                    said.nodes.insert(node, Progress::of(&lines).instrumented);
                }
                Err(_) => said.unread += 1,
            }
        }
        said
    }

    /// Whether a program of that pod is among them, as far as names tell.
    pub(super) fn names(&self, pod: &Pod) -> bool {
        let programs = self.nodes.get(&pod.spec.node_name).into_iter().flatten();
        let workload = pod.workload();
        let name = workload.rsplit('/').next().unwrap_or_default().to_owned();
        programs.into_iter().any(|it| {
            (!it.service.is_empty() && it.service == name)
                || pod.staying().any(|container| container.may_run(&it.command))
        })
    }
}

/// The last lines of an OBI.
pub(crate) async fn log(cluster: &Cluster, agent: &Pod) -> Result<Vec<Line>, ToolError> {
    let (namespace, name) = (agent.metadata.namespace.as_str(), agent.metadata.name.as_str());
    let container = agent.agent().map(|it| it.name.as_str()).unwrap_or_default();
    let path = format!(
        "/api/v1/namespaces/{namespace}/pods/{name}/log?container={container}&tailLines={LINES}&limitBytes={BYTES}"
    );
    let asked =
        Asked { verb: "get", resource: "pods/log", name: Some(name), namespace: Some(namespace) };
    let text = cluster.get(&path, "*/*").await.map_err(|it| cluster.explain(&it, &asked))?;
    Ok(log::read(&text))
}

//! What OBI's container may do on a node, and what it may take of it.

use std::collections::BTreeMap;

use crate::{
    obi::{
        Kernel,
        plan::{Need, Plan, System},
    },
    toolsets::kubernetes::obi::wanted::Resources,
};

/// What OBI needs on any of the nodes. `SYS_ADMIN` may be among it, which stands for most of the others, and still is less than a
/// privileged container: that one has all capabilities and every device of the node besides. So OBI need never be privileged,
/// unless the node's runtime or security module holds back what the container was given.
///
/// What is not required is among it too: without it programs in Go, or all that is encrypted, may not be seen, and nothing says so.
/// Without any kernel to go by it is what OBI needs on the oldest that it runs on, which has all that newer ones need.
pub(in super::super) fn capabilities(plan: &Plan, kernels: &[Kernel]) -> Vec<Need> {
    let oldest = [Kernel::OLDEST];
    let kernels = if kernels.is_empty() { &oldest } else { kernels };
    let mut needs: Vec<Need> = Vec::new();
    for kernel in kernels {
        let system = System { kernel: *kernel, perf_event_paranoid: None };
        for need in plan.capabilities(&system) {
            match needs.iter_mut().find(|it| it.capability == need.capability) {
                Some(known) if need.required && !known.required => *known = need,
                Some(_) => {}
                None => needs.push(need),
            }
        }
    }
    needs
}

/// Processors are not limited: what is throttled loses events.
pub(in super::super) fn default_resources(plan: &Plan) -> Resources {
    let mebi = |it: u64| ("memory".to_owned(), amount(it));
    let cpu = ("cpu".to_owned(), "100m".to_owned());
    Resources {
        requests: BTreeMap::from([cpu, mebi(plan.memory.floor)]),
        limits: BTreeMap::from([mebi(plan.memory.limit)]),
    }
}

/// As the API server writes it, so that what is wanted and what is there are the same text.
fn amount(mebi: u64) -> String {
    if mebi.is_multiple_of(1024) { format!("{}Gi", mebi / 1024) } else { format!("{mebi}Mi") }
}

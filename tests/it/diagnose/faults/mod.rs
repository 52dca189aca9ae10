//! The faults. What is not said of a pod's status is real: scheduler, quotas, admission, autoscaler, claims, Jobs.

mod lives;
mod placing;
mod refusals;
mod starting;
mod together;
mod traffic;

use super::fault::Fault;

pub fn all() -> Vec<Fault> {
    let groups = [
        starting::images(),
        starting::crashes(),
        starting::configuration(),
        starting::probes(),
        placing::scheduling(),
        placing::nodes(),
        placing::storage(),
        traffic::traffic(),
        traffic::by_hand(),
        traffic::routes(),
        refusals::refusals(),
        lives::batch(),
        lives::lives(),
        together::together(),
    ];
    groups.into_iter().flatten().collect()
}

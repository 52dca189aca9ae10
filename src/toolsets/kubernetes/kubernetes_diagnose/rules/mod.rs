//! The rules: each looks at the snapshot and says what is wrong. One rule, one file, one line in [`RULES`].

mod backend;
mod chosen;
mod crash;
mod refused;
mod seen;
#[cfg(test)]
pub(super) mod testing;

mod account_missing;
mod admission;
mod autoscaler;
mod bad_command;
mod claim_missing;
mod claim_pending;
mod crash_loop;
mod cron_job;
mod daemon_set_gap;
mod disruption_budget;
mod drain_blocked;
mod evicted;
mod finalizers;
mod forbidden;
mod http_route;
mod image_pull;
mod ingress_backend;
mod ingress_tls;
mod init_container;
mod job_failed;
mod limit_range;
mod liveness;
mod missing_config;
mod namespace_terminating;
mod network_policy;
mod node_trouble;
mod ordinal_blocked;
mod out_of_memory;
mod pod_lost;
mod quota_exceeded;
mod readiness;
mod rollout_stuck;
mod scaled_to_zero;
mod service_endpoints;
mod service_manual;
mod service_ports;
mod unschedulable;
mod volume_mount;

use super::{finding::Finding, snapshot::Snapshot};

pub(super) struct Rule {
    /// That of its file.
    pub(super) name: &'static str,
    pub(super) look: fn(&Snapshot) -> Vec<Finding>,
}

/// In no order: findings are ranked by what they say.
pub(super) const RULES: [Rule; 38] = [
    account_missing::RULE,
    admission::RULE,
    autoscaler::RULE,
    bad_command::RULE,
    claim_missing::RULE,
    claim_pending::RULE,
    crash_loop::RULE,
    cron_job::RULE,
    daemon_set_gap::RULE,
    disruption_budget::RULE,
    drain_blocked::RULE,
    evicted::RULE,
    finalizers::RULE,
    forbidden::RULE,
    http_route::RULE,
    image_pull::RULE,
    ingress_backend::RULE,
    ingress_tls::RULE,
    init_container::RULE,
    job_failed::RULE,
    limit_range::RULE,
    liveness::RULE,
    missing_config::RULE,
    namespace_terminating::RULE,
    network_policy::RULE,
    node_trouble::RULE,
    ordinal_blocked::RULE,
    out_of_memory::RULE,
    pod_lost::RULE,
    quota_exceeded::RULE,
    readiness::RULE,
    rollout_stuck::RULE,
    scaled_to_zero::RULE,
    service_endpoints::RULE,
    service_manual::RULE,
    service_ports::RULE,
    unschedulable::RULE,
    volume_mount::RULE,
];

/// What all rules find.
pub(super) fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let look = |rule: &Rule| {
        let found = (rule.look)(snapshot);
        tracing::trace!(rule = rule.name, found = found.len());
        found
    };
    RULES.iter().flat_map(look).collect()
}

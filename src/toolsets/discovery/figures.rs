//! Discovery in numbers, for whoever scrapes them: by the names that kubernaut's service had, where they say what is meant here.

use std::{fmt, sync::atomic::Ordering, time::Duration};

use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
};

use super::{
    Discovery, Running,
    finding::{Found, Health},
    publish::{Publisher, Role},
    snapshot::Snapshot,
};

type Labels = Vec<(&'static str, String)>;
type Timed = Family<Labels, Histogram, fn() -> Histogram>;

/// What is counted as it happens, in all clusters that are looked through. Clones count together.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    rounds: Timed,
    errors: Family<Labels, Counter>,
    failures: Family<Labels, Counter>,
}

/// Why something could not be looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Obstacle {
    /// There is no way to the cluster.
    Unreachable,
    Forbidden,
    /// A list or a watch broke off.
    Interrupted,
}

impl Default for Tally {
    fn default() -> Self {
        let (errors, failures) = (Family::default(), Family::default());
        Self { rounds: Timed::new_with_constructor(seconds), errors, failures }
    }
}

fn seconds() -> Histogram {
    Histogram::new([0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
}

impl Tally {
    /// Everything was read, and everybody asked, in that time.
    pub(super) fn round(&self, context: Option<&str>, took: Duration) {
        self.rounds.get_or_create(&labels(context, [])).observe(took.as_secs_f64());
    }

    pub(super) fn error(&self, context: Option<&str>, obstacle: Obstacle) {
        let word = match obstacle {
            Obstacle::Unreachable => "unreachable",
            Obstacle::Forbidden => "forbidden",
            Obstacle::Interrupted => "interrupted",
        };
        self.errors.get_or_create(&labels(context, [("error_type", word)])).inc();
    }

    /// What somebody answered; what went well is not counted.
    pub(super) fn answer(&self, context: Option<&str>, found: &Found) {
        if found.health.is_usable() || found.health == Health::Unknown {
            return;
        }
        let product = found.finding.detector.product.as_str();
        let failure = [("service_type", product), ("reason", found.health.word())];
        self.failures.get_or_create(&labels(context, failure)).inc();
    }
}

impl Discovery {
    /// Each family once, whatever number of clusters is behind it.
    pub(super) fn measure(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (services, tools) = self.found();
        let name = "dynamic_toolset_services_discovered";
        family(out, name, "Services that were found, by type and health", &services)?;
        family(out, "dynamic_toolset_tools_count", "Services in the toolset", &tools)?;
        let name = "dynamic_toolset_discovery_duration_seconds";
        family(out, name, "How long it took to read and ask everything once", &self.tally.rounds)?;
        let name = "dynamic_toolset_discovery_errors";
        family(out, name, "What could not be looked at", &self.tally.errors)?;
        let name = "dynamic_toolset_health_check_failures";
        family(out, name, "Answers that did not prove a service", &self.tally.failures)?;
        self.measure_publishing(out)
    }

    fn found(&self) -> (Family<Labels, Gauge>, Family<Labels, Gauge>) {
        let (services, tools) = (Family::<Labels, Gauge>::default(), Family::default());
        for (context, snapshot) in self.running().iter().filter_map(seen) {
            for found in &snapshot.found {
                let product = found.finding.detector.product.as_str();
                let kind = [("service_type", product), ("health", found.health.word())];
                services.get_or_create(&labels(context, kind)).inc();
            }
            let count = self.document(&snapshot).tools.len();
            let gauge: &Gauge = &tools.get_or_create(&labels(context, []));
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        (services, tools)
    }

    fn measure_publishing(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (updates, drift) = (Family::<Labels, Counter>::default(), Family::default());
        let (elections, leads) = (Family::<Labels, Counter>::default(), Family::default());
        let reloads = Family::<Labels, Counter>::default();
        for (context, publisher) in self.running().iter().filter_map(publisher) {
            let counters = publisher.counters();
            let results = [
                (&updates, "written", &counters.written),
                (&updates, "unchanged", &counters.unchanged),
                (&updates, "failed", &counters.failed),
                (&elections, "elected", &counters.elected),
                (&elections, "deposed", &counters.deposed),
                (&reloads, "done", &counters.reloads),
                (&reloads, "failed", &counters.reloads_failed),
            ];
            for (family, result, counted) in results {
                let labels = labels(context, [("result", result)]);
                family.get_or_create(&labels).inc_by(counted.load(Ordering::Relaxed));
            }
            let counter: &Counter = &drift.get_or_create(&labels(context, []));
            counter.inc_by(counters.corrected.load(Ordering::Relaxed));
            let is_leader = matches!(publisher.status().role, Role::Leader { .. });
            let gauge: &Gauge = &leads.get_or_create(&labels(context, []));
            gauge.set(is_leader.into());
        }
        let name = "dynamic_toolset_configmap_updates";
        family(out, name, "Attempts to write the toolset", &updates)?;
        let name = "dynamic_toolset_configmap_drift_detected";
        family(out, name, "Writes that took back what somebody else had changed", &drift)?;
        let name = "dynamic_toolset_leader_elections";
        family(out, name, "How often this process began to lead, or lost the lead", &elections)?;
        family(out, "dynamic_toolset_leader", "Whether this process writes the toolset", &leads)?;
        let name = "dynamic_toolset_reloads";
        family(out, name, "Calls that had HolmesGPT read its toolsets again", &reloads)
    }
}

fn seen(running: &Running) -> Option<(Option<&str>, std::sync::Arc<Snapshot>)> {
    let look = running.survey.look();
    Some((running.survey.context(), look.snapshot()?.clone()))
}

fn publisher(running: &Running) -> Option<(Option<&str>, &Publisher)> {
    Some((running.survey.context(), &running.publishing.as_ref()?.publisher))
}

/// The current context has no name here.
fn labels<const N: usize>(context: Option<&str>, more: [(&'static str, &str); N]) -> Labels {
    let context = context.map(|it| ("context", it));
    context.into_iter().chain(more).map(|(name, value)| (name, value.to_owned())).collect()
}

fn family(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    family: &impl EncodeMetric,
) -> fmt::Result {
    // As the registry writes it.
    let help = format!("{help}.");
    family.encode(out.encode_descriptor(name, &help, None, family.metric_type())?)
}

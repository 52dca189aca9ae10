//! What is needed, from the table in `needs.yaml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Feature, Plan, Wanted};
use crate::obi::{kernel::Kernel, mode::Mode};

static TABLE: LazyLock<Needs> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("needs.yaml")).expect("the tests read it")
});

/// What capabilities depend on beside the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System {
    pub kernel: Kernel,
    /// `kernel.perf_event_paranoid`, where it is known.
    pub perf_event_paranoid: Option<i64>,
}

/// A capability, without `CAP_`, as Kubernetes calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    pub capability: String,
    /// Without it OBI does not start, or a mode does not work.
    pub required: bool,
    pub why: String,
}

/// A folder of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    pub path: String,
    pub read_only: bool,
    pub required: bool,
    pub why: String,
}

/// What works from a kernel on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Newer {
    pub from: Kernel,
    pub required: bool,
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Needs {
    capabilities: Vec<Row>,
    mounts: Vec<Row>,
    kernels: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default)]
    capability: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    when: Vec<Condition>,
    #[serde(default)]
    from: Option<Kernel>,
    #[serde(default)]
    below: Option<Kernel>,
    #[serde(default)]
    paranoid: bool,
    #[serde(default)]
    required: bool,
    why: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Condition {
    Mode(Mode),
    Feature(Feature),
}

impl Needs {
    pub(super) fn table() -> &'static Self {
        &TABLE
    }

    pub(super) fn capabilities(&self, plan: &Plan, system: &System) -> Vec<Need> {
        let is_paranoid = system.perf_event_paranoid.is_some_and(|it| it >= 3);
        let fits = |it: &&Row| {
            it.is_wanted(&plan.modes, &plan.features)
                && it.is_of(system.kernel)
                && (!it.paranoid || is_paranoid)
        };
        let mut needs: Vec<Need> = Vec::new();
        for row in self.capabilities.iter().filter(fits) {
            let known = needs.iter_mut().find(|it| it.capability == row.capability);
            match known {
                Some(known) => {
                    known.required |= row.required;
                    known.why = format!("{}; {}", known.why, row.why);
                }
                None => needs.push(Need {
                    capability: row.capability.clone(),
                    required: row.required,
                    why: row.why.clone(),
                }),
            }
        }
        needs
    }

    pub(super) fn mounts(&self, wanted: &Wanted) -> Vec<Mount> {
        let mut mounts: Vec<Mount> = Vec::new();
        for row in wanted_rows(&self.mounts, wanted) {
            let path = match (row.path.as_str(), &wanted.bpf_filesystem) {
                ("/sys/fs/bpf", Some(own)) => own.trim_end_matches('/').to_owned(),
                (path, _) => path.to_owned(),
            };
            // The first of a path is the one that counts for more.
            if !mounts.iter().any(|it| it.path == path) {
                let Row { read_only, required, ref why, .. } = *row;
                mounts.push(Mount { path, read_only, required, why: why.clone() });
            }
        }
        mounts
    }

    pub(super) fn kernels(&self, wanted: &Wanted) -> Vec<Newer> {
        let rows = wanted_rows(&self.kernels, wanted);
        rows.filter_map(|it| {
            Some(Newer { from: it.from?, required: it.required, why: it.why.clone() })
        })
        .collect()
    }
}

fn wanted_rows<'a>(rows: &'a [Row], wanted: &Wanted) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(|it| it.is_wanted(&wanted.modes, &wanted.features))
}

impl Row {
    fn is_wanted(&self, modes: &[Mode], features: &[Feature]) -> bool {
        let holds = |it: &Condition| match it {
            Condition::Mode(mode) => modes.contains(mode),
            Condition::Feature(feature) => features.contains(feature),
        };
        self.when.is_empty() || self.when.iter().any(holds)
    }

    fn is_of(&self, kernel: Kernel) -> bool {
        self.from.is_none_or(|it| kernel >= it) && self.below.is_none_or(|it| kernel < it)
    }
}

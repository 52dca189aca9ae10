//! What is known of a Service over time, so that a blip takes nothing out of a toolset.

use super::is_one_place;
use crate::toolsets::discovery::finding::{Found, Health};

/// So many failures in a row, and what was fine is down.
const DOWN: u32 = 2;

/// What is held true of a Service.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::toolsets::discovery) struct Known {
    pub(in crate::toolsets::discovery) found: Found,
    /// Failures in a row that are not told yet.
    pub(in crate::toolsets::discovery) misses: u32,
}

/// What is held true after it was asked once more. One success brings it up; of something that was never fine, everything is told
/// at once. Where nothing was learned, all stays as it was.
pub(in crate::toolsets::discovery) fn after(before: Option<&Known>, new: Found) -> Known {
    let before = before.filter(|it| is_about_the_same(&it.found, &new));
    let Some(before) = before else { return Known { found: new, misses: 0 } };
    let kept = |misses| Known {
        found: Found { finding: new.finding.clone(), ..before.found.clone() },
        misses,
    };
    let misses = before.misses + 1;
    match new.health {
        Health::Unknown => kept(before.misses),
        _ if new.health.is_usable() => Known { found: new, misses: 0 },
        _ if before.found.health.is_usable() && misses < DOWN => kept(misses),
        _ => Known { found: new, misses: 0 },
    }
}

/// Whether what was learned then says anything of now: another product, or another port, is another thing.
fn is_about_the_same(before: &Found, new: &Found) -> bool {
    let mut still = new.finding.endpoints.iter();
    before.finding.place == new.finding.place
        && before.finding.detector.product == new.finding.detector.product
        && still.any(|it| is_one_place(it, &before.endpoint))
}

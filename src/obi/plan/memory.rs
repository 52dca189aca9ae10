//! How much memory OBI takes.

use serde::Serialize;

use super::Wanted;
use crate::obi::mode::Mode;

/// The maps in the kernel are set up at once and count for OBI's container, although they are not in its resident set: 338 MiB were
/// measured, idle, and 90 to 110 MiB besides them.
const MAPS: u64 = 338;
const BESIDES: u64 = 174;

/// OBI in network mode alone took 112 MB.
const WITHOUT_APPLICATION: u64 = 256;

/// Pods were seen with 566 MiB to 1.9 GiB.
const ROOM: u64 = 1536;

/// In MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Of which the maps in the kernel take this.
    pub maps: u64,
    /// With less OBI is killed while it starts. To be requested.
    pub floor: u64,
    /// To be limited to.
    pub limit: u64,
}

impl Memory {
    pub(super) fn of(wanted: &Wanted) -> Self {
        if !wanted.has(Mode::Application) {
            let floor = WITHOUT_APPLICATION;
            return Self { maps: floor / 2, floor, limit: floor + ROOM };
        }
        let steps = wanted.map_scale.clamp(-3, 3);
        let by = 1 << steps.unsigned_abs();
        let maps = if steps < 0 { MAPS / by } else { MAPS * by };
        let floor = maps + BESIDES;
        Self { maps, floor, limit: floor + ROOM }
    }
}

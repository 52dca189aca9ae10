//! How much memory OBI takes.

use serde::Serialize;

use super::Wanted;
use crate::obi::mode::Mode;

/// The maps in the kernel are set up at once and count for OBI's container, although they are not in its resident set: 338 MiB were
/// measured, idle, and 90 to 110 MiB besides them.
const MAPS: u64 = 338;
const BESIDES: u64 = 174;

/// Without processes there are few maps: those of flows, and those of connections.
const MAPS_OF_FLOWS: u64 = 18;
const MAPS_OF_STATS: u64 = 10;
/// Measured were 37 MiB at most, and 70 while the pages of the program were read for the first time, which the kernel takes back.
const BESIDES_ALONE: u64 = 46;
const ROOM_ALONE: u64 = 192;

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
            return Self::without_application(wanted);
        }
        let maps = scaled(MAPS, wanted.map_scale.clamp(-3, 3));
        let floor = maps + BESIDES;
        Self { maps, floor, limit: floor + ROOM }
    }

    /// Not all of these maps grow with the scale: at most they were twice as large.
    fn without_application(wanted: &Wanted) -> Self {
        let of = |mode, maps| if wanted.has(mode) { maps } else { 0 };
        let maps = of(Mode::Network, MAPS_OF_FLOWS) + of(Mode::Stats, MAPS_OF_STATS);
        let maps = scaled(maps, wanted.map_scale.clamp(-3, 1));
        let floor = maps + BESIDES_ALONE;
        Self { maps, floor, limit: floor + ROOM_ALONE }
    }
}

/// Doubled so many times, or halved.
fn scaled(maps: u64, steps: i64) -> u64 {
    let by = 1 << steps.unsigned_abs();
    if steps < 0 { maps / by } else { maps * by }
}

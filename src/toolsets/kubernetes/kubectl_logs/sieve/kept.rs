//! The lines of one log that are kept so far.

use std::collections::{BTreeMap, HashMap};

use super::Line;
use crate::toolsets::kubernetes::shape::shape;

/// The newest lines so far, in their order.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) by_number: BTreeMap<u64, Line>,
    /// The number of the line that stands for all of a shape.
    by_shape: HashMap<String, u64>,
    pub(super) bytes: usize,
}

impl Kept {
    pub(super) fn add(&mut self, mut line: Line, dedupe: bool) {
        if dedupe {
            let earlier = self.by_shape.insert(shape(&line.text), line.number);
            if let Some(earlier) = earlier.and_then(|it| self.by_number.remove(&it)) {
                self.bytes -= earlier.text.len();
                line.count += earlier.count;
            }
        }
        self.bytes += line.text.len();
        self.by_number.insert(line.number, line);
    }

    /// How many lines that were.
    pub(super) fn forget_the_oldest(&mut self) -> u64 {
        let Some((_, line)) = self.by_number.pop_first() else { return 0 };
        self.bytes -= line.text.len();
        if !self.by_shape.is_empty() {
            self.by_shape.remove(&shape(&line.text));
        }
        line.count as u64
    }
}

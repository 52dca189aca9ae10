//! From one form of a configuration to another, with a word about every key that does not stay what it was.

mod merge;
mod write;

pub use self::merge::{Merged, NotMerged, merge};

//! From one form of a configuration to another, with a word about every key that does not stay what it was.

mod invented;
mod merge;
mod sections;
mod step;
mod variables;
mod write;

#[cfg(test)]
mod tests;

pub use self::{
    invented::{from_invented, from_invented_variables, invented, selects},
    merge::{Merged, NotMerged, merge},
    step::Step,
    variables::{Placed, from_variables, to_variables},
};

//! What OBI sees of a cluster: which nodes it covers, and what it makes of the pods there.

mod cover;
mod rows;
mod said;
#[cfg(test)]
mod tests;

pub(super) use self::{
    cover::{Cover, Covered},
    rows::{Judge, Tally},
    said::{Said, log},
};

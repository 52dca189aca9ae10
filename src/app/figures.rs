//! The numbers of whichever toolsets are in service when somebody scrapes them: a reload neither doubles nor loses a family.

use std::fmt;

use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};

use crate::registry::Registry;

pub(super) struct Figures(pub(super) Registry);

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.measure(&mut encoder)
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Figures")
    }
}

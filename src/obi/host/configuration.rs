//! Whether OBI starts with a configuration at all, as one of the things that are looked at before it does.

use super::{Check, Outcome};
use crate::obi::config::{Environment, Release, check};

/// `fix` says where it is told what is wrong with it.
pub fn configuration(text: &str, environment: &Environment, release: Release, fix: &str) -> Check {
    let starts = check(text, environment, release).starts();
    let found = if starts { "OBI starts with it" } else { "OBI does not start with it" };
    let why = "without a configuration that it accepts OBI ends at once";
    Check::new("configuration", Outcome::from(starts), found, why, fix)
}

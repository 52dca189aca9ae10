mod configurations;
mod facts;
mod rules;
mod runs;
mod schema;
mod table;

use super::{Environment, Finding, Release, Severity, check};

fn findings(text: &str) -> Vec<Finding> {
    check(text, &Environment::default(), Release::KNOWN).findings
}

//! Any text is judged, planned for, and looked at for what it would choose.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tacklebox_fuzz::obi::{
    config::{Environment, Release, check, destinations, shutdown_timeout},
    plan::plan,
    target::Selection,
};

fuzz_target!(|text: &str| {
    let environment = Environment::default();
    let report = check(text, &environment, Release::KNOWN);
    let selection = Selection::read(text, &environment, Release::KNOWN);
    // What is read at all is read by everybody.
    assert!(plan(text, &environment, Release::KNOWN).is_some() || !report.findings.is_empty());
    assert!(selection.is_ok() || !report.findings.is_empty());
    let _ = destinations(text, &environment, Release::KNOWN);
    let _ = shutdown_timeout(text, &environment, Release::KNOWN);
});

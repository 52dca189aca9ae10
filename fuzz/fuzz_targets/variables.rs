//! Any variables, one NAME=VALUE a line, count for more than any file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tacklebox_fuzz::obi::{
    config::{Environment, Release, check},
    plan::plan,
};

fuzz_target!(|text: &str| {
    let variables: Environment = text.lines().filter_map(|it| it.split_once('=')).collect();
    let file = "trace_printer: ${PRINTER:-text}\nprometheus_export: {port: ${PORT}}\n";
    let _ = check(file, &variables, Release::KNOWN);
    let _ = plan(file, &variables, Release::KNOWN);
});

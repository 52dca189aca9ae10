//! Any bytes are lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tacklebox_fuzz::obi::log::{Progress, read};

fuzz_target!(|bytes: &[u8]| {
    let lines = read(bytes);
    assert!(lines.len() <= bytes.len());
    let _ = Progress::of(&lines);
});

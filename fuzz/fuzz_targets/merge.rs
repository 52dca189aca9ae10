//! Whatever is merged means what it should, or is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tacklebox_fuzz::{obi::convert::merge, tree::Node};

fuzz_target!(|texts: (&str, &str)| {
    let (text, patch) = texts;
    let Ok(patch) = serde_saphyr::from_str::<serde_json::Value>(patch) else { return };
    if let Ok(merged) = merge(text, &patch) {
        assert!(Node::parse(&merged.text).is_ok());
    }
});

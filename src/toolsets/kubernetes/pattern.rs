//! Regular expressions that callers write.

use regex::{Regex, RegexBuilder};

/// Compiles a pattern; bounded, so that none can take the machine's memory.
pub(super) fn pattern(argument: &str, text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(1 << 20).build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("`{argument}`: not a regular expression: {last}")
    })
}

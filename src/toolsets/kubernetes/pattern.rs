//! Regular expressions that callers write.

use regex::{Regex, RegexBuilder};

/// Compiles a pattern, to which upper and lower case are the same: who looks for `error` means `Error` too. Bounded, so that none can take the machine's memory.
pub(super) fn pattern(argument: &str, text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).case_insensitive(true).size_limit(1 << 20).build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("`{argument}`: not a regular expression: {last}")
    })
}

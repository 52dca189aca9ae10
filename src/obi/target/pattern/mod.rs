//! Globs and regular expressions, as OBI's libraries read them: both become one of ours.

mod glob;
mod regex;

#[cfg(test)]
mod tests;

use ::regex::Regex;

/// What a text has to be.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Of the whole text: `shop-*`, `{a,b}`, `web[0-9]`, `[!/]`.
    pub(super) fn glob(written: &str) -> Result<Self, String> {
        let inside = glob::to_regex(written)?;
        compiled(&format!(r"(?s)\A(?:{inside})\z"), written)
    }

    /// Of any part of the text.
    pub(super) fn regex(written: &str) -> Result<Self, String> {
        compiled(&regex::to_ours(written), written)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn compiled(ours: &str, written: &str) -> Result<Pattern, String> {
    let compiled = ::regex::RegexBuilder::new(ours).octal(true).build();
    compiled.map(Pattern).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("{written} is no pattern: {reason}")
    })
}

//! Globs and regular expressions, as OBI's libraries read them: both become one of ours.

mod class;
mod doubt;
mod escape;
mod glob;
mod regex;

#[cfg(test)]
mod tests;

use ::regex::Regex;

pub(in crate::obi) use self::doubt::{Doubt, doubt};

/// What a text has to be.
#[derive(Debug, Clone)]
pub(in crate::obi) struct Pattern {
    ours: Regex,
    doubt: Option<Doubt>,
}

/// What stands behind a character that has been read.
type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

impl Pattern {
    /// Of the whole text: `shop-*`, `{a,b}`, `web[0-9]`, `[!/]`.
    pub(in crate::obi) fn glob(written: &str) -> Result<Self, String> {
        let inside = glob::to_regex(written)?;
        let pattern = compiled(&format!(r"(?s)\A(?:{inside})\z"), written)?;
        Ok(Self { doubt: doubt(written), ..pattern })
    }

    /// Of any part of the text.
    pub(in crate::obi) fn regex(written: &str) -> Result<Self, String> {
        let ours = regex::to_ours(written)
            .map_err(|it| format!("{written} is no regular expression: {it}"))?;
        compiled(&ours, written)
    }

    pub(in crate::obi) fn matches(&self, text: &str) -> bool {
        self.ours.is_match(text)
    }

    /// Why OBI's library may not meet what the pattern means.
    pub(in crate::obi) fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }
}

/// Why OBI would not take it for a glob. Only brackets can be wrong.
pub(in crate::obi) fn wrong_glob(written: &str) -> Option<String> {
    if !written.contains('[') {
        return None;
    }
    glob::to_regex(written).err()
}

fn compiled(ours: &str, written: &str) -> Result<Pattern, String> {
    let compiled = Regex::new(ours);
    compiled.map(|ours| Pattern { ours, doubt: None }).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("{written} is no pattern: {reason}")
    })
}

fn literal(character: char) -> String {
    ::regex::escape(character.encode_utf8(&mut [0; 4]))
}

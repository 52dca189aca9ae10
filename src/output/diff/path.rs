//! Where a difference is: `spec.containers[web].image`, `metadata.labels['app.kubernetes.io/name']`.

use std::{borrow::Cow, fmt::Write};

use crate::output::{plain, shorten::clip};

/// In characters, of one step.
const LONGEST: usize = 80;

/// In characters, of a path that is told.
const BEGINNING: usize = 80;
const END: usize = 160;

/// How long a path was.
pub(super) struct Back(usize);

/// Grows and shrinks with the walk.
#[derive(Default)]
pub(super) struct Path {
    text: String,
}

impl Path {
    /// Of a long path, how it begins and how it ends.
    pub(super) fn told(&self) -> Cow<'_, str> {
        let length = self.text.chars().count();
        let Some(skipped) = length.checked_sub(BEGINNING + END).filter(|it| *it > 0) else {
            return Cow::Borrowed(&self.text);
        };
        let beginning = self.text.chars().take(BEGINNING);
        let end = self.text.chars().skip(BEGINNING + skipped);
        Cow::Owned(beginning.chain(['…']).chain(end).collect())
    }

    /// The name of the last field.
    pub(super) fn last(&self) -> &str {
        self.text.rsplit('.').next().unwrap_or_default()
    }

    /// One field further; what it returns leads back.
    pub(super) fn field(&mut self, name: &str) -> Back {
        let back = Back(self.text.len());
        let name = step(name);
        if name.is_empty() || name.contains(|it: char| !is_bare(it)) {
            let quote = if name.contains('\'') { '"' } else { '\'' };
            self.write(format_args!("[{quote}{name}{quote}]"));
        } else if self.text.is_empty() {
            self.text.push_str(&name);
        } else {
            self.write(format_args!(".{name}"));
        }
        back
    }

    /// One item further, which is known by its name or its place.
    pub(super) fn item(&mut self, item: &str) -> Back {
        let back = Back(self.text.len());
        self.write(format_args!("[{}]", step(item)));
        back
    }

    pub(super) fn go(&mut self, Back(length): Back) {
        self.text.truncate(length);
    }

    fn write(&mut self, step: std::fmt::Arguments<'_>) {
        let written = self.text.write_fmt(step);
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
}

fn step(name: &str) -> String {
    let mut name = plain::cell(name).into_owned();
    clip(&mut name, LONGEST);
    name
}

/// What the paths of the toolsets take without quotes.
fn is_bare(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/')
}

//! What a call asks for, once every argument has been checked.

use jiff::Timestamp;

use super::{KubectlLogs, level::Level, sieve::Wanted};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{problems::Problems, time},
};

/// More lines per container than this are more than an answer can ever hold.
const MOST_LINES: usize = 10_000;
const MOST_AROUND: usize = 100;

pub(super) struct Query {
    pub(super) wanted: Wanted,
    /// Lines per container.
    pub(super) tail: Option<usize>,
    pub(super) previous: bool,
    /// All of them when none is named.
    pub(super) containers: Vec<String>,
    pub(super) timestamps: Option<bool>,
}

impl KubectlLogs {
    /// All that is wrong with the arguments, at once.
    pub(super) fn check(&self, now: Timestamp) -> Result<Query, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.labels("label_selector", self.label_selector.as_deref());
        let past = |argument: &str, text: Option<&String>| {
            text.map(|it| time::past(argument, it, now)).transpose()
        };
        let since = problems.keep(past("since", self.since.as_ref())).flatten();
        let until = problems.keep(past("until", self.until.as_ref())).flatten();
        let level = self.level.as_ref().map(|it| Level::parse("level", it)).transpose();
        let wanted = Wanted {
            grep: problems.pattern("grep", self.grep.as_deref()),
            exclude: problems.pattern("exclude", self.exclude.as_deref()),
            level: problems.keep(level).flatten(),
            around: self.context_lines.map_or(0, |it| it as usize).min(MOST_AROUND),
            dedupe: self.dedupe == Some(true),
            since,
            until,
        };
        problems.unless(
            self.resource.is_some() || self.label_selector.is_some(),
            "give `resource` (web-1, deploy/web) or `label_selector`",
        );
        problems.unless(self.tail != Some(0), "`tail`: 0 would show nothing");
        let ordered = since.zip(until).is_none_or(|(since, until)| since <= until);
        problems.unless(ordered, "`until` is before `since`");
        problems.unless(
            wanted.around == 0 || wanted.grep.is_some() || wanted.level.is_some(),
            "`context_lines` are around what `grep` or `level` finds: give one of them",
        );
        problems.none()?;
        Ok(Query {
            wanted,
            tail: self.tail.map(|it| (it as usize).min(MOST_LINES)),
            previous: self.previous == Some(true),
            containers: self.containers(),
            timestamps: self.timestamps,
        })
    }

    fn containers(&self) -> Vec<String> {
        let names = self.container.iter().flat_map(|it| it.split([',', ' ']));
        names.map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }
}

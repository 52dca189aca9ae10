//! `obi_local_logs`: what OBI says, with what it means first.

use jiff::Timestamp;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Local, log::Tail, look::nothing, problems};
use crate::{
    obi::log::{self, Least, Line},
    output::{Document, Keep},
    tool::{Session, Tool, ToolError},
};

const DEFAULT_LINES: usize = 100;

/// Log of the OBI on this host since it was deployed, known problems with their fix first.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiLocalLogs {
    /// Default: 100
    #[schemars(range(min = 1, max = 10000))]
    lines: Option<usize>,
    /// And what is worse; a known problem is shown whatever its level. Default: info
    level: Option<Least>,
    /// 10m, or a time such as 2026-11-30T12:00:00Z
    since: Option<String>,
    /// A regular expression
    grep: Option<String>,
}

impl Tool for ObiLocalLogs {
    const NAME: &'static str = "obi_local_logs";
    const TITLE: &'static str = "OBI's log here";
    const ALIASES: &'static [&'static str] = &["obi_get_logs"];

    type Context = Local;
    type Output = Document;

    async fn call(self, local: &Local, _: &Session) -> Result<Document, ToolError> {
        let (since, grep) = (self.since(Timestamp::now())?, self.grep()?);
        let deployment = local.store.deployment()?.ok_or_else(nothing)?;
        let from = deployment.log_from;
        let path = local.store.log();
        let Tail { bytes, is_cut } = local
            .tail(from)
            .map_err(|error| ToolError::Failed(format!("{}: {error}", path.display())))?;
        let lines = after(log::read(&bytes), since);
        let problems = problems::told(&lines);
        let chosen = self.chosen(&lines, grep.as_ref());
        let document = problems::table(&problems);
        let mut words = format!("{} of {} lines of {}", chosen.len(), lines.len(), path.display());
        if is_cut {
            words.push_str(", of which only the end was looked at");
        }
        if chosen.is_empty() {
            return Ok(document.note(format!("no line fits ({words})")));
        }
        let document = document.note(words).narrow("lines, level, since or grep");
        Ok(document.untrusted("OBI's log", chosen.join("\n"), Keep::Tail))
    }
}

impl ObiLocalLogs {
    fn since(&self, now: Timestamp) -> Result<Option<Timestamp>, ToolError> {
        let Some(text) = self.since.as_deref() else { return Ok(None) };
        if let Ok(time) = text.parse() {
            return Ok(Some(time));
        }
        let ago = text.parse::<jiff::SignedDuration>().ok().filter(|it| !it.is_negative());
        let time = ago.and_then(|it| now.checked_sub(it).ok());
        time.map(Some).ok_or_else(|| {
            ToolError::invalid(format!(
                "`since`: {text} is neither a duration such as 10m nor a time such as 2026-11-30T12:00:00Z"
            ))
        })
    }

    fn grep(&self) -> Result<Option<Regex>, ToolError> {
        let grep = self.grep.as_deref().map(Regex::new).transpose();
        grep.map_err(|error| ToolError::invalid(format!("`grep`: {error}")))
    }

    /// The last of those that are asked for.
    fn chosen<'a>(&self, lines: &'a [Line], grep: Option<&Regex>) -> Vec<&'a str> {
        let fits = |it: &&Line| {
            let is_loud = it.problem.is_some() || self.level.unwrap_or_default().hears(it.level);
            is_loud && grep.is_none_or(|grep| grep.is_match(&it.raw))
        };
        let mut chosen: Vec<&str> = lines
            .iter()
            .rev()
            .filter(fits)
            .take(self.lines.unwrap_or(DEFAULT_LINES))
            .map(|it| it.raw.as_str())
            .collect();
        chosen.reverse();
        chosen
    }
}

/// A line without a time belongs to the one before it.
fn after(lines: Vec<Line>, since: Option<Timestamp>) -> Vec<Line> {
    let Some(since) = since else { return lines };
    let mut is_late = false;
    let mut late = |line: &Line| {
        let time = line.at.as_deref().and_then(|it| it.parse::<Timestamp>().ok());
        is_late = time.map_or(is_late, |it| it >= since);
        is_late
    };
    lines.into_iter().filter(|it| late(it)).collect()
}

//! The configurations that were deployed, the last ten of them, as they were given.

use std::{fs, path::PathBuf};

use jiff::Timestamp;

use super::{Lock, Store, Variables, files, unreadable, unwritable};
use crate::{output::hinted, tool::ToolError};

pub(super) const FOLDER: &str = "history";
const KEPT: usize = 10;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Revision {
    pub(in super::super) number: u32,
    pub(in super::super) written: Timestamp,
}

impl Store {
    /// Where the configuration of that number is. OBI reads it there, and its command line says which it runs with.
    pub(in super::super) fn path(&self, number: u32) -> PathBuf {
        self.folder.join(FOLDER).join(format!("{number:04}.yml"))
    }

    /// The oldest first.
    pub(in super::super) fn revisions(&self) -> Vec<Revision> {
        let entries = fs::read_dir(self.folder.join(FOLDER)).into_iter().flatten().flatten();
        let mut revisions: Vec<Revision> = entries
            .filter_map(|entry| {
                let name = entry.file_name();
                let number = name.to_str()?.strip_suffix(".yml")?.parse().ok()?;
                let written = Timestamp::try_from(entry.metadata().ok()?.modified().ok()?).ok()?;
                Some(Revision { number, written })
            })
            .collect();
        revisions.sort_by_key(|it| it.number);
        revisions
    }

    pub(in super::super) fn configuration(&self, number: u32) -> Result<String, ToolError> {
        let path = self.path(number);
        if !path.exists() {
            let kept: Vec<String> =
                self.revisions().iter().map(|it| it.number.to_string()).collect();
            let wrong = format!("there is no revision {number}");
            let hint = if kept.is_empty() {
                "nothing was deployed yet".to_owned()
            } else {
                format!("kept are {}", kept.join(", "))
            };
            return Err(ToolError::NotFound(hinted(&wrong, &hint)));
        }
        files::read(&path, super::LARGEST).map_err(|error| unreadable(&path, &error.to_string()))
    }

    /// The variables that were given with it. Their values can be secrets, and are shown to nobody.
    pub(in super::super) fn variables(&self, number: u32) -> Result<Variables, ToolError> {
        let path = self.variables_path(number);
        let text = files::read(&path, super::LARGEST);
        let text = text.map_err(|error| unreadable(&path, &error.to_string()))?;
        // Never with the parser's words: they quote what stands there.
        serde_json::from_str(&text).map_err(|_| unreadable(&path, "it is no JSON"))
    }

    /// Adds one, and says its number and that it is new; the newest is not added again. What is one too many goes, but never what runs.
    pub(in super::super) fn keep(
        &self,
        text: &str,
        variables: &Variables,
        running: Option<u32>,
        _: &Lock,
    ) -> Result<(u32, bool), ToolError> {
        let revisions = self.revisions();
        let newest = revisions.last().map_or(0, |it| it.number);
        let is_same = |it: u32| {
            let kept = (self.configuration(it).ok(), self.variables(it).ok());
            kept == (Some(text.to_owned()), Some(variables.clone()))
        };
        if newest > 0 && is_same(newest) {
            return Ok((newest, false));
        }
        let number = newest + 1;
        // In this order: without a configuration there is no revision.
        let variables = serde_json::to_vec(variables).unwrap_or_default();
        for (path, content) in [
            (self.variables_path(number), variables.as_slice()),
            (self.path(number), text.as_bytes()),
        ] {
            files::replace(&path, content).map_err(|error| unwritable(&path, &error))?;
        }
        let surplus = (revisions.len() + 1).saturating_sub(KEPT);
        let old = revisions.iter().map(|it| it.number).filter(|it| Some(*it) != running);
        old.take(surplus).for_each(|it| self.forget(it));
        Ok((number, true))
    }

    /// What is left over is tried again the next time.
    pub(in super::super) fn forget(&self, number: u32) {
        let _ = fs::remove_file(self.path(number));
        let _ = fs::remove_file(self.variables_path(number));
    }

    fn variables_path(&self, number: u32) -> PathBuf {
        self.path(number).with_extension("env.json")
    }
}

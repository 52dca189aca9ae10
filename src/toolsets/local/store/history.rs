//! The configurations that were deployed, the last ten of them, as they were given.

use std::{fs, path::PathBuf};

use jiff::Timestamp;

use super::{Lock, Store, files, unreadable, unwritable};
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
            let hint = match kept.is_empty() {
                true => "nothing was deployed yet".to_owned(),
                false => format!("kept are {}", kept.join(", ")),
            };
            return Err(ToolError::NotFound(hinted(&wrong, &hint)));
        }
        files::read(&path, super::LARGEST).map_err(|error| unreadable(&path, &error.to_string()))
    }

    /// Adds one, and says its number. What is one too many goes, but never what runs.
    pub(in super::super) fn keep(
        &self,
        text: &str,
        running: Option<u32>,
        _: &Lock,
    ) -> Result<u32, ToolError> {
        let revisions = self.revisions();
        let number = revisions.last().map_or(1, |it| it.number + 1);
        let path = self.path(number);
        files::replace(&path, text.as_bytes()).map_err(|error| unwritable(&path, &error))?;
        let surplus = (revisions.len() + 1).saturating_sub(KEPT);
        let old = revisions.iter().map(|it| it.number).filter(|it| Some(*it) != running);
        // What is left over is tried again the next time.
        old.take(surplus).for_each(|it| drop(fs::remove_file(self.path(it))));
        Ok(number)
    }
}

//! Writing a file: beside the one that is there, looked at, and then in its place.

use bytes::Bytes;

use super::{
    files::{Files, Found, no_file},
    path::beside,
};
use crate::{
    random,
    tool::{Session, ToolError},
    toolsets::kubernetes::afterwards::Afterwards,
};

/// What became of a file.
pub(super) struct Written {
    pub(super) content: Bytes,
    pub(super) before: Found,
}

impl Written {
    pub(super) fn is_unchanged(&self) -> bool {
        matches!(&self.before, Found::File(before) if *before == self.content)
    }
}

/// Nobody sees a half of it: whoever reads the file finds the old one or the new one.
pub(super) async fn write(
    files: Files,
    path: &str,
    content: Bytes,
    session: &Session,
) -> Result<Written, ToolError> {
    if let Some(link) = files.link(path, session).await {
        return Err(ToolError::Conflict(format!(
            "{path} is a link to {link}, and was left alone: write to where it leads"
        )));
    }
    let written = Written { before: files.find(path, session).await?, content };
    if written.before == Found::NoFile {
        return Err(no_file(path));
    }
    if written.is_unchanged() {
        return Ok(written);
    }
    // Nobody can put something in the way of a name that they cannot guess.
    let draft = beside(path, &random::mark());
    let cleaning = Afterwards::new(remove(files.clone(), draft.clone(), session.clone()));
    let outcome = replace(&files, path, &draft, &written, session).await;
    let Err(error) = outcome else {
        cleaning.never();
        return Ok(written);
    };
    // The draft may be there, whole or in part.
    match cleaning.now().await {
        Ok(()) => Err(error),
        Err(_) => Err(ToolError::Failed(format!("{error}; {draft} may be left there"))),
    }
}

async fn remove(files: Files, draft: String, session: Session) -> Result<(), ToolError> {
    let session = session.anew(std::time::Instant::now() + super::TIME);
    let deadline = tokio::time::Instant::now() + super::TIME;
    Files { deadline, ..files }.remove(&draft, &session).await
}

async fn replace(
    files: &Files,
    path: &str,
    draft: &str,
    written: &Written,
    session: &Session,
) -> Result<(), ToolError> {
    if written.before != Found::Nothing {
        files.copy(path, draft, session).await?;
    }
    files.fill(draft, &written.content, session).await?;
    let there = files.find(draft, session).await?;
    if there != Found::File(written.content.to_vec()) {
        return Err(ToolError::Failed(format!(
            "not all of {} bytes arrived, and {path} is as it was",
            written.content.len()
        )));
    }
    files.rename(draft, path, session).await?;
    session.changed();
    Ok(())
}

//! From the OBI that runs to the one that is wanted, and back where that does not start.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{
    Local,
    look::Look,
    start::{Outcome, PATIENCE},
    starting::Kept,
    store::{Lock, Variables},
    wanted::Wanted,
};
use crate::{
    obi::host::fingerprint,
    output::{Document, diff},
    tool::{Session, ToolError},
};

/// What was there when it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// Deployed.
    revision: Option<u32>,
    process: Option<u32>,
    /// Kept, whether it ran or not.
    newest: Option<u32>,
    /// The program that is to run, as a file.
    program: String,
}

impl Seen {
    pub(super) fn of(local: &Local, look: &Look, wanted: Option<&Wanted>) -> Self {
        Self {
            revision: look.deployment.as_ref().map(|it| it.revision),
            process: look.running().map(|it| it.pid),
            newest: local.store.revisions().last().map(|it| it.number),
            program: wanted.map(|it| fingerprint(&it.binary)).unwrap_or_default(),
        }
    }

    pub(super) fn check(
        &self,
        local: &Local,
        look: &Look,
        wanted: Option<&Wanted>,
    ) -> Result<(), ToolError> {
        let now = Self::of(local, look, wanted);
        if now == *self {
            return Ok(());
        }
        Err(ToolError::Conflict(format!(
            "OBI on this host is not what it was when this was decided ({self} then, {now} now): look at obi_local_status and decide again"
        )))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.revision, self.process) {
            (None, _) => out.write_str("nothing deployed")?,
            (Some(revision), None) => write!(out, "revision {revision}, ended")?,
            (Some(revision), Some(pid)) => write!(out, "revision {revision}, process {pid}")?,
        }
        self.newest.map_or(Ok(()), |it| write!(out, ", newest {it}"))?;
        if self.program.is_empty() { Ok(()) } else { write!(out, ", program {}", self.program) }
    }
}

/// What came of a change.
enum Change {
    Nothing,
    Done,
    /// And what is there now.
    Failed(String),
}

impl Local {
    /// Goes on when the caller does not wait any longer: half a change is none.
    pub(super) async fn bring(
        &self,
        wanted: Wanted,
        seen: Seen,
        session: &Session,
    ) -> Result<Document, ToolError> {
        session.progress(0.0, None, "starting OBI, and waiting until it has proven to run").await;
        let local = self.clone();
        let change = tokio::spawn(async move {
            let lock = local.store.lock()?;
            let look = local.look()?;
            seen.check(&local, &look, Some(&wanted))?;
            local.replace(&look, wanted, &lock).await
        });
        let change = change.await;
        let change =
            change.map_err(|it| ToolError::Failed(format!("the deployment broke off: {it}")))??;
        if let Change::Failed(why) = change {
            session.changed();
            return Err(ToolError::Failed(why));
        }
        let document = if matches!(change, Change::Nothing) {
            Document::new().note("OBI runs with exactly this already")
        } else {
            session.changed();
            Document::new()
        };
        Ok(document.note(self.answered(&self.look()?).await.status().text()))
    }

    async fn replace(&self, look: &Look, wanted: Wanted, lock: &Lock) -> Result<Change, ToolError> {
        if self.runs(look, &wanted)? {
            return Ok(Change::Nothing);
        }
        let before = self.previous(look)?;
        let running = before.as_ref().map(|it| it.revision);
        let (revision, is_new) = self.store.keep(&wanted.text, &wanted.variables, running, lock)?;
        if let (Some(deployment), Some(birth)) = (&look.deployment, look.running()) {
            // Where there is no room for what is written next, nothing is ended.
            self.store.save(deployment, lock)?;
            // It was decided that another runs in its place: one that does not end in time is killed.
            self.end(look, birth, true, lock).await?;
        }
        let failure = match self.start(&Kept { revision, wanted }, lock).await {
            Ok(Outcome::Proven) => return Ok(Change::Done),
            Ok(outcome) => {
                let said = self.answered(&self.look()?).await.last_words();
                format!("{}{said}", not_started(outcome))
            }
            Err(error) => format!("OBI did not start: {}", error.reason()),
        };
        let Some(before) = before else { return Ok(Change::Failed(failure)) };
        if is_new {
            // Whoever merges into the newest would merge into what does not start.
            self.store.forget(revision);
        }
        let back = match self.start(&before, lock).await {
            Ok(Outcome::Proven) => "the one before runs again".to_owned(),
            Ok(outcome) => {
                format!("and the one before does not run either: {}", not_started(outcome))
            }
            Err(error) => format!("and the one before cannot be started again: {}", error.reason()),
        };
        Ok(Change::Failed(format!("{failure}\n{back}")))
    }

    /// A configuration for later; nothing is ended or started.
    pub(super) fn keep(&self, wanted: &Wanted, seen: &Seen) -> Result<u32, ToolError> {
        let lock = self.store.lock()?;
        let look = self.look()?;
        seen.check(self, &look, Some(wanted))?;
        let running = look.deployment.as_ref().map(|it| it.revision);
        Ok(self.store.keep(&wanted.text, &wanted.variables, running, &lock)?.0)
    }

    /// What runs now, so that there is a way back.
    fn previous(&self, look: &Look) -> Result<Option<Kept>, ToolError> {
        let (Some(deployment), Some(_)) = (&look.deployment, look.running()) else {
            return Ok(None);
        };
        let revision = deployment.revision;
        let wanted = Wanted {
            text: self.store.configuration(revision)?,
            variables: self.store.variables(revision)?,
            binary: deployment.binary.clone(),
            systemd: deployment.unit.is_some(),
        };
        Ok(Some(Kept { revision, wanted }))
    }

    /// Whether exactly this runs; a program that was replaced since is another one.
    pub(super) fn runs(&self, look: &Look, wanted: &Wanted) -> Result<bool, ToolError> {
        let program = look.deployment.as_ref().map(|it| it.program.as_str());
        let is_same = program == Some(&fingerprint(&wanted.binary));
        Ok(is_same && self.previous(look)?.is_some_and(|it| it.wanted == *wanted))
    }

    /// From the configuration that was deployed last to this one; all of it where there is none any more.
    pub(super) fn difference(&self, look: &Look, text: &str) -> String {
        let before = look.deployment.as_ref().map(|it| self.store.configuration(it.revision));
        self.changes(&before.and_then(Result::ok).unwrap_or_default(), text)
    }

    /// Those of what was deployed last.
    pub(super) fn variables_of(&self, look: &Look) -> Variables {
        let kept = look.deployment.as_ref().map(|it| self.store.variables(it.revision));
        kept.and_then(Result::ok).unwrap_or_default()
    }

    /// Variables that come, go or become others, each on a line; values that can be secrets are hidden, and told apart all the same.
    pub(super) fn changes_of(&self, before: &Variables, after: &Variables) -> String {
        let shown = |it: &Variables| {
            let all: Map<String, Value> =
                it.iter().map(|(name, value)| (format!("${name}"), hidden(name, value))).collect();
            Value::Object(all)
        };
        let (before, after) = (shown(before), shown(after));
        diff::changes(Some(&before), Some(&after), &self.settings.redactor).to_string()
    }

    /// What is said in both is not told, however it is written.
    pub(super) fn changes(&self, before: &str, after: &str) -> String {
        let [before, after] = [before, after].map(parsed);
        diff::changes(before.as_ref(), after.as_ref(), &self.settings.redactor).to_string()
    }
}

fn not_started(outcome: Outcome) -> String {
    match outcome {
        Outcome::Proven => "it runs".to_owned(),
        Outcome::Ended(exit) => format!("OBI did not start: {exit}"),
        Outcome::Silent => {
            format!("OBI has not proven to run within {} s, and was ended", PATIENCE.as_secs())
        }
    }
}

/// Some variables hold what nobody else is to read, whatever it looks like.
fn hidden(name: &str, value: &str) -> Value {
    const SECRET: [&str; 7] = ["HEADERS", "TOKEN", "PASS", "SECRET", "KEY", "CERT", "PROXY"];
    if SECRET.iter().any(|it| name.contains(it)) {
        json!({ "password": value })
    } else {
        json!(value)
    }
}

/// None for what says nothing at all.
fn parsed(text: &str) -> Option<Value> {
    let value = serde_saphyr::from_str(text).unwrap_or_else(|_| json!({ "text": text }));
    Some(value).filter(|it: &Value| !it.is_null())
}

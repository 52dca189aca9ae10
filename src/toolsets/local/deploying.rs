//! From the OBI that runs to the one that is wanted, and back where that does not start.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Local,
    launch::{Exit, Launch, Started},
    look::Look,
    ports,
    start::{self, Outcome},
    store::{Deployment, End, Lock, length},
    wanted::Wanted,
};
use crate::{
    output::{Document, diff},
    tool::{Session, ToolError},
};

/// What was there when it was decided: revision and process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    revision: Option<u32>,
    process: Option<u32>,
}

/// What is wanted, and the number under which it is kept.
struct Kept {
    revision: u32,
    wanted: Wanted,
}

impl Seen {
    pub(super) fn of(look: &Look) -> Self {
        Self {
            revision: look.deployment.as_ref().map(|it| it.revision),
            process: look.running().map(|it| it.pid),
        }
    }

    pub(super) fn check(&self, look: &Look) -> Result<(), ToolError> {
        let now = Self::of(look);
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
            (None, _) => out.write_str("nothing deployed"),
            (Some(revision), None) => write!(out, "revision {revision}, ended"),
            (Some(revision), Some(pid)) => write!(out, "revision {revision}, process {pid}"),
        }
    }
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
            seen.check(&look)?;
            local.replace(&look, &wanted, &lock).await
        });
        let (answered, has_changed) = change
            .await
            .map_err(|error| ToolError::Failed(format!("the deployment broke off: {error}")))??;
        if has_changed {
            session.changed();
        }
        answered
    }

    /// What is answered, and whether anything is another than before.
    async fn replace(
        &self,
        look: &Look,
        wanted: &Wanted,
        lock: &Lock,
    ) -> Result<(Result<Document, ToolError>, bool), ToolError> {
        if self.runs(look, wanted)? {
            let document = Document::new().note("OBI runs with exactly this already");
            return Ok((Ok(document.and(self.answered(look).await.document())), false));
        }
        let before = self.previous(look)?;
        let running = before.as_ref().map(|it| it.revision);
        let revision = self.store.keep(&wanted.text, &wanted.variables, running, lock)?;
        if let (Some(deployment), Some(birth)) = (&look.deployment, look.running()) {
            // Where there is no room for what is written next, nothing is ended.
            self.store.save(deployment, lock)?;
            self.end(look, birth, false, lock).await?;
        }
        let next = Kept { revision, wanted: wanted.clone() };
        let run = self.start(&next, lock).await;
        let failure = match run {
            Ok(Outcome::Proven | Outcome::Silent) => {
                let answered = self.answered(&self.look()?).await;
                return Ok((Ok(answered.document()), true));
            }
            Ok(Outcome::Ended(exit)) => {
                format!(
                    "OBI did not start: {exit}{}",
                    self.answered(&self.look()?).await.last_words()
                )
            }
            Err(error) => error.reason(),
        };
        let Some(before) = before else {
            return Ok((Err(ToolError::Failed(failure)), true));
        };
        // Whoever merges into the newest would merge into what does not start.
        self.store.forget(revision);
        let back = match self.start(&before, lock).await {
            Ok(Outcome::Proven) => "the one before runs again".to_owned(),
            Ok(Outcome::Silent) => {
                "the one before was started again, and does not answer yet".to_owned()
            }
            Ok(Outcome::Ended(exit)) => {
                format!("the one before does not start any more either: {exit}")
            }
            Err(error) => format!("the one before cannot be started again: {}", error.reason()),
        };
        Ok((Err(ToolError::Failed(format!("{failure}\n{back}"))), true))
    }

    /// A configuration for later; nothing is ended or started.
    pub(super) fn keep(&self, wanted: &Wanted, seen: &Seen) -> Result<u32, ToolError> {
        let lock = self.store.lock()?;
        let look = self.look()?;
        seen.check(&look)?;
        let running = look.deployment.as_ref().map(|it| it.revision);
        self.store.keep(&wanted.text, &wanted.variables, running, &lock)
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
        };
        Ok(Some(Kept { revision, wanted }))
    }

    /// Whether exactly this runs.
    pub(super) fn runs(&self, look: &Look, wanted: &Wanted) -> Result<bool, ToolError> {
        Ok(self.previous(look)?.is_some_and(|it| it.wanted == *wanted))
    }

    /// From the configuration that was deployed last to this one; all of it where there was none.
    pub(super) fn difference(&self, look: &Look, text: &str) -> Result<String, ToolError> {
        let before = match &look.deployment {
            Some(it) => self.store.configuration(it.revision)?,
            None => String::new(),
        };
        Ok(self.changes(&before, text))
    }

    /// What is said in both is not told, however it is written.
    pub(super) fn changes(&self, before: &str, after: &str) -> String {
        let [before, after] = [before, after].map(parsed);
        diff::changes(before.as_ref(), after.as_ref(), &self.settings.redactor).to_string()
    }

    /// Starts what was kept, and waits until that is proven or has failed. Nothing of ours may run.
    async fn start(&self, kept: &Kept, lock: &Lock) -> Result<Outcome, ToolError> {
        let Kept { revision, wanted } = kept;
        let ports = ports::of(wanted)?;
        self.make_room(lock)?;
        let mut deployment = Deployment {
            revision: *revision,
            binary: wanted.binary.clone(),
            digest: wanted.digest(),
            started: Timestamp::now(),
            process: None,
            ports: ports.at,
            log_from: length(&self.store.log()),
            end: None,
        };
        // Whoever comes after a crash between these two finds it by its command line.
        self.store.save(&deployment, lock)?;
        let started = self.launch(wanted, *revision, ports.variables)?;
        deployment.process = Some(started.birth.clone());
        self.store.save(&deployment, lock)?;
        let outcome = start::proven(started.exit.clone(), &deployment.ports, &self.asker).await;
        if let Outcome::Ended(exit) = outcome {
            deployment.end = Some(end(exit));
            self.store.save(&deployment, lock)?;
        } else {
            self.follow(started, *revision);
        }
        Ok(outcome)
    }

    fn launch(
        &self,
        wanted: &Wanted,
        revision: u32,
        ours: BTreeMap<String, String>,
    ) -> Result<Started, ToolError> {
        let mut environment = self.settings.environment.clone();
        environment.extend(wanted.variables.clone());
        environment.extend(ours);
        let launch = Launch {
            launcher: &self.settings.launcher,
            binary: &wanted.binary,
            configuration: &self.store.path(revision),
            environment,
            log: &self.store.log(),
        };
        launch.start()
    }

    /// One that ends by itself later leaves a word about how.
    fn follow(&self, started: Started, revision: u32) {
        let local = self.clone();
        tokio::spawn(async move {
            let mut exit = started.exit;
            let Ok(Some(exit)) = exit.wait_for(Option::is_some).await.map(|it| *it) else { return };
            local.note_end(revision, exit);
        });
    }

    /// Whoever holds the lock writes down what he does himself.
    fn note_end(&self, revision: u32, exit: Exit) {
        let Ok(lock) = self.store.lock() else { return };
        let Ok(Some(mut deployment)) = self.store.deployment() else { return };
        if deployment.revision == revision && deployment.end.is_none() {
            deployment.end = Some(end(exit));
            // What cannot be written is told as an end of which nothing is known.
            let _ = self.store.save(&deployment, &lock);
        }
    }
}

/// It ended by itself: OBI never ends by itself where all is well.
fn end(exit: Exit) -> End {
    End { at: Timestamp::now(), exit: exit.code(), signal: exit.signal(), is_wanted: false }
}

/// None for what says nothing at all.
fn parsed(text: &str) -> Option<Value> {
    let value = serde_saphyr::from_str(text).unwrap_or_else(|_| json!({ "text": text }));
    Some(value).filter(|it: &Value| !it.is_null())
}

//! `obi_local_stop`: ours ends, and no other.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{HERE, Local, deploying::Seen, planning::LIMIT, process::Ended};
use crate::{
    output::Document,
    tool::{Affected, Change, Effect, Planned, Preview, Session, ToolError},
};

/// End the OBI that was deployed on this host; its configuration and its log stay.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiLocalStop {
    /// Kill it where it does not end in time
    force: Option<bool>,
    /// Only show what would end
    dry_run: Option<bool>,
}

impl Change for ObiLocalStop {
    const NAME: &'static str = "obi_local_stop";
    const TITLE: &'static str = "Stop OBI here";
    const EFFECT: Effect = Effect::Delete;
    const LIMIT: Option<Duration> = Some(LIMIT);
    const ALIASES: &'static [&'static str] = &["obi_stop"];

    type Context = Local;
    type Plan = Seen;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, local: &Local, _: &Session) -> Result<Planned<Seen>, ToolError> {
        let look = local.look()?;
        let seen = Seen::of(local, &look, None);
        let others = Local::foreign(&look);
        let others =
            others.iter().map(|it| format!("another OBI, {it}, was not deployed here and stays"));
        let details = others.collect::<Vec<_>>().join("\n");
        let Some(birth) = look.running() else {
            let summary = "no OBI that was deployed here runs on this host".to_owned();
            return Ok(Planned {
                plan: seen,
                preview: Preview { summary, details, affected: Vec::new() },
            });
        };
        let affected = Affected {
            effect: Effect::Delete,
            kind: "Process".to_owned(),
            group: String::new(),
            namespace: Some(HERE.to_owned()),
            name: birth.pid.to_string(),
            state: seen.to_string(),
        };
        let summary = format!(
            "OBI on this host (process {}) would be ended: nothing it sees is told any more",
            birth.pid
        );
        Ok(Planned { plan: seen, preview: Preview { summary, details, affected: vec![affected] } })
    }

    async fn carry_out(
        self,
        seen: Seen,
        local: &Local,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let (local, force) = (local.clone(), self.force.unwrap_or(false));
        // It is ended to the last word also when nobody waits for it.
        let end = tokio::spawn(async move {
            let lock = local.store.lock()?;
            let look = local.look()?;
            seen.check(&local, &look, None)?;
            let Some(birth) = look.running() else { return Ok(None) };
            local.end(&look, birth, force, &lock).await.map(|it| Some((birth.pid, it)))
        });
        let ended = end.await.map_err(|error| ToolError::Failed(error.to_string()))??;
        let Some((pid, ended)) = ended else {
            return Ok(Document::new().note("no OBI that was deployed here runs on this host"));
        };
        session.changed();
        let how = match ended {
            Ended::Before => "had ended by itself",
            Ended::Gracefully => "has ended",
            Ended::Killed => "did not end in time and was killed",
        };
        Ok(Document::new()
            .note(format!("OBI (process {pid}) {how}; its log stays: obi_local_logs")))
    }
}

//! How the OBI that was deployed here is, from everything that can be seen of it.

use super::{
    Local,
    asking::Answers,
    look::{Foreign, Look, Phase},
};
use crate::output::{Document, Keep};

pub(super) struct Answered {
    pub(super) phase: Phase,
    pub(super) answers: Answers,
    pub(super) foreign: Vec<Foreign>,
    log: String,
}

impl Local {
    pub(super) async fn answered(&self, look: &Look) -> Answered {
        let from = look.deployment.as_ref().map_or(0, |it| it.log_from);
        let log = self.tail(from).map(|it| String::from_utf8_lossy(&it.bytes).into_owned());
        Answered {
            phase: look.phase.clone(),
            answers: self.answers(look).await,
            foreign: self.foreign(look),
            log: log.unwrap_or_default(),
        }
    }

    pub(super) fn announce(&self) {}
}

impl Answered {
    pub(super) fn document(&self) -> Document {
        Document::new().untrusted("OBI's log", self.log.clone(), Keep::Tail)
    }

    pub(super) fn last_words(&self) -> String {
        let lines: Vec<&str> = self.log.lines().rev().take(5).collect();
        lines.into_iter().rev().map(|it| format!("\n{it}")).collect()
    }
}

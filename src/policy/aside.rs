use std::sync::Arc;

use async_trait::async_trait;

use super::question;
use crate::{
    output::{Redactor, clip, presentable},
    tool::{Ask, Client, Level, Progress, Question, Replies, ToolError},
};

/// In characters, of a line that is said while a call runs.
const LONGEST_LINE: usize = 1_000;

/// What a call says to the client beside its answer, made fit to leave as the answer is.
pub(super) struct Aside {
    client: Arc<dyn Client>,
    redactor: Redactor,
}

impl Aside {
    pub(super) fn wrap(client: Arc<dyn Client>, redactor: &Redactor) -> Arc<dyn Client> {
        Arc::new(Self { client, redactor: redactor.clone() })
    }

    fn said(&self, text: &str) -> String {
        let mut text = presentable(text, &self.redactor);
        clip(&mut text, LONGEST_LINE);
        text
    }
}

#[async_trait]
impl Client for Aside {
    async fn progress(&self, progress: Progress) {
        let message = self.said(&progress.message);
        self.client.progress(Progress { message, ..progress }).await;
    }

    async fn log(&self, level: Level, message: &str) {
        self.client.log(level, &self.said(message)).await;
    }

    fn can_answer(&self, ask: &Ask) -> bool {
        self.client.can_answer(ask)
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Replies, ToolError> {
        let questions = questions.into_iter().map(|it| question::fit(it, &self.redactor));
        self.client.ask(questions.collect::<Result<_, _>>()?).await
    }
}

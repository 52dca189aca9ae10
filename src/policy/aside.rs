use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    output::{Redactor, clip, presentable},
    tool::{Ask, Client, Level, Progress, Question, Replies, ToolError},
};

/// In characters, of a line that is said while a call runs.
const LONGEST_LINE: usize = 1_000;
/// In characters, of what a person or a model is asked: it may hold a diff, and has to be read whole.
const LONGEST_QUESTION: usize = 20_000;

/// What a call says to the client beside its answer, made fit to leave as the answer is.
pub(super) struct Aside {
    client: Arc<dyn Client>,
    redactor: Redactor,
}

impl Aside {
    pub(super) fn wrap(client: Arc<dyn Client>, redactor: &Redactor) -> Arc<dyn Client> {
        Arc::new(Self { client, redactor: redactor.clone() })
    }

    fn said(&self, text: &str, longest: usize) -> String {
        let mut text = presentable(text, &self.redactor);
        clip(&mut text, longest);
        text
    }
}

#[async_trait]
impl Client for Aside {
    async fn progress(&self, progress: Progress) {
        let message = self.said(&progress.message, LONGEST_LINE);
        self.client.progress(Progress { message, ..progress }).await;
    }

    async fn log(&self, level: Level, message: &str) {
        self.client.log(level, &self.said(message, LONGEST_LINE)).await;
    }

    fn can_answer(&self, ask: &Ask) -> bool {
        self.client.can_answer(ask)
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Replies, ToolError> {
        let presentable = |text: &str| self.said(text, LONGEST_QUESTION);
        let questions = questions.into_iter().map(|it| it.map_text(&presentable));
        self.client.ask(questions.collect()).await
    }
}

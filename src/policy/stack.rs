use std::{any::Any, panic::AssertUnwindSafe};

use futures::FutureExt;

use super::{Approval, Attempt, Backend, Call, Outcome, Policy, Subject, aside::Aside};
use crate::{
    output::{Answer, Document, Redactor, Style, presentable},
    tool::{Definition, Preview, ToolError},
};

/// All policies in their order, and how an answer looks when it leaves.
pub struct Stack {
    policies: Vec<Box<dyn Policy>>,
    style: Style,
    /// For all that is no answer: errors, questions, progress. Without fingerprints: they quote what the caller wrote beside what
    /// the cluster says, and a guess must compare with nothing.
    asides: Redactor,
}

impl Stack {
    pub fn new(policies: Vec<Box<dyn Policy>>, style: Style) -> Self {
        Self { policies, style, asides: Redactor::without_fingerprints() }
    }

    pub fn admits(&self, tool: &Definition) -> bool {
        self.policies.iter().all(|it| it.refuses(tool).is_none())
    }

    /// What answers with several tools stands and falls with each of them.
    pub fn admits_all(&self, tools: &[&Definition]) -> bool {
        tools.iter().all(|it| self.admits(it))
    }

    pub fn turned_away(&self, attempt: &Attempt<'_>) {
        self.policies.iter().for_each(|it| it.turned_away(attempt));
    }

    pub async fn close(&self) {
        for policy in &self.policies {
            policy.close().await;
        }
    }

    pub async fn run(&self, mut call: Call, backend: &dyn Backend) -> Outcome {
        let Self { policies, style, asides } = self;
        // Before any policy, so that what a policy says to the client goes this way too.
        call.session = call.session.through(|client| Aside::wrap(client, asides));
        Next { rest: policies, all: policies, style, asides, backend }.run(call).await
    }
}

/// The rest of the stack, and at its end the call itself and the rendering of its answer.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    rest: &'a [Box<dyn Policy>],
    all: &'a [Box<dyn Policy>],
    style: &'a Style,
    asides: &'a Redactor,
    backend: &'a dyn Backend,
}

impl Next<'_> {
    pub async fn run(self, call: Call) -> Outcome {
        let Some((policy, rest)) = self.rest.split_first() else {
            return self.finish(call).await;
        };
        // Checked here and not by each policy, so that what is not listed cannot be called.
        let refused = call.subject.tools().into_iter().find_map(|it| policy.refuses(it));
        if let Some(reason) = refused {
            return Err(ToolError::Refused(reason));
        }
        policy.around(call, Next { rest, ..self }).await
    }

    /// Tells the rest of the stack of a call that is sent back before it gets there.
    pub fn turned_away(self, attempt: &Attempt<'_>) {
        self.rest.iter().for_each(|it| it.turned_away(attempt));
    }

    /// Redaction, budget and fences are applied here, once, to answers and errors alike: a tool cannot forget them.
    async fn finish(self, call: Call) -> Outcome {
        let rendered = AssertUnwindSafe(self.rendered(&call)).catch_unwind().await;
        let outcome = rendered.unwrap_or_else(|panic| Err(self.bug(&call.subject, panic.as_ref())));
        // Errors quote what callers and workloads wrote.
        outcome.map_err(|error| error.rewritten(|text| presentable(text, self.asides)))
    }

    async fn rendered(self, call: &Call) -> Outcome {
        self.backend.ready().await?;
        let answer = self.answer(call).await;
        let answer = answer.inspect_err(|it| self.backend.failed(&call.subject, it))?;
        Ok(answer.render(self.style))
    }

    async fn answer(self, call: &Call) -> Result<Answer, ToolError> {
        let Subject::Tool { tool, arguments } = &call.subject else {
            return call.subject.answer(&call.session, self.style).await;
        };
        let mut prepared = tool.prepare(arguments, &call.session).await?;
        let Some(preview) = prepared.preview.take() else {
            return prepared.carry_out(&call.session).await;
        };
        call.session.ledger().plan(&preview);
        if prepared.dry_run {
            return Ok(self.shown(call, &preview).into());
        }
        match self.approved(call, &preview).await? {
            Approval::Granted => prepared.carry_out(&call.session).await,
            Approval::ShowOnly => Ok(self.shown(call, &preview).into()),
        }
    }

    /// The preview, and what would stand in the way of the change.
    fn shown(self, call: &Call, preview: &Preview) -> Document {
        call.session.ledger().show();
        let policies = self.all.iter().take_while(|_| !preview.affected.is_empty());
        let told = policies.flat_map(|it| {
            let forbidden = it.forbids(preview).map(|it| format!("it would be refused: {it}"));
            forbidden.into_iter().chain(it.foretells(call, preview))
        });
        told.fold(preview.document(), Document::note)
    }

    /// What all policies say of a change; where there is nothing to do, nobody is asked.
    async fn approved(self, call: &Call, preview: &Preview) -> Result<Approval, ToolError> {
        let policies = self.all.iter().take_while(|_| !preview.affected.is_empty());
        for policy in policies {
            if let Some(why) = policy.forbids(preview) {
                return Err(ToolError::Refused(why));
            }
            if policy.approve(call, preview).await? == Approval::ShowOnly {
                return Ok(Approval::ShowOnly);
            }
        }
        Ok(Approval::Granted)
    }

    /// A panic quotes what it stumbled over.
    fn bug(self, subject: &Subject, panic: &(dyn Any + Send)) -> ToolError {
        let (name, text) = (subject.name(), presentable(last_words(panic), self.asides));
        tracing::error!(name, panic = text, "a call panicked");
        ToolError::Failed(format!("{name} has a bug and panicked: {text}"))
    }
}

/// What a panic said.
pub fn last_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

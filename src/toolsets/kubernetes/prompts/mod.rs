//! What a person picks to begin with: a request in words, and below it what the tools say at that moment, so that the model
//! begins with the facts instead of with twenty calls.

mod cluster_health;
mod diagnose;
mod explain_incident;
mod review_rbac;

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use serde_json::Value;

use super::{completion::Completion, problems::Problems};
use crate::{
    blank::Blank,
    output::{Answer, Document},
    prompt::{Blanks, BoundPrompt, Prompt, PromptArgument, PromptDefinition},
    tool::{BoundTool, Definition, Session, ToolError},
};

/// A request, and the calls whose answers stand below it.
struct Inquiry {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// Name, meaning, and whether it has to be filled in.
    arguments: &'static [(&'static str, &'static str, bool)],
    words: fn(&Filled<'_>) -> String,
    calls: fn(&Filled<'_>) -> Vec<Call>,
}

/// A tool and its arguments.
type Call = (&'static str, Value);

const INQUIRIES: [&Inquiry; 4] = [
    &cluster_health::CLUSTER_HEALTH,
    &diagnose::DIAGNOSE,
    &explain_incident::EXPLAIN_INCIDENT,
    &review_rbac::REVIEW_RBAC,
];

const CONTEXT: (&str, &str, bool) =
    ("context", "Kubeconfig context; default: the current one", false);
const NAMESPACE: (&str, &str, bool) = ("namespace", "Default: the context's", false);

/// What a person filled in.
struct Filled<'a>(&'a Blanks);

impl Filled<'_> {
    /// An empty blank is none.
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|it| it.trim()).filter(|it| !it.is_empty())
    }

    /// They become parts of selectors and patterns.
    fn check(&self) -> Result<(), ToolError> {
        let mut problems = Problems::default();
        problems.names(self.get("namespace"), self.get("service_account"));
        let account = self.get("service_account").unwrap_or_default();
        problems.unless(!account.contains([',', ' ']), "`service_account`: one, and not several");
        problems.none()
    }

    /// ` in namespace shop`, if one was named.
    fn place(&self) -> String {
        self.get("namespace").map(|it| format!(" in namespace {it}")).unwrap_or_default()
    }
}

pub(super) fn all(tools: &[BoundTool], completion: &Arc<Completion>) -> Vec<BoundPrompt> {
    let asked = |inquiry: &'static Inquiry| {
        let (tools, completion) = (inquiry.among(tools), Arc::clone(completion));
        BoundPrompt::new(Asked { inquiry, tools, completion })
    };
    INQUIRIES.into_iter().map(asked).collect()
}

impl Inquiry {
    /// The tools that it calls.
    fn among(&self, tools: &[BoundTool]) -> Vec<BoundTool> {
        let calls = (self.calls)(&Filled(&Blanks::new()));
        let is_called = |it: &&BoundTool| calls.iter().any(|call| call.0 == it.definition().name);
        tools.iter().filter(is_called).cloned().collect()
    }
}

/// An inquiry with its tools at hand.
struct Asked {
    inquiry: &'static Inquiry,
    tools: Vec<BoundTool>,
    completion: Arc<Completion>,
}

#[async_trait]
impl Prompt for Asked {
    fn definition(&self) -> PromptDefinition {
        let Inquiry { name, title, description, arguments, .. } = *self.inquiry;
        let argument =
            |&(name, description, required)| PromptArgument { name, description, required };
        let arguments = arguments.iter().map(argument).collect();
        PromptDefinition { name, title, description, arguments }
    }

    fn tools(&self) -> Vec<&Definition> {
        self.tools.iter().map(BoundTool::definition).collect()
    }

    async fn messages(&self, blanks: &Blanks, session: &Session) -> Result<Answer, ToolError> {
        let filled = Filled(blanks);
        filled.check()?;
        let calls = (self.inquiry.calls)(&filled);
        let answers = join_all(calls.iter().map(|it| self.answer(it, session))).await;
        let is_wrong = |it: &Result<_, _>| matches!(it, Err(ToolError::InvalidArguments(_)));
        let all_failed = answers.iter().all(Result::is_err);
        // What is wrong with a blank, or what everything failed by, is the answer.
        if let Some(place) = answers.iter().position(|it| all_failed || is_wrong(it)) {
            let error = answers.into_iter().nth(place).transpose();
            return error.map(|_| Document::new().into());
        }
        let words = Document::new().note((self.inquiry.words)(&filled));
        let told = calls.iter().zip(answers).fold(words, |told, ((tool, arguments), answer)| {
            let told = told.note(format!("\n{tool} {}:", shown(arguments)));
            match answer {
                Ok(document) => told.and(document),
                Err(error) => told.note(error.to_string()),
            }
        });
        Ok(told.into())
    }

    async fn complete(&self, argument: &Blank, session: &Session) -> Vec<String> {
        self.completion.values(argument, session).await
    }
}

impl Asked {
    async fn answer(&self, call: &Call, session: &Session) -> Result<Document, ToolError> {
        let (name, arguments) = call;
        let tool = self.tools.iter().find(|it| it.definition().name == *name);
        let (Some(tool), Value::Object(arguments)) = (tool, arguments) else {
            return Err(ToolError::Failed(format!("there is no {name}")));
        };
        let answer = tool.look(arguments, session).await?.into_document();
        answer.ok_or_else(|| ToolError::Failed(format!("{name} answers with no text")))
    }
}

/// Arguments without those that were not given.
fn shown(arguments: &Value) -> Value {
    let given = arguments.as_object().into_iter().flatten().filter(|it| !it.1.is_null());
    Value::Object(given.map(|(name, value)| (name.clone(), value.clone())).collect())
}

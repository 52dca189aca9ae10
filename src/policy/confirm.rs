use async_trait::async_trait;
use globset::{Glob, GlobMatcher};
use serde_json::json;

use super::{Approval, Call, Policy, objects::Objects};
use crate::tool::{Ask, Preview, Question, Session, ToolError};

/// What a person has to give: a form that is sent off without it is no yes.
const FIELD: &str = "confirm";

/// Asks a person before something is deleted or executed, and before what the operator marked. The yes is for the very preview
/// that was shown.
pub struct Confirm {
    also: Vec<(GlobMatcher, Objects)>,
    /// Whether a client that cannot ask is refused.
    required: bool,
}

impl Confirm {
    /// `also` are globs `tool:kind:namespace/name`.
    pub fn new(also: &[String], required: bool) -> Result<Self, globset::Error> {
        let parts = also.iter().map(|it| {
            let (tool, object) = it.split_once(':').unwrap_or((it, "*"));
            Ok((Glob::new(tool)?.compile_matcher(), Objects::new([object])?))
        });
        Ok(Self { also: parts.collect::<Result<_, _>>()?, required })
    }

    fn concerns(&self, call: &Call, preview: &Preview) -> bool {
        let is_marked = |tool: &str| {
            let mut globs = self.also.iter().filter(|(names, _)| names.is_match(tool));
            globs.any(|(_, objects)| preview.affected.iter().any(|it| objects.matches(it)))
        };
        call.subject.effect().destroys()
            || preview.affected.iter().any(|it| it.effect.destroys())
            || is_marked(call.subject.name())
    }
}

#[async_trait]
impl Policy for Confirm {
    async fn approve(&self, call: &Call, preview: &Preview) -> Result<Approval, ToolError> {
        if !self.concerns(call, preview) {
            return Ok(Approval::Granted);
        }
        let ask = form(call.subject.name(), preview);
        if !call.session.can_ask(&ask) {
            return if self.required { Err(nobody_to_ask(&ask)) } else { Ok(Approval::Granted) };
        }
        // A reply comes back under the key of its question, so that a yes to one preview is none to another.
        let key = format!("confirm-{}", preview.digest());
        asked(&call.session, key, ask).await?;
        call.session.ledger().confirm();
        Ok(Approval::Granted)
    }
}

fn form(tool: &str, preview: &Preview) -> Ask {
    let Preview { summary, details, .. } = preview;
    let message = format!("{tool}: {summary}\n\n{details}").trim_end().to_owned();
    let yes = json!({
        "type": "boolean",
        "title": "Do it",
        "description": "Yes, do exactly what is shown here",
    });
    let schema = json!({ "type": "object", "properties": { FIELD: yes }, "required": [FIELD] });
    Ask::Form { message, schema }
}

async fn asked(session: &Session, key: String, ask: Ask) -> Result<(), ToolError> {
    let replies = session.ask(vec![Question::new(&key, ask)]).await?;
    if replies.field(&key, FIELD).is_some_and(|it| *it == true) {
        return Ok(());
    }
    let action = replies.0.get(&key).and_then(|it| it.get("action")?.as_str());
    Err(ToolError::Refused(match action {
        Some("cancel") => {
            "the person closed the question without an answer, and nothing was done".to_owned()
        }
        _ => "the person said no, and nothing was done: ask them what they want instead".to_owned(),
    }))
}

fn nobody_to_ask(ask: &Ask) -> ToolError {
    ToolError::ClientLacks {
        capability: ask.capability(),
        way: "a person has to say yes to this (policy.confirm: always), and this client cannot ask one: use a client with elicitation, or let the operator do it or set policy.confirm".to_owned(),
    }
}

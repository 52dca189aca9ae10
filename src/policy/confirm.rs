use async_trait::async_trait;
use globset::{Glob, GlobMatcher};
use serde_json::{Value, json};

use super::{Approval, Call, Policy, objects::Objects};
use crate::{
    output::{Redactor, plain, presentable},
    tool::{Ask, Effect, Preview, Question, Session, ToolError},
};

/// What a person has to give: a form that is sent off without it is no yes.
const FIELD: &str = "confirm";

/// Asks a person before something is deleted or executed, and before what the operator marked. The yes is for the very preview
/// that was shown.
pub struct Confirm {
    /// Whether what deletes or executes is asked about, marked or not.
    dangers: bool,
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
        Ok(Self { dangers: true, also: parts.collect::<Result<_, _>>()?, required })
    }

    /// Asks about what the operator marked and about nothing else.
    #[must_use]
    pub fn only_marked(self) -> Self {
        Self { dangers: false, ..self }
    }

    fn concerns(&self, call: &Call, preview: &Preview) -> bool {
        let is_marked = |tool: &str| {
            let mut globs = self.also.iter().filter(|(names, _)| names.is_match(tool));
            globs.any(|(_, objects)| preview.affected.iter().any(|it| objects.matches(it)))
        };
        let is_dangerous = || {
            call.subject.effect().destroys()
                || preview.affected.iter().any(|it| it.effect.destroys())
        };
        (self.dangers && is_dangerous()) || is_marked(call.subject.name())
    }
}

#[async_trait]
impl Policy for Confirm {
    async fn approve(&self, call: &Call, preview: &Preview) -> Result<Approval, ToolError> {
        if !self.concerns(call, preview) {
            return Ok(Approval::Granted);
        }
        let message = message(call.subject.name(), preview);
        let ask = Ask::Form { message, schema: schema() };
        if !call.session.can_ask(&ask) {
            return if self.required { Err(nobody_to_ask(&ask)) } else { Ok(Approval::Granted) };
        }
        if call.subject.effect() == Effect::Execute && hides(preview) {
            return Err(hidden());
        }
        // A reply comes back under the key of its question, so that a yes to one preview is none to another.
        let key = format!("confirm-{}", preview.digest());
        asked(&call.session, key, ask).await?;
        call.session.ledger().confirm();
        Ok(Approval::Granted)
    }

    fn foretells(&self, call: &Call, preview: &Preview) -> Option<String> {
        let is_asked = self.concerns(call, preview);
        is_asked.then(|| "without dry_run, a person is asked first (policy.confirm)".to_owned())
    }
}

fn message(tool: &str, preview: &Preview) -> String {
    let Preview { summary, details, .. } = preview;
    visible(format!("{tool}: {summary}\n\n{details}").trim_end())
}

/// What nobody would see is written out: it would be done all the same.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        let is_lost = !letter.is_ascii() && plain(&letter.to_string()).is_empty();
        if is_lost {
            visible.extend(letter.escape_unicode());
        } else {
            visible.push(letter);
        }
    }
    visible
}

/// Whether a person would not see all of what runs.
fn hides(preview: &Preview) -> bool {
    let redactor = Redactor::without_fingerprints();
    let shown = format!("{}\n{}", preview.summary, preview.details);
    presentable(&shown, &redactor).contains("[redacted ")
}

fn hidden() -> ToolError {
    ToolError::Refused(
        "a part of what would be executed looks like a secret and would be hidden from the person who has to say yes; anything could stand there: leave it out, and let the program read it from a Secret, its environment or a file".to_owned(),
    )
}

fn schema() -> Value {
    let yes = json!({
        "type": "boolean",
        "title": "Do it",
        "description": "Yes, do exactly what is shown here",
    });
    json!({ "type": "object", "properties": { FIELD: yes }, "required": [FIELD] })
}

async fn asked(session: &Session, key: String, ask: Ask) -> Result<(), ToolError> {
    let replies =
        session.ask(vec![Question::new(&key, ask)]).await.map_err(|error| match error {
            ToolError::Failed(why) => ToolError::Refused(format!(
                "nobody said yes, and nothing was done: the client did not ask ({why})"
            )),
            other => other,
        })?;
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
        way: "a person has to say yes to this (policy.confirm, policy.confirm_also), and this client cannot ask one: use a client with elicitation, or let the operator do it (`tacklebox call` asks at a terminal) or set policy.confirm; dry_run shows what it would do".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_would_see_is_written_out() {
        assert_eq!(visible("a\u{200b}b\u{202e}c\td\n"), "a\\u{200b}b\\u{202e}c\td\n");
        assert_eq!(visible("größe 文字"), "größe 文字");
    }
}

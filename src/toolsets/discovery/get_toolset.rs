//! `get_toolset`: what HolmesGPT would load, made of what was found.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    Discovery,
    looked::{NOT_YET, seen},
};
use crate::{
    output::{Answer, Document, Keep},
    tool::{Session, Tool, ToolError},
};

/// The toolset that HolmesGPT loads, generated from what was found.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetToolset {
    #[schemars(extend("enum" = ["yaml", "json", "kubernaut"]))]
    output: Option<String>,
    /// Hash of an earlier answer: only what has changed
    since: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for GetToolset {
    const NAME: &'static str = "get_toolset";
    const TITLE: &'static str = "Toolset";

    type Context = Discovery;
    type Output = Answer;

    async fn call(self, discovery: &Discovery, session: &Session) -> Result<Answer, ToolError> {
        let survey = discovery.survey(self.context.as_deref())?;
        let (snapshot, is_whole) = seen(survey, session).await?;
        let loaded = discovery.loaded(self.context.as_deref(), &snapshot).await;
        // Whoever looks from outside the cluster may not be able to read them, and sees what is generated.
        let (toolset, problems) =
            loaded.unwrap_or_else(|error| (discovery.document(&snapshot), vec![error.reason()]));
        let hash = toolset.hash();
        discovery.history.keep(&hash, &toolset);
        if let Some(since) = &self.since {
            let Some(changes) = discovery.history.since(since, &toolset) else {
                return Err(ToolError::invalid(
                    "`since`: no toolset of that hash is known (any more): leave it out",
                ));
            };
            let lines: Vec<String> = changes.sentences().map(str::to_owned).collect();
            let document = if lines.is_empty() {
                Document::new().note("nothing has changed")
            } else {
                Document::new().lines(lines)
            };
            return Ok(document.note(format!("hash: {hash}")).into());
        }
        // Half a document for a program reads as if the rest were gone.
        if !is_whole && self.output.as_deref().is_some_and(|it| it != "yaml") {
            return Err(ToolError::Unavailable(NOT_YET.to_owned()));
        }
        match self.output.as_deref() {
            Some("json") => {
                let value = toolset.value();
                let text = value.to_string();
                return Ok(Answer::Object { value, text });
            }
            Some("kubernaut") => {
                let value = json!({ "tools": toolset.tools });
                let text = value.to_string();
                return Ok(Answer::Object { value, text });
            }
            _ => {}
        }
        let mut document = Document::new().untrusted("toolset.yaml", toolset.yaml(), Keep::Head);
        for left_out in &toolset.left_out {
            document = document.note(format!("left out: {left_out}"));
        }
        for problem in &problems {
            document = document.note(format!("left out: {problem}"));
        }
        if !is_whole {
            document = document.note(NOT_YET);
        }
        let others = discovery.others(self.context.as_deref());
        document = snapshot.unseen().chain(others).fold(document, Document::note);
        Ok(document.note(format!("hash: {hash}")).into())
    }
}

//! A prompt that begins with what is there, and teaches how HolmesGPT gets to it.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Discovery, looked::seen};
use crate::{
    output::{Answer, Document, Keep},
    prompt::{Blanks, BoundPrompt, Prompt, PromptDefinition},
    tool::{BoundTool, Definition, Session, ToolError},
};

pub(super) fn prompt(discovery: &Arc<Discovery>, toolset: &BoundTool) -> BoundPrompt {
    BoundPrompt::new(Wiring { discovery: Arc::clone(discovery), toolset: toolset.clone() })
}

struct Wiring {
    discovery: Arc<Discovery>,
    toolset: BoundTool,
}

#[async_trait]
impl Prompt for Wiring {
    fn definition(&self) -> PromptDefinition {
        PromptDefinition {
            name: "wire_holmesgpt",
            title: "Wire HolmesGPT",
            description: "Give HolmesGPT the toolset that was generated, step by step.",
            arguments: Vec::new(),
        }
    }

    fn tools(&self) -> Vec<&Definition> {
        vec![self.toolset.definition()]
    }

    async fn messages(&self, _: &Blanks, session: &Session) -> Result<Answer, ToolError> {
        let (snapshot, _) = seen(self.discovery.survey(None)?, session).await?;
        let document = self.discovery.document(&snapshot);
        let place = self.discovery.place().map(|it| it.to_string()).unwrap_or_default();
        let words = format!(
            "Help me to give HolmesGPT the toolset below, which is made of what was found in my cluster and is kept in the ConfigMap \
             {place} (namespace/name) under the key toolset.yaml. First show it with get_toolset and say which of it needs credentials. \
             Then give me the values of HolmesGPT's Helm chart: additionalVolumes with that ConfigMap, additionalVolumeMounts at \
             /etc/holmes/dynamic without subPath, since a subPath is never updated, and additionalEnvVars with \
             CUSTOM_TOOLSET_LOCATION=/etc/holmes/dynamic/toolset.yaml. That replaces the chart's own toolsets: whichever of them I \
             want to keep, such as kubernetes/core, belongs into the key overrides.yaml of the same ConfigMap. Credentials are environment \
             variables of HolmesGPT, named in toolsets.discovery.credentials. Write nothing before I have seen publish_toolset with dry_run."
        );
        let toolset = Document::new().untrusted("toolset.yaml", document.yaml(), Keep::Head);
        Ok(Document::new().note(words).and(toolset).into())
    }
}

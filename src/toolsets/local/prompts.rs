//! Prompts that begin with what there is on this host.

use async_trait::async_trait;

use crate::{
    blank::Blank,
    output::{Answer, Document},
    prompt::{Blanks, BoundPrompt, Prompt, PromptArgument, PromptDefinition},
    tool::{Arguments, BoundTool, Definition, Session, ToolError},
};

/// Both begin with what these tools say.
pub(super) fn all(tools: &[BoundTool]) -> Vec<BoundPrompt> {
    let begun = |definition| BoundPrompt::new(Begun { kind: definition, tools: tools.to_vec() });
    vec![begun(Kind::Setup), begun(Kind::Troubleshoot)]
}

struct Begun {
    kind: Kind,
    tools: Vec<BoundTool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Setup,
    Troubleshoot,
}

/// Where traces and metrics are to go.
const ENDPOINT: &str = "endpoint";
/// Which service is missing.
const TARGET: &str = "target";

#[async_trait]
impl Prompt for Begun {
    fn definition(&self) -> PromptDefinition {
        let (name, title, description, argument) = match self.kind {
            Kind::Setup => (
                "setup-obi-local",
                "Set OBI up here",
                "Instrument the services of this host with OBI, step by step.",
                (ENDPOINT, "OTLP endpoint, such as http://localhost:4318"),
            ),
            Kind::Troubleshoot => (
                "troubleshoot-obi",
                "OBI shows nothing",
                "Find out why OBI on this host shows nothing, or not what it should.",
                (TARGET, "Name, port or process number of the service that is missing"),
            ),
        };
        let (argument, meaning) = argument;
        let arguments =
            vec![PromptArgument { name: argument, description: meaning, required: false }];
        PromptDefinition { name, title, description, arguments }
    }

    fn tools(&self) -> Vec<&Definition> {
        self.tools.iter().map(BoundTool::definition).collect()
    }

    async fn messages(&self, blanks: &Blanks, session: &Session) -> Result<Answer, ToolError> {
        let given = blanks.values().map(|it| it.trim()).find(|it| !it.is_empty());
        let mut document = Document::new().note(self.kind.words(given));
        for tool in &self.tools {
            document = match tool.look(&Arguments::new(), session).await {
                Ok(answer) => document.and(answer.into_document().unwrap_or_default()),
                Err(error) => document.note(format!("{}: {error}", tool.definition().name)),
            };
        }
        Ok(document.into())
    }

    async fn complete(&self, argument: &Blank, _: &Session) -> Vec<String> {
        let known = ["http://localhost:4318", "http://localhost:4317"];
        let fitting = known.iter().filter(|it| it.starts_with(&argument.prefix));
        if argument.name == ENDPOINT {
            fitting.map(|it| (*it).to_owned()).collect()
        } else {
            Vec::new()
        }
    }
}

impl Kind {
    fn words(self, given: Option<&str>) -> String {
        match self {
            Self::Setup => {
                let endpoint = given.map_or_else(
                    || {
                        "Ask me where traces and metrics are to go, and which services are meant."
                            .to_owned()
                    },
                    |it| format!("Traces and metrics go to {it}. Ask me which services are meant."),
                );
                format!(
                    "Help me to run OBI, OpenTelemetry's eBPF instrumentation, on this host. Below is how it stands, and whether this host is fit \
                     for it: first tell me what is missing, with the command for it. {endpoint} Write a configuration for that, check it with \
                     obi_validate_config, show me with obi_preview_selection which processes it would choose, and show me obi_local_deploy with \
                     dry_run before you deploy. Then tell me from obi_local_status whether it does what it is for."
                )
            }
            Self::Troubleshoot => {
                let target = given.map_or_else(
                    || "Ask me which service is missing.".to_owned(),
                    |it| format!("What is missing is {it}: ask obi_explain_target about it."),
                );
                format!(
                    "OBI on this host shows nothing, or not what it should. Below is how it stands. {target} Look at the problems of obi_local_logs \
                     first, then at what obi_local_status says of instrumented processes and of exports that failed, then whether the \
                     configuration says what was meant (obi_validate_config). Tell me the most likely cause, how to prove it, and the change of the \
                     configuration; change nothing before I have seen it with dry_run."
                )
            }
        }
    }
}

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{Options, complain, page, print};
use crate::tool::{BoundTool, Definition};

#[derive(Debug, clap::Args)]
pub(super) struct Tools {
    /// Print the definitions as a client receives them
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print a page of documentation
    #[arg(long)]
    markdown: bool,
}

impl Tools {
    /// Lists by policy alone, so that what is printed does not depend on which backend is up.
    pub(super) fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        let started = options.start(Some("error"))?;
        let offer = started.with_app(|app, _| async move { Ok(app.registry().admitted()) })?;
        let definitions: Vec<&Definition> = offer.tools.iter().map(BoundTool::definition).collect();
        if definitions.is_empty() {
            complain("no tool: no toolset is enabled, or the policies leave none");
        }
        if self.json {
            print(&serde_json::to_string_pretty(&as_json(&definitions))?);
        } else if self.markdown {
            print(&page::markdown(&offer));
        } else {
            print(&lines(&definitions));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn lines(definitions: &[&Definition]) -> String {
    let width = definitions.iter().map(|it| it.name.len()).max().unwrap_or_default();
    let line = |it: &&Definition| {
        let first = it.description.lines().next().unwrap_or_default();
        format!("{:width$}  {}", it.name, first)
    };
    definitions.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn as_json(definitions: &[&Definition]) -> Value {
    definitions
        .iter()
        .map(|it| {
            json!({
                "name": it.name,
                "title": it.title,
                "effect": it.effect,
                "description": it.description,
                "inputSchema": *it.input,
                "outputSchema": it.output.as_deref(),
            })
        })
        .collect()
}

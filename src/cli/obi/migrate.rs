use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use super::{
    complain,
    given::{environment, source, variable},
    print,
};
use crate::{
    obi::{
        config::{Environment, filled},
        convert::{self, Placed, Step},
    },
    tree::Node,
};

#[derive(Debug, clap::Args)]
pub(super) struct Migrate {
    /// The configuration, obi-mcp's or OBI's own of version 1; - is stdin. It is read and left as it is
    file: PathBuf,
    /// What it is to become
    #[arg(long, value_enum, default_value_t = To::V1)]
    to: To,
    /// A variable that counts for more than the file, and goes into it
    #[arg(long = "env", short, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// A file of such variables, one NAME=VALUE a line
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum To {
    /// Version 1, as OBI reads it
    V1,
    /// Version 2, for OBI v0.11.0 and later; a key that has no place there is refused
    V2,
    /// Variables, for what variables can say
    Env,
}

impl Migrate {
    /// What it has become goes to stdout, and what became of each key to stderr.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let environment = environment(&self.env_file, &self.env)?;
        let (environment, mut steps) = convert::from_invented_variables(&environment);
        let source = source(&self.file)?;
        // Version 2 has other kinds in some places, so that it has to be known what stands there.
        let text = if self.to == To::V2 { filled(&source.text, &environment) } else { source.text };
        let tree = Node::parse(&text).with_context(|| format!("{} is no YAML", source.name))?;
        let mut settings = match tree.to_json() {
            Value::Object(settings) => settings,
            Value::Null => Map::new(),
            _ => bail!("{} is no section of keys and values", source.name),
        };
        steps.extend(convert::from_invented(&mut settings, ""));
        let Placed { settings, variables, steps: placed } =
            convert::from_variables(&environment, settings);
        steps.extend(placed);
        if steps.is_empty() && self.to == To::V1 {
            print(&text);
            return Ok(ExitCode::SUCCESS);
        }
        print(&self.becomes(settings, &variables, &mut steps)?);
        for step in &steps {
            complain(&step.to_string());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn becomes(
        &self,
        settings: Map<String, Value>,
        left: &Environment,
        steps: &mut Vec<Step>,
    ) -> anyhow::Result<String> {
        match self.to {
            To::V1 => Ok(convert::yaml(&settings)),
            To::V2 => {
                let version2 = convert::to_version2(settings)?;
                steps.extend(version2.steps);
                let document = version2.document.as_object().cloned().unwrap_or_default();
                Ok(convert::yaml(&document))
            }
            To::Env => {
                let placed = convert::to_variables(settings);
                steps.extend(placed.steps);
                let line = |it: &Environment| {
                    let lines = it
                        .names()
                        .map(|name| format!("{name}={}", it.get(name).unwrap_or_default()));
                    lines.collect::<Vec<_>>()
                };
                Ok([line(&placed.variables), line(left)].concat().join("\n"))
            }
        }
    }
}

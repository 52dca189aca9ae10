use std::{process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use super::{Options, complain, print, terminal::Terminal};
use crate::tool::{Arguments, BoundTool, Caller, Definition, Session, snake_case};

#[derive(Debug, clap::Args)]
pub(super) struct Call {
    /// The tool, as `tacklebox tools` lists it
    tool: String,
    /// Say yes to what the call would change, without being asked
    #[arg(long)]
    yes: bool,
    /// Arguments as `name=value`, lists as `name=a,b`, or one JSON object
    arguments: Vec<String>,
}

impl Call {
    /// Goes the way of every call: through the registry and all policies.
    pub(super) fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        let started = options.start(Some("warn"))?;
        let outcome = started.with_app(|app, _| async move {
            let tool = app.registry().tool(&self.tool);
            let arguments = parse(&self.arguments, tool.as_ref().map(BoundTool::definition))?;
            let terminal = Arc::new(Terminal { yes: self.yes });
            let session = Session::new(Caller::named("local"), terminal);
            let outcome = app.registry().call(&self.tool, arguments, session).await;
            app.clean_up().await;
            outcome.context("see `tacklebox tools`")
        })?;
        match outcome {
            Ok(answer) => {
                print(&answer.text);
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => {
                complain(&error.to_string());
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

fn parse(arguments: &[String], tool: Option<&Definition>) -> anyhow::Result<Arguments> {
    if let [object] = arguments
        && object.trim_start().starts_with('{')
    {
        return serde_json::from_str(object).context("the arguments are not a JSON object");
    }
    let mut parsed = Map::new();
    for argument in arguments {
        let Some((name, text)) = argument.split_once('=') else {
            bail!("`{argument}` is not of the form name=value, nor a JSON object");
        };
        parsed.insert(name.to_owned(), value(text, kind(tool, name)));
    }
    Ok(parsed)
}

/// The type of an argument in the tool's schema.
fn kind<'a>(tool: Option<&'a Definition>, name: &str) -> &'a str {
    let properties = tool.and_then(|it| it.input.get("properties"));
    let named = |name: &str| properties.and_then(|it| it.get(name)?.get("type")?.as_str());
    named(name).or_else(|| named(&snake_case(name))).unwrap_or("string")
}

/// Numbers, switches and lists as JSON, a list also as `a,b`, and whatever is not JSON as text.
fn value(text: &str, kind: &str) -> Value {
    if kind == "string" {
        return text.into();
    }
    serde_json::from_str(text).unwrap_or_else(|_| match kind {
        "array" => text.split(',').map(str::trim).collect(),
        _ => text.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        parse(&arguments, None)
            .map_or_else(|error| error.to_string(), |it| Value::Object(it).to_string())
    }

    #[test]
    fn arguments_are_pairs_or_one_object() {
        assert_eq!(parsed(&["resource=pods", "name=a=b"]), r#"{"resource":"pods","name":"a=b"}"#);
        assert_eq!(parsed(&[r#"{"limit": 3}"#]), r#"{"limit":3}"#);
    }

    #[test]
    fn values_are_what_the_schema_says() {
        assert_eq!(value("7", "string"), "7");
        assert_eq!(value("7", "integer"), 7);
        assert_eq!(value("seven", "integer"), "seven");
        assert_eq!(value("node, image", "array"), serde_json::json!(["node", "image"]));
        assert_eq!(value(r#"["a,b"]"#, "array"), serde_json::json!(["a,b"]));
    }

    #[test]
    fn what_is_neither_is_refused() {
        assert_eq!(parsed(&["pods"]), "`pods` is not of the form name=value, nor a JSON object");
        assert_eq!(parsed(&["{pods"]), "the arguments are not a JSON object");
    }
}

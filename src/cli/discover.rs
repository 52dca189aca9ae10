use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::{
    Options, complain, print,
    terminal::{Terminal, is_anybody_there},
};
use crate::{
    app::{App, Overrides},
    policy::Outcome,
    tool::{Caller, Session},
};

#[derive(Debug, clap::Args)]
pub(super) struct Discover {
    /// Only in this namespace
    #[arg(long, short, value_name = "NAMESPACE", conflicts_with_all = ["explain", "write"])]
    namespace: Option<String>,
    /// Only of this type, such as prometheus
    #[arg(long = "type", value_name = "TYPE", conflicts_with_all = ["explain", "write"])]
    product: Option<String>,
    /// What to print
    #[arg(long, short, value_enum, default_value_t = Format::Table, conflicts_with_all = ["explain", "write"])]
    output: Format,
    /// Say why this Service is found, or is not
    #[arg(long, value_name = "NAMESPACE/NAME")]
    explain: Option<String>,
    /// Show what would change in the ConfigMap that HolmesGPT reads, and write it after a yes
    #[arg(long, conflicts_with = "explain")]
    write: bool,
    /// Say yes to what would be written, without being asked
    #[arg(long, requires = "write")]
    yes: bool,
    /// The kubeconfig's context, if toolsets.discovery.contexts names several
    #[arg(long, value_name = "CONTEXT")]
    context: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// What was found, as YAML
    Yaml,
    /// What was found, as JSON
    Json,
    /// The toolset that HolmesGPT loads
    Holmesgpt,
}

impl Discover {
    /// Goes the way of every call, and so through all policies.
    pub(super) fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        let overrides = Overrides { discovers: true, ..Overrides::default() };
        let started = options.start_for(Some("error"), overrides)?;
        let others = self.others(&started.loaded.config.toolsets.discovery.contexts);
        let outcome = started.with_app(|app, _| async move {
            let (tool, arguments) = self.call()?;
            if io::stderr().is_terminal() {
                complain("looking through the cluster, and asking what is found …");
            }
            let outcome = ask(&app, tool, arguments, self.yes).await;
            let unseen = match &outcome {
                Ok(Ok(answer)) => self.unseen(&app, answer.structured.as_ref()).await,
                _ => Vec::new(),
            };
            app.clean_up().await;
            let lacking = if self.write {
                "nothing can be written: toolsets.discovery.publish is null, or policy.tools denies it"
            } else {
                "see `tacklebox tools`"
            };
            Ok((outcome.context(lacking)?, unseen, self.output))
        })?;
        match outcome {
            (Ok(answer), unseen, format) => {
                print(&shown(answer.structured, answer.text, format)?);
                let warnings = unseen.iter().map(|it| format!("not all was seen: {it}"));
                for warning in warnings.chain(others) {
                    complain(&format!("warning: {warning}"));
                }
                Ok(ExitCode::SUCCESS)
            }
            (Err(error), _, _) => {
                complain(&error.to_string());
                if let Some(others) = others {
                    complain(&others);
                }
                Ok(ExitCode::FAILURE)
            }
        }
    }

    /// Which cluster is shown where nobody said which of several.
    fn others(&self, contexts: &[String]) -> Option<String> {
        // A text says so itself.
        let is_said = self.context.is_some() || self.explain.is_some();
        let (first, others) = contexts.split_first().filter(|_| !is_said)?;
        let others = others.join(", ");
        let told = || format!("this is context {first} only; --context also takes: {others}");
        (!others.is_empty()).then(told)
    }

    /// What could not be read. A toolset has no place for it, so that those are asked who have; a text has said it.
    async fn unseen(&self, app: &App, answer: Option<&Value>) -> Vec<String> {
        let Some(answer) = answer else { return Vec::new() };
        let listed = if self.output == Format::Holmesgpt {
            let arguments = json!({ "output": "json", "context": self.context });
            let outcome = ask(app, "discover_services", arguments, false).await;
            outcome.ok().and_then(Result::ok).and_then(|it| it.structured)
        } else {
            Some(answer.clone())
        };
        let problems = listed.as_ref().and_then(|it| it.get("problems")?.as_array());
        let problems = problems.into_iter().flatten().filter_map(Value::as_str);
        problems.map(str::to_owned).collect()
    }

    fn call(&self) -> anyhow::Result<(&'static str, Value)> {
        let context = &self.context;
        if let Some(place) = &self.explain {
            let named = place.split_once('/').filter(|(namespace, name)| {
                !namespace.is_empty() && !name.is_empty() && !name.contains('/')
            });
            let Some((namespace, service)) = named else {
                bail!("--explain {place}: name it as NAMESPACE/NAME");
            };
            let arguments =
                json!({ "namespace": namespace, "service": service, "context": context });
            return Ok(("discovery_explain", arguments));
        }
        if self.write && !self.yes && !is_anybody_there() {
            bail!("--write asks before it writes, and nobody is at a terminal: add --yes");
        }
        if self.write {
            return Ok(("publish_toolset", json!({ "context": context })));
        }
        if self.output == Format::Holmesgpt && (self.namespace.is_some() || self.product.is_some())
        {
            bail!("--output holmesgpt is the whole toolset: leave out --namespace and --type");
        }
        if self.output == Format::Holmesgpt {
            return Ok(("get_toolset", json!({ "output": "json", "context": context })));
        }
        let Self { namespace, product, .. } = self;
        let arguments = json!({ "namespace": namespace, "type": product, "output": "json", "context": context });
        Ok(("discover_services", arguments))
    }
}

async fn ask(app: &App, tool: &str, arguments: Value, yes: bool) -> anyhow::Result<Outcome> {
    let Value::Object(arguments) = arguments else { bail!("arguments are an object") };
    let given: Map<String, Value> = arguments.into_iter().filter(|(_, it)| !it.is_null()).collect();
    let session = Session::new(Caller::named("local"), Arc::new(Terminal { yes }));
    Ok(app.registry().call(tool, given, session).await?)
}

fn shown(value: Option<Value>, text: String, format: Format) -> anyhow::Result<String> {
    let Some(value) = value else { return Ok(text) };
    match format {
        Format::Table => Ok(table(&value, io::stdout().is_terminal())),
        Format::Json => Ok(serde_json::to_string_pretty(&value)?),
        Format::Yaml | Format::Holmesgpt => Ok(crate::output::yaml::write(&value)),
    }
}

const COLUMNS: [(&str, &str); 6] = [
    ("NAMESPACE", "namespace"),
    ("NAME", "name"),
    ("TYPE", "type"),
    ("HEALTH", "health"),
    ("VERSION", "version"),
    ("URL", "endpoint"),
];

/// Aligned columns, and below them why something is not well.
fn table(found: &Value, in_colour: bool) -> String {
    let none = Vec::new();
    let services = found["services"].as_array().unwrap_or(&none);
    let cell = |service: &Value, key: &str| service[key].as_str().unwrap_or("-").to_owned();
    let mut rows = vec![COLUMNS.map(|(head, _)| head.to_owned())];
    rows.extend(services.iter().map(|it| COLUMNS.map(|(_, key)| cell(it, key))));
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|column| rows.iter().filter_map(|it| it.get(column)).map(String::len).max())
        .map(Option::unwrap_or_default)
        .collect();
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let padded = format!("{cell:width$}");
            if in_colour { coloured(cell, padded) } else { padded }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    let reasons = services.iter().filter_map(|it| {
        let reason = it["reason"].as_str()?;
        Some(format!("{}/{}: {reason}", cell(it, "namespace"), cell(it, "name")))
    });
    lines.extend(reasons);
    lines.join("\n")
}

fn coloured(cell: &str, padded: String) -> String {
    let colour = match cell {
        "ready" => 32,
        "auth_required" | "unknown" => 33,
        "unhealthy" | "unreachable" | "impostor" => 31,
        _ => return padded,
    };
    format!("\u{1b}[{colour}m{padded}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn columns_are_aligned_and_what_is_wrong_is_said_below() {
        let found = json!({
            "services": [
                {"namespace": "monitoring", "name": "grafana", "type": "grafana", "health": "ready", "version": "12.1.0", "endpoint": "http://grafana.monitoring.svc:80", "reason": null},
                {"namespace": "logs", "name": "loki", "type": "loki", "health": "unreachable", "version": null, "endpoint": "http://loki.logs.svc:3100", "reason": "no pod behind it is ready"},
            ],
        });
        expect![[r"
            NAMESPACE   NAME     TYPE     HEALTH       VERSION  URL
            monitoring  grafana  grafana  ready        12.1.0   http://grafana.monitoring.svc:80
            logs        loki     loki     unreachable  -        http://loki.logs.svc:3100
            logs/loki: no pod behind it is ready"]]
        .assert_eq(&table(&found, false));
        assert!(table(&found, true).contains("\u{1b}[32mready"));
    }
}

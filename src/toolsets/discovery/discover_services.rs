//! `discover_services`: which observability services a cluster has, where, and whether they are what they seem to be.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Discovery,
    finding::{Found, Health},
    looked::{NOT_YET, seen},
    snapshot::{Filter, Snapshot},
};
use crate::{
    output::{Answer, Document, Table},
    tool::{Session, Tool, ToolError},
};

/// Prometheus, Grafana, Jaeger and the like among a cluster's Services: URL, health, version.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscoverServices {
    /// prometheus, loki, …
    #[serde(rename = "type")]
    product: Option<String>,
    /// Default: all
    namespace: Option<String>,
    /// Only those that answer as what they are
    healthy: Option<bool>,
    /// Also why each is taken for it
    evidence: Option<bool>,
    /// Look and ask anew first
    refresh: Option<bool>,
    #[schemars(extend("enum" = ["table", "json"]))]
    output: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for DiscoverServices {
    const NAME: &'static str = "discover_services";
    const TITLE: &'static str = "Discover services";
    const LIMIT: Option<Duration> = Some(Duration::from_mins(1));

    type Context = Discovery;
    type Output = Answer;

    async fn call(self, discovery: &Discovery, session: &Session) -> Result<Answer, ToolError> {
        self.check(discovery)?;
        let survey = discovery.survey(self.context.as_deref())?;
        if self.refresh == Some(true) {
            session.progress(0.0, None, "asking every service").await;
            survey.refresh().await;
        }
        let (snapshot, is_whole) = seen(survey, session).await?;
        let shown = snapshot.filtered(self.filter());
        if self.output.as_deref() == Some("json") {
            let mut value = listed(&shown, &snapshot, &discovery.settings.domain);
            if !is_whole {
                value.as_object_mut().map(|it| it.insert("problems".to_owned(), json!([NOT_YET])));
            }
            let text = value.to_string();
            return Ok(Answer::Object { value, text });
        }
        let table = self.table(&shown, &discovery.settings.domain);
        let document = document(table, &shown, &snapshot, is_whole);
        let others = discovery.others(self.context.as_deref());
        Ok(others.into_iter().fold(document, Document::note).into())
    }
}

impl DiscoverServices {
    fn check(&self, discovery: &Discovery) -> Result<(), ToolError> {
        match &self.product {
            Some(product) => discovery.knows(product),
            None => Ok(()),
        }
    }

    fn filter(&self) -> Filter<'_> {
        let Self { product, namespace, healthy, .. } = self;
        Filter { product: product.as_deref(), namespace: namespace.as_deref(), healthy: *healthy }
    }

    fn table(&self, shown: &[&Found], domain: &str) -> Table {
        let mut columns = vec!["NAMESPACE", "NAME", "TYPE", "HEALTH", "VERSION", "URL", "REASON"];
        if self.evidence == Some(true) {
            columns.extend(["CONFIDENCE", "MATCHED BY"]);
        }
        let row = |it: &&Found| {
            let finding = &it.finding;
            let mut row = vec![
                finding.place.namespace.clone(),
                finding.place.name.clone(),
                finding.detector.product.clone(),
                it.health.word().to_owned(),
                it.health.version().unwrap_or_default().to_owned(),
                it.endpoint.url(&finding.place, domain),
                it.health.reason().unwrap_or_default().to_owned(),
            ];
            if self.evidence == Some(true) {
                let confidence = finding.confidence.word().to_owned();
                row.extend([confidence, finding.matched_by.join("; ")]);
            }
            row
        };
        let columns = columns.into_iter().map(str::to_owned).collect();
        Table::new(columns, shown.iter().map(row).collect())
    }
}

fn document(table: Table, shown: &[&Found], snapshot: &Snapshot, is_whole: bool) -> Document {
    let Snapshot { found, services, .. } = snapshot;
    let mut document = Document::new();
    if shown.is_empty() {
        let what =
            if found.is_empty() { "nothing known" } else { "nothing of what was found fits" };
        document = document.note(format!("{what} among {services} Services"));
    } else {
        document = document.table(table);
    }
    if shown.iter().any(|it| matches!(it.health, Health::AuthRequired)) {
        document = document.note(
            "auth_required: it is there, and tells nothing without credentials; `credentials` of the toolset name them for HolmesGPT",
        );
    }
    if !is_whole {
        document = document.note(NOT_YET);
    }
    snapshot.unseen().fold(document, Document::note)
}

/// The same for programs.
pub(super) fn listed(shown: &[&Found], snapshot: &Snapshot, domain: &str) -> Value {
    let services: Vec<Value> = shown.iter().map(|it| entry(it, domain)).collect();
    json!({ "total": services.len(), "services": services, "problems": snapshot.problems })
}

fn entry(found: &Found, domain: &str) -> Value {
    let finding = &found.finding;
    json!({
        "name": finding.place.name,
        "namespace": finding.place.namespace,
        "type": finding.detector.product,
        "endpoint": found.endpoint.url(&finding.place, domain),
        "healthy": found.health.is_usable(),
        "health": found.health.word(),
        "reason": found.health.reason(),
        "version": found.health.version(),
        "confidence": finding.confidence.word(),
        "matchedBy": finding.matched_by,
    })
}

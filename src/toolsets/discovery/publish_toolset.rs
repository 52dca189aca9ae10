//! `publish_toolset`: the toolset is written where HolmesGPT reads it, now.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Discovery,
    looked::seen,
    publish::{Compose, Outcome, Shown, Wanted},
    publishing::KEY,
    service::Place,
    snapshot::Snapshot,
};
use crate::{
    output::{Document, Redactor, diff},
    tool::{Affected, Change, Effect, Planned, Preview, Session, ToolError},
};

/// Write the toolset into the ConfigMap that HolmesGPT reads; overrides.yaml in it is kept and merged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishToolset {
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Change for PublishToolset {
    const NAME: &'static str = "publish_toolset";
    const TITLE: &'static str = "Publish toolset";
    const EFFECT: Effect = Effect::Apply;

    type Context = Discovery;
    type Plan = Shown;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(
        &self,
        discovery: &Discovery,
        session: &Session,
    ) -> Result<Planned<Shown>, ToolError> {
        let (compose, snapshot) = self.compose(discovery, session).await?;
        let survey = discovery.survey(self.context.as_deref())?;
        let publisher = &discovery.publishing(self.context.as_deref())?.publisher;
        let now = publisher.current().await?;
        let overrides = publisher.overrides().await?;
        let wanted = compose(overrides.as_deref()).map_err(ToolError::Refused)?;
        let place = discovery.place()?;
        let context = survey.context().unwrap_or("the current context");
        let mut preview =
            preview(now.as_ref(), &wanted, &place, context, &discovery.settings.redactor);
        // Whoever says yes has to know that something may be missing.
        preview.summary =
            snapshot.unseen().fold(preview.summary, |told, it| format!("{told}; {it}"));
        let version = now.and_then(|it| it.metadata.resource_version);
        Ok(Planned { plan: Shown { wanted, version }, preview })
    }

    async fn carry_out(
        self,
        shown: Shown,
        discovery: &Discovery,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let (compose, snapshot) = self.compose(discovery, session).await?;
        let publisher = &discovery.publishing(self.context.as_deref())?.publisher;
        let place = discovery.place()?;
        let document = match publisher.publish_once(&compose, &shown).await {
            Outcome::Unchanged => {
                Document::new().note(format!("ConfigMap {place} holds it already"))
            }
            Outcome::Written { created, drift, .. } => {
                session.changed();
                let done = if created { "created" } else { "changed" };
                let document = Document::new().note(format!("ConfigMap {place} {done}"));
                drift.into_iter().fold(document, Document::note)
            }
            Outcome::Not(stop) => return Err(stop.into_error()),
        };
        let problems = shown.wanted.problems.iter().map(|it| format!("left out: {it}"));
        Ok(problems.chain(snapshot.unseen()).fold(document, Document::note))
    }
}

impl PublishToolset {
    /// What makes the document, by what is known now.
    async fn compose(
        &self,
        discovery: &Discovery,
        session: &Session,
    ) -> Result<(Compose, Arc<Snapshot>), ToolError> {
        let survey = discovery.survey(self.context.as_deref())?;
        let publishing = discovery.publishing(self.context.as_deref())?;
        let (snapshot, is_whole) = seen(survey, session).await?;
        if !is_whole {
            return Err(ToolError::Unavailable(
                "not everybody has answered yet, and half of a toolset is not written: try again in a moment".into(),
            ));
        }
        let compose = publishing.compose(discovery.document(&snapshot), discovery.layout());
        Ok((compose, snapshot))
    }
}

fn preview(
    now: Option<&ConfigMap>,
    wanted: &Wanted,
    place: &Place,
    context: &str,
    redactor: &Redactor,
) -> Preview {
    let data = now.and_then(|it| it.data.as_ref());
    let holds = |key: &str, text: &String| data.and_then(|it| it.get(key)) == Some(text);
    if wanted.data.iter().all(|(key, text)| holds(key, text)) {
        let summary = format!("ConfigMap {place} of {context} holds the toolset already");
        return Preview { summary, ..Preview::default() };
    }
    let before = data.and_then(|it| it.get(KEY)).map(|it| parsed(it));
    let after = wanted.data.get(KEY).map(|it| parsed(it));
    let done = if before.is_some() { "be changed" } else { "be written" };
    Preview {
        summary: format!("the toolset in ConfigMap {place} of {context} would {done}"),
        details: diff::changes(before.as_ref(), after.as_ref(), redactor).to_string(),
        affected: vec![Affected {
            effect: Effect::Apply,
            kind: "ConfigMap".to_owned(),
            group: String::new(),
            namespace: Some(place.namespace.clone()),
            name: place.name.clone(),
            state: now.and_then(|it| it.metadata.resource_version.clone()).unwrap_or_default(),
        }],
    }
}

/// What somebody has broken by hand is shown as it is.
fn parsed(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|_| json!({ "text": text }))
}

//! `obi_k8s_config`: the configuration that OBI runs with in a cluster, those before it, and how they differ.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Obi, deployed::Deployed, record::Record, wanted::Wanted};
use crate::{
    output::{Document, Keep, Table, diff},
    tool::{Session, Tool, ToolError},
    toolsets::kubernetes::{cluster::Cluster, problems::Problems, settle},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Action {
    #[default]
    Get,
    Diff,
    History,
}

/// Configuration of OBI in a cluster, its last revisions, or the diff between two; `obi_k8s_update` changes it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sConfig {
    /// Default: get
    action: Option<Action>,
    /// For get and diff; default: the newest
    revision: Option<u32>,
    /// For diff; default: the one before
    from: Option<u32>,
    /// Default: where it is deployed
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for ObiK8sConfig {
    const NAME: &'static str = "obi_k8s_config";
    const TITLE: &'static str = "OBI's configuration in a cluster";

    type Context = Obi;
    type Output = Document;

    async fn call(self, obi: &Obi, session: &Session) -> Result<Document, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.none()?;
        let session = settle::brief(session);
        let cluster = obi.cluster(self.context.as_deref(), &session).await?;
        let reading = Deployed::read(obi, &cluster, self.namespace.as_deref());
        let Deployed { record, .. } = cluster.before(session.deadline(), reading).await?;
        match self.action.unwrap_or_default() {
            Action::Get => self.get(&record),
            Action::Diff => self.diff(&cluster, &record),
            Action::History => Ok(history(&record)),
        }
    }
}

impl ObiK8sConfig {
    fn get(&self, record: &Record) -> Result<Document, ToolError> {
        let revision = self.revision.unwrap_or(record.revision);
        let Wanted { namespace, image, config, .. } = of(record, revision)?;
        let words = format!("revision {revision} in namespace {namespace}, for {}", image.as_str());
        Ok(Document::new().note(words).untrusted("the configuration", config.clone(), Keep::Head))
    }

    fn diff(&self, cluster: &Cluster, record: &Record) -> Result<Document, ToolError> {
        let to = self.revision.unwrap_or(record.revision);
        let Some(from) = self.from.or_else(|| record.revisions().find(|it| *it < to)) else {
            return Err(ToolError::NotFound(format!("there is nothing before revision {to}")));
        };
        let [before, after] = [from, to].map(|it| of(record, it));
        let difference = changes(cluster, before?, after?);
        let words = if difference.is_empty() {
            format!("revision {to} says what revision {from} does")
        } else {
            format!("from revision {from} to {to}")
        };
        Ok(Document::new().note(words).untrusted("changes", difference, Keep::Head))
    }
}

/// Of the configuration, and of all that decides the deployment beside it.
fn changes(cluster: &Cluster, before: &Wanted, after: &Wanted) -> String {
    let shown = |it: &Wanted| {
        let mut shown = json!(it);
        if let Value::Object(fields) = &mut shown {
            let config = serde_saphyr::from_str(&it.config);
            fields.insert("config".to_owned(), config.unwrap_or_else(|_| json!(it.config)));
        }
        shown
    };
    let (before, after) = (shown(before), shown(after));
    diff::changes(Some(&before), Some(&after), cluster.redactor()).to_string()
}

pub(super) fn of(record: &Record, revision: u32) -> Result<&Wanted, ToolError> {
    record.of_revision(revision).ok_or_else(|| {
        let kept: Vec<String> = record.revisions().map(|it| it.to_string()).collect();
        ToolError::NotFound(format!(
            "there is no revision {revision}: kept are {}",
            kept.join(", ")
        ))
    })
}

fn history(record: &Record) -> Document {
    let now = [(record.revision, &record.wanted)];
    let all = now.into_iter().chain(record.before.iter().map(|it| (it.revision, &it.wanted)));
    let rows = all.map(|(revision, wanted)| {
        let state = if revision == record.revision { "deployed" } else { "kept" };
        let lines = wanted.config.lines().count().to_string();
        vec![revision.to_string(), state.to_owned(), wanted.image.as_str().to_owned(), lines]
    });
    let columns = ["revision", "state", "image", "lines of configuration"].map(str::to_owned);
    Document::new().table(Table::new(columns.to_vec(), rows.collect()))
}

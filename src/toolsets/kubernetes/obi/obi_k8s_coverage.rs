//! `obi_k8s_coverage`: what OBI makes of the pods of a cluster, or would make of them with another configuration.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Obi,
    configuration::Meant,
    coverage::{Covered, Judge, Said, Tally},
    pages::{Place, RUNNING, each},
    pods::Pod,
};
use crate::{
    output::{Document, Page},
    tool::{Session, Tool, ToolError},
    toolsets::kubernetes::{
        admitted, cluster::Cluster, missing::missing_namespace, problems::Problems,
    },
};

/// Rows, where nobody says how many.
const USUAL: usize = 50;
const MOST: usize = 500;

/// What OBI sees: pods by workload instrumented, selected, excluded, not selected or on uncovered nodes; with config: a preview.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sCoverage {
    /// Of the pods; default: all
    namespace: Option<String>,
    /// Object, or YAML text; default: what is deployed
    config: Option<Value>,
    /// Rows, 50 by default
    limit: Option<usize>,
    /// Where OBI is, if there are several
    obi_namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for ObiK8sCoverage {
    const NAME: &'static str = "obi_k8s_coverage";
    const TITLE: &'static str = "What OBI covers";

    type Context = Obi;
    type Output = Document;

    async fn call(self, obi: &Obi, session: &Session) -> Result<Document, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.names(self.obi_namespace.as_deref(), None);
        problems.one_namespace(self.obi_namespace.as_deref());
        problems.unless(
            self.limit.is_none_or(|it| (1..=MOST).contains(&it)),
            &format!("`limit` is from 1 to {MOST}"),
        );
        problems.none()?;
        let cluster = obi.cluster(self.context.as_deref(), session).await?;
        let answer = Box::pin(self.answer(obi, &cluster, session));
        cluster.before(session.deadline(), answer).await
    }
}

impl ObiK8sCoverage {
    async fn answer(
        &self,
        obi: &Obi,
        cluster: &Cluster,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let namespace = self.namespace.as_deref().filter(|it| !matches!(*it, "*" | "all"));
        namespace.map_or(Ok(()), |it| admitted::namespace(cluster, it))?;
        let home = obi.namespace(cluster, self.obi_namespace.as_deref()).await?;
        admitted::namespace(cluster, &home)?;
        let meant = obi.meant(cluster, &home, self.config.as_ref()).await?;
        let selection = meant.selection()?;
        let covered = Covered::look(cluster, session, &home, meant.deployed.as_ref()).await?;
        // What runs with another configuration says nothing of this one.
        let said = if self.config.is_none() {
            Said::read(cluster, &covered).await
        } else {
            Said::default()
        };
        let (selection, covered, said) = (&selection, &covered, &said);
        let judge = Judge { selection, covered, said, now: Timestamp::now() };
        let mut tally = Tally::default();
        let place = Place { namespace, fields: Some(RUNNING), ..Place::default() };
        let visit = |it: Pod| tally.add(&it, &judge);
        let is_whole = each(cluster, "pods", place, session.deadline(), visit).await?;
        if tally.is_empty()
            && let Some(problem) = missing_namespace(cluster, namespace).await
        {
            return Err(problem);
        }
        let mut document = Document::new();
        for note in self.notes(&meant, &judge, is_whole) {
            document = document.note(note);
        }
        Ok(self.rows(document, &tally))
    }

    fn notes(&self, meant: &Meant, judge: &Judge<'_>, is_whole: bool) -> Vec<String> {
        let (good, all) = judge.covered.count();
        let would = if meant.deployed.is_some() { "covers" } else { "would cover" };
        let mut notes = vec![format!("OBI {would} {good} of {all} nodes")];
        if self.config.is_some() && meant.deployed.is_some() {
            notes.push(
                "with the configuration that was given, not with the deployed one".to_owned(),
            );
        }
        if !judge.selection.is_on() {
            notes.push(
                "this configuration looks at no process: it has no rule that chooses any"
                    .to_owned(),
            );
        }
        notes.extend(judge.selection.doubts().iter().cloned());
        notes.extend(judge.covered.doubt.clone());
        if judge.said.unread > 0 {
            notes.push(format!(
                "the logs of {} OBIs were not read: what they instrument counts as selected",
                judge.said.unread
            ));
        }
        if !is_whole {
            notes.push("Not all pods: time ran out; ask for one namespace.".to_owned());
        }
        notes
    }

    fn rows(&self, document: Document, tally: &Tally) -> Document {
        if tally.is_empty() {
            return document.note("no pods");
        }
        let most = self.limit.unwrap_or(USUAL);
        let document = document.note(tally.summary());
        let is_grouped = self.namespace.is_none() && tally.len() > most;
        let (table, total) = if is_grouped {
            (tally.by_namespace(most), tally.namespaces())
        } else {
            (tally.by_workload(most), tally.len())
        };
        let shown = total.min(most);
        let narrow = "namespace";
        let page = Page { shown, total: Some(total), narrow, is_plain: true, ..Page::default() };
        document.untrusted_table("pods of the cluster", table).page(page)
    }
}

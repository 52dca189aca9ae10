//! `obi_k8s_preflight`: whether a cluster can do what a configuration asks OBI for.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Obi,
    asked::{Answer, Asked},
    preflight,
    record::Record,
};
use crate::{
    obi::host::{Check, Outcome},
    output::{Document, Table},
    tool::{Session, Tool, ToolError},
    toolsets::kubernetes::{admitted, problems::Problems},
};

/// Whether a cluster can run OBI with a configuration: nodes, rights, Pod Security, quota, endpoints, other OBIs; with the fix.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sPreflight {
    /// Object, or YAML text; default: what is deployed
    config: Option<Value>,
    /// Default: where it is deployed, else observability
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
    /// Default: false, with the capabilities it needs
    privileged: Option<bool>,
}

impl Tool for ObiK8sPreflight {
    const NAME: &'static str = "obi_k8s_preflight";
    const TITLE: &'static str = "Pre-flight for OBI in a cluster";

    type Context = Obi;
    type Output = Document;

    async fn call(self, obi: &Obi, session: &Session) -> Result<Document, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.one_namespace(self.namespace.as_deref());
        problems.none()?;
        let cluster = obi.cluster(self.context.as_deref(), session).await?;
        let answer = async {
            let namespace = obi.namespace(&cluster, self.namespace.as_deref()).await?;
            admitted::namespace(&cluster, &namespace)?;
            let record = Record::read(&cluster, &namespace).await?;
            let ground = obi.ground(&cluster, &namespace, record.as_ref()).await?;
            // With the other wishes of a deployment that says none.
            let asked = Asked::with(self.config.as_ref(), self.privileged);
            let Answer { wanted, plan, .. } = asked.answer(&ground)?;
            Box::pin(preflight::run(&cluster, session, &wanted, &plan)).await
        };
        let checks = cluster.before(session.deadline(), Box::pin(answer)).await?;
        Ok(document(&checks))
    }
}

fn document(checks: &[Check]) -> Document {
    let fatal = checks.iter().filter(|it| it.is_fatal()).count();
    let failed = checks.iter().filter(|it| it.outcome == Outcome::Failed).count();
    let words = match (fatal, failed) {
        (0, 0) => "nothing that was looked at keeps OBI from doing what is asked".to_owned(),
        (0, failed) => format!(
            "OBI can run here; {failed} of {} checks failed, and something is missing without them",
            checks.len()
        ),
        (fatal, _) => format!(
            "OBI cannot do here what is asked: {fatal} of {} checks failed that it needs",
            checks.len()
        ),
    };
    let passed: Vec<&str> =
        checks.iter().filter(|it| it.outcome == Outcome::Passed).map(|it| it.name).collect();
    let mut others: Vec<&Check> =
        checks.iter().filter(|it| it.outcome != Outcome::Passed).collect();
    others.sort_by_key(|it| (!it.is_fatal(), it.outcome != Outcome::Failed));
    let document = Document::new().note(words).note(format!("passed: {}", passed.join(", ")));
    if others.is_empty() {
        return document;
    }
    let columns = ["outcome", "check", "found", "why", "fix"].map(str::to_owned);
    let rows = others.into_iter().map(row).collect();
    document
        .untrusted_table("checks, with names of the cluster", Table::new(columns.to_vec(), rows))
}

fn row(check: &Check) -> Vec<String> {
    let Check { name, found, why, fix, .. } = check;
    [check.word(), name, found, why, fix].map(str::to_owned).to_vec()
}

//! Which configuration a question is about: one that is given, else the deployed one.

use serde_json::Value;

use super::{Obi, asked::text, record::Record, wanted::Wanted};
use crate::{
    obi::{
        config::{Environment, Release, filled},
        convert,
        target::Selection,
    },
    output::hinted,
    tool::ToolError,
    toolsets::kubernetes::cluster::Cluster,
};

/// What OBI would read, and be.
pub(super) struct Meant {
    pub(super) text: String,
    pub(super) environment: Environment,
    pub(super) release: Release,
    /// What is deployed, with whatever configuration.
    pub(super) deployed: Option<Wanted>,
}

impl Meant {
    pub(super) fn is_without_kubernetes(&self) -> bool {
        values(&self.text, &self.environment).is_some_and(|it| is_without_kubernetes(&it))
    }

    /// Its rules; the error says why OBI would not start with it.
    pub(super) fn selection(&self) -> Result<Selection, ToolError> {
        let read = Selection::read(&self.text, &self.environment, self.release);
        read.map_err(|it| ToolError::invalid(format!("`config`: {it}")))
    }
}

/// The configuration as values, with variables filled in; none where it is no document.
pub(super) fn values(text: &str, environment: &Environment) -> Option<Value> {
    serde_saphyr::from_str(&filled(text, environment)).ok()
}

/// Whether it keeps OBI from asking Kubernetes what a process is of.
pub(super) fn is_without_kubernetes(values: &Value) -> bool {
    let enabled = values.pointer("/attributes/kubernetes/enable");
    enabled.is_some_and(|it| *it == Value::Bool(false) || it.as_str() == Some("false"))
}

impl Obi {
    /// What a call gives, else what is deployed in that namespace, else what the operator has configured.
    pub(super) async fn meant(
        &self,
        cluster: &Cluster,
        namespace: &str,
        given: Option<&Value>,
    ) -> Result<Meant, ToolError> {
        let given = given.map(text).transpose().map_err(ToolError::invalid)?;
        let deployed = match Record::read(cluster, namespace).await {
            Ok(record) => record.map(|it| it.wanted),
            // Whoever gives a configuration need not be allowed to look at another.
            Err(_) if given.is_some() => None,
            Err(error) => return Err(error),
        };
        let environment = deployed.as_ref().map(Wanted::environment).unwrap_or_default();
        let release = deployed.as_ref().map_or(Release::KNOWN, Wanted::release);
        let configured = &self.defaults.configuration;
        let configured = (!configured.is_empty()).then(|| convert::yaml(configured));
        let text = given.or_else(|| deployed.as_ref().map(|it| it.config.clone())).or(configured);
        let text = text.ok_or_else(|| {
        let wrong = format!("no OBI of Tacklebox's is deployed in namespace {namespace}");
        let hint = "give `config`, such as {discovery: {instrument: [{k8s_namespace: shop}]}, otel_traces_export: {endpoint: \"http://otel-collector.observability:4318\"}}, or the namespace where it is";
        ToolError::NotFound(hinted(&wrong, hint))
    })?;
        Ok(Meant { text, environment, release, deployed })
    }
}

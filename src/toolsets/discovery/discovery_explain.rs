//! `discovery_explain`: why a Service is found, or is not, and what becomes of it.

use k8s_openapi::api::core::v1::Service as Object;
use kube::Api;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Discovery, looked::looked, service::Service};
use crate::{
    k8s::error::{ApiError, Asked},
    output::{Document, Keep},
    tool::{Session, Tool, ToolError},
};

/// Why is this Service (not) found: what every rule and its own answer say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscoveryExplain {
    /// grafana
    service: String,
    namespace: String,
    /// Kubeconfig context
    context: Option<String>,
}

impl Tool for DiscoveryExplain {
    const NAME: &'static str = "discovery_explain";
    const TITLE: &'static str = "Explain discovery";

    type Context = Discovery;
    type Output = Document;

    async fn call(self, discovery: &Discovery, session: &Session) -> Result<Document, ToolError> {
        let survey = discovery.survey(self.context.as_deref())?;
        let service = self.service(discovery, survey.context(), session).await?;
        let (snapshot, _) = looked(survey, session).await?;
        let reasons = discovery.detectors.explain(&service, &snapshot.resources);
        let rules: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let document =
            Document::new().untrusted("what the rules say", rules.join("\n"), Keep::Head);
        let document = if discovery.settings.namespaces.allow(&self.namespace) {
            document
        } else {
            document.note(format!(
                "namespace {} is not looked through (toolsets.discovery.namespaces)",
                self.namespace
            ))
        };
        let found = snapshot.found.iter().find(|it| it.finding.place == service.place);
        let twin = snapshot.twins.get(&service.place);
        let document = match (found, twin) {
            (Some(found), _) => {
                let reason = found.health.reason().map(|it| format!(": {it}")).unwrap_or_default();
                let url = found.endpoint.url(&service.place, &discovery.settings.domain);
                let told = format!("asked at {url}: {}{reason}", found.health.word());
                match snapshot.steps.get(&service.place) {
                    None => document.note(told),
                    Some(steps) => document
                        .untrusted("what it was asked", steps.join("\n"), Keep::Head)
                        .note(told),
                }
            }
            (None, Some(twin)) => {
                document.note(format!("{twin} stands for it: both lead to the same pods"))
            }
            (None, None) => document.note("it is not among what was found"),
        };
        let others = discovery.others(self.context.as_deref());
        Ok(snapshot.unseen().chain(others).fold(document, Document::note))
    }
}

impl DiscoveryExplain {
    /// As it is now, which may be later than it was looked at.
    async fn service(
        &self,
        discovery: &Discovery,
        context: Option<&str>,
        session: &Session,
    ) -> Result<Service, ToolError> {
        let Self { service, namespace, .. } = self;
        let cluster = discovery.clients.own_cluster(context, session).await?;
        let services: Api<Object> = Api::namespaced(cluster.client(), namespace);
        let asked = Asked {
            verb: "get",
            resource: "services",
            name: Some(service),
            namespace: Some(namespace),
        };
        let reading = async {
            let object = services.get(service).await;
            object.map_err(|it| cluster.explain(&ApiError::from(it), &asked))
        };
        let object = cluster.before(session.deadline(), reading).await?;
        Service::of(&object).ok_or_else(|| ToolError::Failed("it has no name".to_owned()))
    }
}

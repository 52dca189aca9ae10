//! What can be read by address, and changes by itself: a fixed URI or a template of URIs.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use percent_encoding::percent_decode_str;

use crate::{
    blank::Blank,
    output::Answer,
    tool::{Definition, Session, ToolError},
};

/// What the world may know about a resource.
#[derive(Debug, Clone)]
pub struct ResourceDefinition {
    /// A URI, or a template of URIs with `{variables}` that each stand for one path segment.
    pub uri: String,
    pub name: String,
    pub title: String,
    pub description: String,
    pub mime_type: String,
}

impl ResourceDefinition {
    pub fn is_template(&self) -> bool {
        self.uri.contains('{')
    }
}

/// What the variables of a template stand for in one URI, percent-decoded.
pub type Variables = BTreeMap<String, String>;

/// An item for every time that what is at an address may have become another; ends when nothing more can be heard of it.
pub type Updates = BoxStream<'static, ()>;

/// One readable thing, or a family of them behind a template.
#[async_trait]
pub trait Resource: Send + Sync {
    fn definition(&self) -> ResourceDefinition;

    /// The tools whose answers it gives: where a policy refuses one of them, the resource does not exist either.
    fn tools(&self) -> Vec<&Definition> {
        Vec::new()
    }

    async fn read(&self, variables: &Variables, session: &Session) -> Result<Answer, ToolError>;

    /// Listens for changes. They count from the moment at which this answers, and are cheap to ignore. What cannot be read cannot
    /// be listened to; what changes by itself alone, or is announced by its toolset, has none.
    async fn updates(
        &self,
        _variables: &Variables,
        _session: &Session,
    ) -> Result<Updates, ToolError> {
        Ok(stream::pending().boxed())
    }

    /// Values that a template's variable can take, given how it begins.
    async fn complete(&self, _variable: &Blank, _session: &Session) -> Vec<String> {
        Vec::new()
    }
}

/// A resource with its definition at hand. Cheap to clone.
#[derive(Clone)]
pub struct BoundResource {
    pub definition: Arc<ResourceDefinition>,
    resource: Arc<dyn Resource>,
}

impl BoundResource {
    pub fn new(resource: impl Resource + 'static) -> Self {
        Self { definition: Arc::new(resource.definition()), resource: Arc::new(resource) }
    }

    pub fn tools(&self) -> Vec<&Definition> {
        self.resource.tools()
    }

    /// The variables that make this resource's address that URI, if they can.
    pub fn matches(&self, uri: &str) -> Option<Variables> {
        match_template(&self.definition.uri, uri)
    }

    pub async fn read(
        &self,
        variables: &Variables,
        session: &Session,
    ) -> Result<Answer, ToolError> {
        self.resource.read(variables, session).await
    }

    pub async fn updates(
        &self,
        variables: &Variables,
        session: &Session,
    ) -> Result<Updates, ToolError> {
        self.resource.updates(variables, session).await
    }

    pub async fn complete(&self, variable: &Blank, session: &Session) -> Vec<String> {
        self.resource.complete(variable, session).await
    }
}

/// The values that make a template that address, if there are any.
pub(crate) fn match_template(template: &str, uri: &str) -> Option<Variables> {
    let Some((literal, rest)) = template.split_once('{') else {
        return (template == uri).then(Variables::new);
    };
    let (name, template) = rest.split_once('}')?;
    let uri = uri.strip_prefix(literal)?;
    let next_literal = template.split('{').next().unwrap_or_default();
    let end = if next_literal.is_empty() { uri.len() } else { uri.find(next_literal)? };
    let (value, uri) = uri.split_at(end);
    if value.is_empty() || value.contains('/') {
        return None;
    }
    let mut variables = match_template(template, uri)?;
    // Such as the `/` in the name of a context.
    let value = percent_decode_str(value).decode_utf8().ok()?;
    variables.insert(name.to_owned(), value.into_owned());
    Some(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(template: &str, uri: &str) -> Option<String> {
        let pairs = match_template(template, uri)?;
        Some(
            pairs
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    #[test]
    fn a_template_matches_one_segment_for_each_variable() {
        let template = "k8s://{context}/{kind}/{namespace}/{name}";
        assert_eq!(
            variables(template, "k8s://kind/pods/shop/web").as_deref(),
            Some("context=kind kind=pods name=web namespace=shop")
        );
        assert_eq!(variables(template, "k8s://kind/pods/shop"), None);
        assert_eq!(variables(template, "k8s://kind/pods/shop/web/more"), None);
        assert_eq!(variables(template, "k8s:///pods/shop/web"), None);
        assert_eq!(
            variables("test://template/{id}/data", "test://template/7/data").as_deref(),
            Some("id=7")
        );
    }

    #[test]
    fn what_an_address_cannot_hold_is_percent_encoded_in_it() {
        let template = "k8s://{context}/namespaces";
        assert_eq!(
            variables(template, "k8s://arn%3Aaws%3Aeks%3Acluster%2Fprod/namespaces").as_deref(),
            Some("context=arn:aws:eks:cluster/prod")
        );
        assert_eq!(variables(template, "k8s://%ff/namespaces"), None);
    }

    #[test]
    fn a_fixed_address_matches_only_itself() {
        assert_eq!(variables("tacklebox://toolsets", "tacklebox://toolsets").as_deref(), Some(""));
        assert_eq!(variables("tacklebox://toolsets", "tacklebox://toolset"), None);
    }
}

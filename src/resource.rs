//! What can be read by address, and changes by itself: a fixed URI or a template of URIs.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use crate::{
    output::Answer,
    tool::{Session, ToolError},
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

/// What the variables of a template stand for in one URI.
pub type Variables = BTreeMap<String, String>;

/// One readable thing, or a family of them behind a template.
#[async_trait]
pub trait Resource: Send + Sync {
    fn definition(&self) -> ResourceDefinition;

    async fn read(&self, variables: &Variables, session: &Session) -> Result<Answer, ToolError>;

    /// Values that a template's variable can take, given how it begins.
    async fn complete(&self, _variable: &str, _prefix: &str) -> Vec<String> {
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

    pub async fn complete(&self, variable: &str, prefix: &str) -> Vec<String> {
        self.resource.complete(variable, prefix).await
    }
}

fn match_template(template: &str, uri: &str) -> Option<Variables> {
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
    variables.insert(name.to_owned(), value.to_owned());
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
    fn a_fixed_address_matches_only_itself() {
        assert_eq!(variables("tacklebox://toolsets", "tacklebox://toolsets").as_deref(), Some(""));
        assert_eq!(variables("tacklebox://toolsets", "tacklebox://toolset"), None);
    }
}

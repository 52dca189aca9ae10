//! What is asked over plain HTTP: found by path, and answered by the way of every call.

use std::{collections::BTreeMap, sync::Arc};

use super::{Duplicate, Registry, owned::Owned, shelf::Shelf};
use crate::{
    endpoint::{BoundEndpoint, EndpointDefinition, Head, Request},
    output::{Content, Part},
    policy::{Place, Subject},
    registry::owned::place,
    resource::Variables,
    tool::{Session, ToolError},
};

/// By method and path, in which the variables have no name: two that differ by nothing else are one.
#[derive(Default)]
pub(super) struct Endpoints(BTreeMap<String, Owned<BoundEndpoint>>);

impl Endpoints {
    pub(super) fn place(
        &mut self,
        owner: usize,
        endpoint: BoundEndpoint,
        names: &[&'static str],
    ) -> Result<(), Duplicate> {
        let name = address(&endpoint.definition);
        place(&mut self.0, "endpoint", name, owner, endpoint, names)
    }

    /// Those at that path. What is written out goes before a variable, whatever its method: it is another thing.
    fn at(&self, path: &str) -> Vec<(&Owned<BoundEndpoint>, Variables)> {
        let literal = self.0.values().filter(|it| it.item.definition.path == path);
        let literal: Vec<_> = literal.map(|it| (it, Variables::new())).collect();
        if !literal.is_empty() {
            return literal;
        }
        self.0.values().filter_map(|it| Some((it, it.item.matches(path)?))).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Owned<BoundEndpoint>> {
        self.0.values()
    }
}

/// `GET /api/v1/toolsets/{}`
fn address(definition: &EndpointDefinition) -> String {
    let segments = definition.path.split('/').map(|it| if it.starts_with('{') { "{}" } else { it });
    let path = segments.collect::<Vec<_>>().join("/");
    format!("{} {path}", definition.method.name())
}

/// An endpoint, and the way to it.
pub struct Found {
    shelf: Arc<Shelf>,
    owner: Option<usize>,
    endpoint: BoundEndpoint,
    pub variables: Variables,
}

/// A response with its body ready to leave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answered {
    pub head: Head,
    pub media_type: String,
    pub body: String,
}

impl Found {
    pub fn definition(&self) -> &EndpointDefinition {
        &self.endpoint.definition
    }

    pub async fn answer(self, request: Request, session: Session) -> Result<Answered, ToolError> {
        let head = Place::default();
        let subject = Subject::Endpoint {
            endpoint: self.endpoint,
            request: Arc::new(request),
            head: head.clone(),
        };
        let rendered = self.shelf.run(self.owner, subject, session).await?;
        let head = head.take().unwrap_or_default();
        let content = rendered.parts.into_iter().next();
        let Some(Part::Resource { mime_type, content: Content::Text(body), .. }) = content else {
            return Ok(Answered { head, ..Answered::default() });
        };
        Ok(Answered { head, media_type: mime_type, body })
    }
}

impl Registry {
    /// What the policies leave of all endpoints, whether their backend is there or not, in the order of their addresses.
    pub fn endpoints(&self) -> Vec<Arc<EndpointDefinition>> {
        let shelf = self.shelf();
        let admitted = shelf.endpoints().iter().filter(|it| shelf.admits(&it.item));
        admitted.map(|it| Arc::clone(&it.item.definition)).collect()
    }

    /// The endpoints at a path, one for each method. What a policy refuses is found, and refuses.
    pub fn endpoints_at(&self, path: &str) -> Vec<Found> {
        let shelf = self.shelf();
        let found = shelf.endpoints().at(path).into_iter().map(|(it, variables)| Found {
            shelf: Arc::clone(&shelf),
            owner: it.owner,
            endpoint: it.item.clone(),
            variables,
        });
        found.collect()
    }
}

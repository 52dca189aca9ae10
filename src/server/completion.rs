//! What a person who types might mean: values for a blank of a prompt or a variable of a template.

use std::time::Duration;

use rmcp::{
    ErrorData,
    model::{CompleteRequestParams, CompletionInfo, Reference},
};

use crate::{
    blank::Blank,
    registry::{Proposals, Registry},
    tool::Session,
};

/// A completion that takes longer is worth nothing to somebody who is typing.
const TYPING: Duration = Duration::from_millis(200);

/// An unknown reference completes to nothing: whoever types has no use for an error.
pub(super) async fn complete(
    registry: &Registry,
    request: &CompleteRequestParams,
    session: Session,
) -> Proposals {
    let found = tokio::time::timeout(TYPING, find(registry, request, session)).await;
    found.unwrap_or_default()
}

async fn find(registry: &Registry, request: &CompleteRequestParams, session: Session) -> Proposals {
    let filled = request.context.as_ref().and_then(|it| it.arguments.clone()).unwrap_or_default();
    let blank = Blank {
        name: request.argument.name.clone(),
        prefix: request.argument.value.clone(),
        filled: filled.into_iter().collect(),
    };
    match &request.r#ref {
        Reference::Prompt(prompt) => registry.complete_prompt(&prompt.name, blank, session).await,
        Reference::Resource(resource) => {
            registry.complete_resource(&resource.uri, blank, session).await
        }
        _ => Proposals::default(),
    }
}

/// As many as the protocol allows, and how many there are.
pub(super) fn page(found: Proposals) -> Result<CompletionInfo, ErrorData> {
    let Proposals { mut values, total } = found;
    values.truncate(CompletionInfo::MAX_VALUES);
    let more = total > values.len();
    CompletionInfo::with_pagination(values, u32::try_from(total).ok(), more)
        .map_err(|error| ErrorData::internal_error(error, None))
}
